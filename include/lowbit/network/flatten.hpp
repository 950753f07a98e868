// lowbit/network/flatten.hpp – images as rows: what a dense layer reads behind a convolution; and rows as images.
//
//     row n = image n: pixel after pixel (y, x), each with its channels in order, without gaps
//
// Each pixel of a packed tensor begins at a word (tensor/packed_tensor.hpp). If the channels are no multiple of
// 64, unused bits lie between two pixels; the row has none. So gemm(), linear, matmul() and float_matmul() take
// the row with weights of height x width x channels numbers per row. Frameworks store such weights behind their
// flatten (of NHWC images). as_images() is the way back: rows as images of one pixel.
//
//     auto classes = lowbit::float_matmul(lowbit::flatten(x), weights);        x 8 x 3 x 3 x 48, weights 10 x 432
//
// Cost: a pass over the bits.
#ifndef LOWBIT_NETWORK_FLATTEN_HPP
#define LOWBIT_NETWORK_FLATTEN_HPP

#include "lowbit/core/bits.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// Image n of x as row n of `out`, which has batch rows of height * width * channels codes without gaps.
template <packable E>
void flatten_image(packed_tensor_view<E> x, index_t n, packed_matrix<E>& out) noexcept {
  const tensor_shape s = x.shape();
  const depth_layout layout = x.layout();
  for (int p = 0; p < E::plane_count; ++p) {
    word* const row = out.mutable_row(n) + p * out.plane_stride();
    index_t next = 0;
    for (index_t y = 0; y < s.height; ++y)
      for (index_t i = 0; i < s.width; ++i)
        for (index_t r = 0; r < layout.runs(); ++r) {
          const depth_run run = layout.run(r);
          core::move_bits(x.pixel(n, y, i) + p * x.plane_stride() + run.first_word, 0, run.depth,
                          row, next);
          next += run.depth;
        }
  }
}

}  // namespace detail::network

/// The codes of every image as one row: batch x (height * width * channels). Allocates the result. Errors: a huge size.
template <packable E>
[[nodiscard]] packed_matrix<E> flatten(packed_tensor_view<E> x) {
  const tensor_shape s = x.shape();
  packed_matrix<E> out(s.batch, s.height * s.width * s.channels);
  for (index_t n = 0; n < s.batch; ++n) detail::network::flatten_image(x, n, out);
  return out;
}
template <packable E>
[[nodiscard]] packed_matrix<E> flatten(const packed_tensor<E>& x) {
  return flatten(x.view());
}

/// Rows as images of one pixel, whose channels are the columns: what a linear layer of a network reads
/// (network/layers/conv2d_layer.hpp). A view of the same words, which must outlive it.
template <packable E>
[[nodiscard]] packed_tensor_view<E> as_images(packed_view<E> rows) noexcept {
  return {rows.data(),        {rows.rows(), 1, 1, rows.depth()},
          rows.layout(),      rows.row_stride(),
          rows.row_stride(),  rows.row_stride(),
          rows.plane_stride()};
}

LOWBIT_END

#endif
