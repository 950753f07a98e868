// lowbit/product/decoded_rows.hpp – floats times a matrix whose rows decode from left to right while they are multiplied.
//
// A piece of a row is decoded into the first cache and multiplied with up to eight rows of x. Sums have the order of
// kernel/compressed/sparse_panel.hpp: one chain in double per element.
#ifndef LOWBIT_PRODUCT_DECODED_ROWS_HPP
#define LOWBIT_PRODUCT_DECODED_ROWS_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/product/side_by_side.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// One row of the product: x[c * lanes + l] is column c of input l. decode(tag, first, n, floats) writes elements first
/// ... first + n - 1 of the row. The calls are in order, and n is 256 in all but the last one.
template <class Sum, class Tag, class Decode>
void multiply_decoded_row(Tag tag, index_t cols, Decode&& decode, index_t row, const float* x,
                          const kernel::row_target& to) noexcept {
  constexpr index_t piece = 256, lanes = simd::lanes_in<Sum>;
  float decoded[piece];
  double sums[kernel::most_lanes] = {};
  for (index_t first = 0; first < cols; first += piece) {
    const index_t n = min_of(piece, cols - first);
    decode(tag, first, n, decoded);
    arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
      Sum sum;
      kernel::load_sum(sum, sums);
      for (index_t i = 0; i < n; ++i)
        kernel::add_term(sum, static_cast<double>(decoded[i]), x + (first + i) * lanes);
      kernel::store_sum(sum, sums);
    });
  }
  arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
    Sum sum;
    kernel::load_sum(sum, sums);
    to.store(row, sum);
  });
}

/// out = x w^T + bias for m rows of x and a w of rows x cols; shapes are right. gather() as in product/side_by_side.hpp,
/// row_decoder(row) gives what multiply_decoded_row() takes.
template <class Gather, class RowDecoder, executor Where>
void multiply_decoded(index_t m, const Gather& gather, index_t rows, index_t cols,
                      const RowDecoder& row_decoder, std::span<const float> bias,
                      matrix_view<float> out, const Where& where) {
  in_lanes(m, gather, [&](auto of, const float* x, index_t first, index_t count) {
    executors::for_each_share(where, rows, cols, [&](index_t row, index_t end) {
      with_isa(isa_of(where), [&]<class Tag>(Tag) {
        const kernel::row_target to{out.data() + first * out.row_stride(), 1, out.row_stride(),
                                    count, bias.empty() ? nullptr : bias.data()};
        for (; row < end; ++row)
          multiply_decoded_row<typename decltype(of)::type>(arch::vectors_on<Tag>{}, cols,
                                                            row_decoder(row), row, x, to);
      });
    });
  });
}

}  // namespace detail::product
LOWBIT_END

#endif
