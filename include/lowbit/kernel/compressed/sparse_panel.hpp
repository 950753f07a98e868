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
// chain waits for each of its additions, so two panels take turns.
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

/// A panel and how far its product is. Sum is a sum per lane: double, or simd::double_lanes.
template <class Sum>
class sparse_walk {
 public:
  sparse_walk(const sparse_panel& from, const row_target& to) noexcept : from_(from), to_(to) {}

  /// How many entries are decoded and not multiplied yet; 0 behind the last one. Decodes the next piece if it must.
  [[nodiscard]] index_t ready() noexcept {
    if (next_ == decoded_ && from_.entries > 0) {
      next_ = 0;
      decoded_ = from_.entries < piece ? from_.entries : piece;
      from_.entries -= decoded_;
      // Every stream was decoded to its end before: tensor/coded_symbols.hpp.
      static_cast<void>(
          symbol_decoder::take_both(from_.gaps, gaps_, from_.codes, codes_, decoded_));
    }
    return decoded_ - next_;
  }
  /// What changes with every entry, for registers.
  struct position {
    index_t row, col;
    Sum sum;
  };
  LOWBIT_INLINE void begin(position& at) const noexcept {
    at.row = row_;
    at.col = col_;
    load_sum(at.sum, sum_);
  }
  /// Entry i of those that are ready.
  LOWBIT_INLINE void step(position& at, index_t i, const float* x) const noexcept {
    at.col += index_t{gaps_[next_ + i]} + 1;
    while (at.col >= from_.cols) {
      to_.store(at.row++, at.sum);
      simd::fill(at.sum, 0);
      at.col -= from_.cols;
    }
    add_term(at.sum, from_.values[codes_[next_ + i]], x + at.col * simd::lanes_in<Sum>);
  }
  LOWBIT_INLINE void end(const position& at, index_t steps) noexcept {
    row_ = at.row;
    col_ = at.col;
    store_sum(at.sum, sum_);
    next_ += steps;
  }
  /// Stores the row of the last entry, and rows without entries behind it.
  LOWBIT_INLINE void store_rest() noexcept {
    position at;
    begin(at);
    for (; at.row < from_.rows; simd::fill(at.sum, 0)) to_.store(at.row++, at.sum);
  }

 private:
  static constexpr index_t piece = 1024;

  sparse_panel from_;
  row_target to_;
  code_t gaps_[piece], codes_[piece];
  index_t next_ = 0, decoded_ = 0;
  index_t row_ = 0, col_ = -1;
  double sum_[most_lanes] = {};
};

/// The rows of one panel, or of two: x[c * lanes + l] is column c of input l.
template <class Sum, class Tag>
void multiply_panels(Tag tag, const float* x, sparse_walk<Sum>& a, sparse_walk<Sum>* b) noexcept {
  using position = typename sparse_walk<Sum>::position;
  const auto alone = [&](sparse_walk<Sum>& walk) {
    while (const index_t n = walk.ready())
      arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
        position at;
        walk.begin(at);
        for (index_t i = 0; i < n; ++i) walk.step(at, i, x);
        walk.end(at, n);
      });
    arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA { walk.store_rest(); });
  };
  while (b != nullptr) {
    const index_t of_a = a.ready(), of_b = b->ready(), n = of_a < of_b ? of_a : of_b;
    if (n == 0) break;
    arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
      position in_a, in_b;
      a.begin(in_a);
      b->begin(in_b);
      for (index_t i = 0; i < n; ++i) {
        a.step(in_a, i, x);
        b->step(in_b, i, x);
      }
      a.end(in_a, n);
      b->end(in_b, n);
    });
  }
  alone(a);
  if (b != nullptr) alone(*b);
}

}  // namespace detail::kernel
LOWBIT_END

#endif
