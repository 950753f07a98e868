// lowbit/network/layers/hashed_linear.hpp – a dense layer of few shared weights, found by a hash: HashedNets.
//
// The weights are a hashed_matrix (tensor/hashed_matrix.hpp): sizes, a seed and the shared values.
#ifndef LOWBIT_NETWORK_LAYERS_HASHED_LINEAR_HPP
#define LOWBIT_NETWORK_LAYERS_HASHED_LINEAR_HPP

#include "lowbit/network/layers/compressed_linear.hpp"
#include "lowbit/product/hashed_linear.hpp"

LOWBIT_BEGIN
namespace detail::network {

struct hashed_weights {
  using weights = hashed_matrix;
  using parts = hashed_matrix;
  static constexpr const char* file_name = "hashed";
  static constexpr const char* text = "layer::hashed_linear";

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
using hashed_linear = compressed_linear<detail::network::hashed_weights>;

}  // namespace layer
LOWBIT_END

#endif
