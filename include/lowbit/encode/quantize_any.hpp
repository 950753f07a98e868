// lowbit/encode/quantize_any.hpp – floats to packed codes with their scales, by a quantizer whose type is a value.
//
//     any_quantizer q = quantizer_named("lsq4");                     quantize/any_catalogue.hpp
//     quantized_matrix<any_encoding> w = quantize(q, per::row, weights);
//     auto y = matmul(x, w);                                         product/matmul.hpp
//
// Codes and levels are those of the typed quantize() (encode/quantize.hpp), bit for bit. A stochastic quantizer is its
// deterministic twin.
#ifndef LOWBIT_ENCODE_QUANTIZE_ANY_HPP
#define LOWBIT_ENCODE_QUANTIZE_ANY_HPP

#include <algorithm>
#include <vector>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/quantize/any_quantizer.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"

LOWBIT_BEGIN

/// The codes and levels of a rows x depth matrix, which may have 0 rows or columns. Fits on the caller's thread.
/// Allocates the result, and the floats and codes of one granule. Errors: those of validate() and of the fit; a group
/// size below 1.
[[nodiscard]] inline quantized_matrix<any_encoding> quantize(const any_quantizer& q,
                                                             granularity grain,
                                                             matrix_view<const float> x) {
  using namespace detail;
  if (grain.grouped() && grain.group_size < 1)
    detail::fail("quantize: a group of %td elements: it must have at least 1", grain.group_size);
  any_quantizer prototype = q.deterministic();
  prototype.validate();
  const code_format& format = prototype.format();
  const index_t extent = grain.extent(x.cols()), size = level_floats(format);
  const index_t groups = tensor::groups_of(grain, x.cols());
  packed_matrix<any_encoding> codes(format, x.rows(), x.cols(), grain.grouped() ? extent : 0);
  const bool shared = grain.shares_rows();
  const index_t sets = checked_mul(shared ? 1 : x.rows(), groups, "quantize: rows x groups");
  buffer<float> numbers(checked_mul(sets, size, "quantize: levels"));
  prototype = prototype.fit_layer(encoders::contiguous(x).elements());
  std::vector<code_t> made;
  for (index_t i = 0; i < sets; ++i) {
    const index_t row = shared ? 0 : i / groups, first = (shared ? i : i % groups) * extent;
    const matrix_view<const float> block =
        encoders::block_of(x, row, shared ? x.rows() : 1, first, min_of(extent, x.cols() - first));
    const encoders::contiguous floats(block);
    const any_quantizer fitted = prototype.fit(floats.elements());
    std::copy_n(fitted.levels().data(), size, numbers.data() + i * size);
    made.resize(floats.elements().size());
    fitted.encode(floats.elements(), made);
    for (index_t r = 0; r < block.rows(); ++r)
      for (index_t k = 0; k < block.cols(); ++k)
        codes.set_code(row + r, first + k, made[static_cast<std::size_t>(r * block.cols() + k)]);
  }
  return {static_cast<packed_matrix<any_encoding>&&>(codes), grain,
          static_cast<buffer<float>&&>(numbers)};
}

LOWBIT_END

#endif
