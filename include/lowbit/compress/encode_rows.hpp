// lowbit/compress/encode_rows.hpp – codes with levels per row as a row-coded matrix, and codes of three of four.
//
//     row_coded_matrix w = lowbit::compress::encode_rows(row_code::ternary, 0, codes, scales);
//     row_coded_matrix w = lowbit::compress::encode_three_of_four(weights);              fits and encodes
//
// tensor/row_coded.hpp says what the matrix is and where it runs.
#ifndef LOWBIT_COMPRESS_ENCODE_ROWS_HPP
#define LOWBIT_COMPRESS_ENCODE_ROWS_HPP

#include <algorithm>

#include "lowbit/quantize/methods/three_of_four.hpp"
#include "lowbit/tensor/bit_writer.hpp"
#include "lowbit/tensor/row_coded.hpp"

LOWBIT_BEGIN
namespace detail::compress {

/// The symbol of up to 4 codes; places without weights get what row_coded_matrix wants there. False: not one 0 in 4, or
/// a 0 where there are fewer.
[[nodiscard]] inline bool symbol_of_four(std::span<const code_t> some, code_t& symbol) noexcept {
  std::array<code_t, 4> four;
  four.fill(some[0]);
  std::copy(some.begin(), some.end(), four.begin());
  if (some.size() < 4) four[3] = ternary::zero;
  if (std::count(four.begin(), four.end(), ternary::zero) != 1) return false;
  symbol = encoding::three_of_four_symbol(four);
  return true;
}

}  // namespace detail::compress

namespace compress {

/// The matrix of these codes, one per element. `levels` has `planes` coefficients per row where the kind is planes, else
/// one scale. Codes are those of planes<M>, else of `ternary`; with three_of_four exactly one of each 4 in a row is 0,
/// and none of a shorter rest. Cost: linear. Errors: a code that the kind does not have; what
/// row_coded_matrix::problem() says.
[[nodiscard]] inline row_coded_matrix encode_rows(row_code kind, int planes,
                                                  matrix_view<const code_t> codes,
                                                  std::vector<float> levels) {
  row_coded_matrix out;
  out.rows = codes.rows();
  out.cols = codes.cols();
  out.kind = kind;
  out.planes = planes;
  out.levels = std::move(levels);
  for (index_t r = 0; r < out.rows; ++r) {
    const std::span<const code_t> row = codes.row(r);
    for (index_t c = 0; c < out.cols; ++c) {
      const code_t code = row[static_cast<std::size_t>(c)];
      if (kind == row_code::planes ? planes < 1 || planes > 8 || code >> planes != 0
                                   : !ternary::valid(code))
        detail::fail("compress::encode_rows: code %d of element (%td, %td) does not exist",
                     int{code}, r, c);
    }
    detail::tensor::bit_writer to;
    if (kind == row_code::three_of_four) {
      for (index_t c = 0; c < out.cols; c += 4) {
        code_t symbol;
        const auto some = static_cast<std::size_t>(detail::min_of(index_t{4}, out.cols - c));
        if (!detail::compress::symbol_of_four(row.subspan(static_cast<std::size_t>(c), some),
                                              symbol))
          detail::fail(
              "compress::encode_rows: codes %td to %td of row %td: one of each 4 must be 0, and "
              "none of fewer",
              c, c + static_cast<index_t>(some) - 1, r);
        to.put(symbol, 5);
      }
    } else {
      for (const code_t code : row) to.put(code, detail::kernel::symbol_bits(kind, planes));
    }
    const std::vector<std::byte> stream = to.complete();
    out.stream.insert(out.stream.end(), stream.begin(), stream.end());
  }
  detail::core::fail_if(out.problem(), "compress::encode_rows");
  return out;
}

/// Weights with one 0 in each 4 of a row and a scale per row (quantize/methods/three_of_four.hpp). Errors: a weight is
/// not finite.
[[nodiscard]] inline row_coded_matrix encode_three_of_four(matrix_view<const float> w) {
  matrix<code_t> codes(w.rows(), w.cols());
  std::vector<float> scales;
  for (index_t r = 0; r < w.rows(); ++r)
    scales.push_back(fit_three_of_four(
        w.row(r), {codes.data() + r * w.cols(), static_cast<std::size_t>(w.cols())}));
  return encode_rows(row_code::three_of_four, 0, codes.view(), std::move(scales));
}

}  // namespace compress
LOWBIT_END

#endif
