// lowbit/network/layers/row_coded_layers.hpp – layers whose weights are codes of a few bits with levels per filter.
//
// The weights are a row_coded_matrix (tensor/row_coded.hpp): what lies in the file lies in memory.
#ifndef LOWBIT_NETWORK_LAYERS_ROW_CODED_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_ROW_CODED_LAYERS_HPP

#include "lowbit/network/layers/compressed_layer.hpp"
#include "lowbit/product/row_coded_linear.hpp"

LOWBIT_BEGIN
namespace detail::network {

struct row_coded_weights {
  using weights = row_coded_matrix;
  using parts = row_coded_matrix;
  template <class Reads>
  static constexpr const char* file_name =
      std::is_same_v<Reads, whole_images> ? "rowcodes" : "rowcod-c";
  template <class Reads>
  static constexpr const char* text =
      std::is_same_v<Reads, whole_images> ? "layer::row_coded_linear" : "layer::row_coded_conv2d";

  template <class Self, class F>
  static void fields(Self& w, F& f) {
    row_coded_matrix::fields(w, f);
  }
  [[nodiscard]] static weights make(parts p) { return p; }
  [[nodiscard]] static const parts& parts_of(const weights& w) noexcept { return w; }
  template <class Gather, executor Where>
  static void multiply(index_t m, const Gather& x, const weights& w, std::span<const float> bias,
                       matrix_view<float> y, const Where& where) {
    product::multiply_row_coded(m, x, w, bias, y, where);
  }
};

}  // namespace detail::network

namespace layer {

/// N x K weights as a row_coded_matrix, and N biases.
using row_coded_linear =
    compressed_layer<detail::network::row_coded_weights, detail::network::whole_images>;
/// N x (taps x channels) weights as a row_coded_matrix, N biases, and a window.
using row_coded_conv2d =
    compressed_layer<detail::network::row_coded_weights, detail::network::image_windows>;

}  // namespace layer
LOWBIT_END

#endif
