// lowbit/network/layers/hashed_layers.hpp – layers of few shared weights, found by a hash: HashedNets.
//
// The weights are a hashed_matrix (tensor/hashed_matrix.hpp): sizes, a seed and the shared values.
#ifndef LOWBIT_NETWORK_LAYERS_HASHED_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_HASHED_LAYERS_HPP

#include "lowbit/network/layers/compressed_layer.hpp"
#include "lowbit/product/hashed_linear.hpp"

LOWBIT_BEGIN
namespace detail::network {

struct hashed_weights {
  using weights = hashed_matrix;
  using parts = hashed_matrix;
  template <class Reads>
  static constexpr const char* file_name =
      std::is_same_v<Reads, whole_images> ? "hashed" : "hashed-c";
  template <class Reads>
  static constexpr const char* text =
      std::is_same_v<Reads, whole_images> ? "layer::hashed_linear" : "layer::hashed_conv2d";

  template <class Self, class F>
  static void fields(Self& w, F& f) {
    hashed_matrix::fields(w, f);
  }
  [[nodiscard]] static weights make(parts p) { return p; }
  [[nodiscard]] static const parts& parts_of(const weights& w) noexcept { return w; }
  template <class Gather, executor Where>
  static void multiply(index_t m, const Gather& x, const weights& w, std::span<const float> bias,
                       matrix_view<float> y, const Where& where) {
    product::multiply_hashed(m, x, w, bias, y, where);
  }
};

}  // namespace detail::network

namespace layer {

/// N x K weights as a hashed_matrix, and N biases.
using hashed_linear =
    compressed_layer<detail::network::hashed_weights, detail::network::whole_images>;
/// N x (taps x channels) weights as a hashed_matrix, N biases, and a window.
using hashed_conv2d =
    compressed_layer<detail::network::hashed_weights, detail::network::image_windows>;

}  // namespace layer
LOWBIT_END

#endif
