// lowbit/network/layers/sparse_layers.hpp – layers whose weights are pruned, shared and entropy-coded.
//
// The weights are a sparse_codebook_matrix (tensor/sparse_codebook.hpp): what lies in the file lies in memory.
#ifndef LOWBIT_NETWORK_LAYERS_SPARSE_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_SPARSE_LAYERS_HPP

#include "lowbit/network/layers/compressed_layer.hpp"
#include "lowbit/product/sparse_linear.hpp"
#include "lowbit/tensor/sparse_fields.hpp"

LOWBIT_BEGIN
namespace detail::network {

struct sparse_weights {
  using weights = sparse_codebook_matrix;
  using parts = sparse_codebook_parts;
  template <class Reads>
  static constexpr const char* file_name =
      std::is_same_v<Reads, whole_images> ? "sparse" : "sparse-c";
  template <class Reads>
  static constexpr const char* text =
      std::is_same_v<Reads, whole_images> ? "layer::sparse_linear" : "layer::sparse_conv2d";

  template <class Self, class F>
  static void fields(Self& w, F& f) {
    if constexpr (std::is_const_v<Self>)
      tensor::write_sparse(f, w);
    else
      tensor::read_sparse(f, w);
  }
  [[nodiscard]] static weights make(parts p) {
    return weights(static_cast<parts&&>(p), checked_parts{});
  }
  [[nodiscard]] static const parts& parts_of(const weights& w) noexcept { return w.parts(); }
  template <class Gather, executor Where>
  static void multiply(index_t m, const Gather& x, const weights& w, std::span<const float> bias,
                       matrix_view<float> y, const Where& where) {
    product::multiply_sparse(m, x, w, bias, y, where);
  }
};

}  // namespace detail::network

namespace layer {

/// N x K weights as a sparse_codebook_matrix, and N biases.
using sparse_linear =
    compressed_layer<detail::network::sparse_weights, detail::network::whole_images>;
/// N x (taps x channels) weights as a sparse_codebook_matrix, N biases, and a window.
using sparse_conv2d =
    compressed_layer<detail::network::sparse_weights, detail::network::image_windows>;

}  // namespace layer
LOWBIT_END

#endif
