// lowbit/kernel/compressed/sparse_panel.hpp – a panel of a sparse matrix times inputs, decoded while it is multiplied.
//
// A piece of gaps and codes is decoded into the first cache, then multiplied, then the next one. Nothing else of the
// matrix is ever written. Sums have the order of kernel/floats/tile.hpp: one chain in double per row,
//
//     sum = 0;  sum = sum + double(x[c]) * double(w[r][c])  for every column in order;  float(sum)
//
// whose products are exact, so fused multiply-add changes nothing. A term with w = 0 adds +-0 and changes no sum. So the
// result has the bits of the dense product, as long as x is finite.
//
// Lanes are several inputs at once: x holds the same column of all of them side by side, and decoding is paid once.
#ifndef LOWBIT_KERNEL_COMPRESSED_SPARSE_PANEL_HPP
#define LOWBIT_KERNEL_COMPRESSED_SPARSE_PANEL_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/kernel/compressed/row_target.hpp"
#include "lowbit/kernel/compressed/symbol_decoder.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Decoders at the begin of a panel, and what its entries mean. Entries end within rows x cols.
struct sparse_panel {
  symbol_decoder gaps, codes;
  index_t entries;
  index_t rows, cols;
  const double* values;  ///< by code
};

/// The rows of a panel times Lanes inputs: x[c * Lanes + l] is column c of input l.
template <index_t Lanes, class Tag>
void multiply_panel(Tag tag, sparse_panel from, const float* x, const row_target& to) noexcept {
  constexpr index_t piece = 512;
  constexpr auto lanes = static_cast<std::size_t>(Lanes);
  code_t gaps[piece], codes[piece];
  double sum[lanes] = {};
  index_t row = 0, col = -1;
  for (index_t left = from.entries; left > 0; left -= piece) {
    const index_t n = left < piece ? left : piece;
    static_cast<void>(from.gaps.take(gaps, n));  // decoded to the end before: coded_symbols
    static_cast<void>(from.codes.take(codes, n));
    arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
      double lane[lanes];
      for (index_t l = 0; l < Lanes; ++l) lane[l] = sum[l];
      for (index_t i = 0; i < n; ++i) {
        col += index_t{gaps[i]} + 1;
        while (col >= from.cols) {
          to.store(row++, lane);
          for (index_t l = 0; l < Lanes; ++l) lane[l] = 0;
          col -= from.cols;
        }
        const double w = from.values[codes[i]];
        const float* const at = x + col * Lanes;
        for (index_t l = 0; l < Lanes; ++l) lane[l] += static_cast<double>(at[l]) * w;
      }
      for (index_t l = 0; l < Lanes; ++l) sum[l] = lane[l];
    });
  }
  for (; row < from.rows; ++row) {  // the row of the last entry, then rows without entries
    to.store(row, sum);
    for (index_t l = 0; l < Lanes; ++l) sum[l] = 0;
  }
}

}  // namespace detail::kernel
LOWBIT_END

#endif
