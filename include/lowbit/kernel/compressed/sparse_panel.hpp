// lowbit/kernel/compressed/sparse_panel.hpp – panels of a sparse matrix times inputs, decoded while they are multiplied.
//
// A piece of gaps and codes is decoded into the first cache, then multiplied, then the next one. Nothing else of the
// matrix is ever written. Sums have the order of kernel/floats/tile.hpp: one chain in double per row,
//
//     sum = 0;  sum = sum + double(x[c]) * double(w[r][c])  for every column in order;  float(sum)
//
// whose products are exact, so fused multiply-add changes nothing. A term with w = 0 adds +-0 and changes no sum. So the
// result has the bits of the dense product, as long as x is finite.
//
// Lanes are several inputs at once: x holds the same column of all of them side by side, and decoding is paid once. A
// chain waits for each of its additions, and a decoder for each of its symbols. So four panels take turns: an entry
// costs about 2 cycles of multiplying, and 1 to 4 cycles per symbol of decoding.
#ifndef LOWBIT_KERNEL_COMPRESSED_SPARSE_PANEL_HPP
#define LOWBIT_KERNEL_COMPRESSED_SPARSE_PANEL_HPP

#include <array>

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

/// A panel and how far its product is. Sum is a sum per lane: double, or simd::double_lanes.
template <class Sum>
class sparse_walk {
 public:
  sparse_walk(const sparse_panel& from, const row_target& to) noexcept : from_(from), to_(to) {}

  /// The rows of N panels of one matrix: x[c * lanes + l] is column c of input l.
  template <class Tag, std::size_t N>
  static void multiply(Tag tag, const float* x, std::array<sparse_walk, N>& walks) noexcept {
    std::array<sparse_walk*, N> all;
    index_t shared = walks[0].from_.entries;
    for (std::size_t s = 0; s < N; ++s) {
      all[s] = &walks[s];
      shared = min_of(shared, walks[s].from_.entries);
    }
    take(tag, x, all, shared);
    for (sparse_walk& walk : walks) {
      take<Tag, 1>(tag, x, {&walk}, walk.from_.entries);
      Sum rest;
      for (load_sum(rest, walk.sum_); walk.row_ < walk.from_.rows;) walk.end_row(rest);
    }
  }

 private:
  static constexpr index_t piece = 1024;

  /// What changes with every entry, for registers.
  struct position {
    index_t col;
    Sum sum;
  };

  /// The next n entries of N panels.
  template <class Tag, std::size_t N>
  static void take(Tag tag, const float* x, const std::array<sparse_walk*, N>& walks,
                   index_t n) noexcept {
    code_t gaps[N][piece], codes[N][piece];
    for (index_t some; n > 0; n -= some) {
      some = min_of(n, piece);
      decode(walks, gaps, codes, some);
      arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
        // Copies, because end_rows() could change what the lambda refers to.
        const float* const inputs = x;
        const index_t end = some, cols = walks[0]->from_.cols;
        const double* const values = walks[0]->from_.values;
        position at[N];
        LOWBIT_UNROLL
        for (std::size_t s = 0; s < N; ++s) {
          at[s].col = walks[s]->col_;
          load_sum(at[s].sum, walks[s]->sum_);
        }
        for (index_t i = 0; i < end; ++i) {
          LOWBIT_UNROLL
          for (std::size_t s = 0; s < N; ++s) {
            at[s].col += index_t{gaps[s][i]} + 1;
            if (at[s].col >= cols) [[unlikely]] {
              double sum[most_lanes];
              store_sum(at[s].sum, sum);
              at[s].col = walks[s]->end_rows(at[s].col, cols, sum);
              simd::fill(at[s].sum, 0);
            }
            add_term(at[s].sum, values[codes[s][i]], inputs + at[s].col * simd::lanes_in<Sum>);
          }
        }
        LOWBIT_UNROLL
        for (std::size_t s = 0; s < N; ++s) {
          walks[s]->col_ = at[s].col;
          store_sum(at[s].sum, walks[s]->sum_);
        }
      });
      for (sparse_walk* const walk : walks) walk->from_.entries -= some;
    }
  }
  /// Their gaps and codes. Every stream was decoded to its end before: tensor/coded_symbols.hpp.
  template <std::size_t N>
  static void decode(const std::array<sparse_walk*, N>& walks, code_t (&gaps)[N][piece],
                     code_t (&codes)[N][piece], index_t n) noexcept {
    if constexpr (N == 1) {  // gaps and codes in turns, by two models
      sparse_panel& one = walks[0]->from_;
      static_cast<void>(
          symbol_decoder::take_each<2, 2>({&one.gaps, &one.codes}, {gaps[0], codes[0]}, n));
    } else {
      std::array<symbol_decoder*, N> of_gaps, of_codes;
      std::array<code_t*, N> to_gaps, to_codes;
      for (std::size_t s = 0; s < N; ++s) {
        of_gaps[s] = &walks[s]->from_.gaps;
        of_codes[s] = &walks[s]->from_.codes;
        to_gaps[s] = gaps[s];
        to_codes[s] = codes[s];
      }
      static_cast<void>(symbol_decoder::take_each<1>(of_gaps, to_gaps, n));
      static_cast<void>(symbol_decoder::take_each<1>(of_codes, to_codes, n));
    }
  }
  /// Ends the rows before column `col` of the present one, and returns the column in its own row. Sums pass through
  /// memory and out of line: the loop keeps its registers.
  LOWBIT_NOINLINE_COLD index_t end_rows(index_t col, index_t cols, const double* sum) noexcept {
    Sum of_row;
    for (load_sum(of_row, sum); col >= cols; col -= cols) end_row(of_row);
    return col;
  }
  void end_row(Sum& sum) noexcept {
    to_.store(row_++, sum);
    simd::fill(sum, 0);
  }

  sparse_panel from_;
  row_target to_;
  index_t row_ = 0, col_ = -1;
  double sum_[most_lanes] = {};
};

}  // namespace detail::kernel
LOWBIT_END

#endif
