// lowbit/kernel/reference.hpp – the normative family: integers, written from the definition.
//
//     sum(m, n) = sum over k of value(lhs code (m, k)) * value(rhs code (n, k))
//
// No population count, no product rule, no SIMD. Each code is taken out of its planes, turned into the integer that its
// encoding says, multiplied and added in 64 bits. What this gives is right by definition; every other body must give
// the same bits.
#ifndef LOWBIT_KERNEL_REFERENCE_HPP
#define LOWBIT_KERNEL_REFERENCE_HPP

#include "lowbit/arch/isa.hpp"
#include "lowbit/kernel/row_tiles.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The values of elements 64 w ... of one packed row; beyond the run's depth they are 0.
inline void decode_word(const code_format& format, const operand& side, index_t row, index_t w,
                        index_t depth, std::int32_t (&values)[word_bits]) noexcept {
  const index_t left = depth - w * word_bits, end = left < word_bits ? left : word_bits;
  for (index_t k = 0; k < word_bits; ++k) values[k] = k < end ? format.offset : 0;
  for (int p = 0; p < format.plane_count; ++p) {
    const word plane = side.row(row, p)[w];
    for (index_t k = 0; k < end; ++k)
      values[k] +=
          format.weight[static_cast<std::size_t>(p)] * static_cast<std::int32_t>(plane >> k & 1);
  }
}

/// Adds the products of one run to the sums of up to M x N rows.
template <std::size_t M, std::size_t N>
void add_values(const factors& of, const operand& lhs, const operand& rhs, run_size size,
                tile_sums<M, N>& sums) noexcept {
  const std::size_t m_end = lhs.first(M), n_end = rhs.first(N);
  std::int32_t a[M][word_bits], b[N][word_bits];
  for (index_t w = 0; w < size.words; ++w) {
    for (std::size_t m = 0; m < m_end; ++m)
      decode_word(of.lhs, lhs, static_cast<index_t>(m), w, size.depth, a[m]);
    for (std::size_t n = 0; n < n_end; ++n)
      decode_word(of.rhs, rhs, static_cast<index_t>(n), w, size.depth, b[n]);
    for (std::size_t m = 0; m < m_end; ++m)
      for (std::size_t n = 0; n < n_end; ++n) {
        std::int64_t sum = 0;
        for (index_t k = 0; k < word_bits; ++k) sum += std::int64_t{a[m][k]} * b[n][k];
        sums.at[m][n] += static_cast<std::uint32_t>(sum);
      }
  }
}

/// Its body, for isa::scalar.
struct reference_body {
  using tag = isa::scalar;
  static constexpr bool whole_sums = true;
  static constexpr std::size_t rows = 16, cols = 16;

  [[nodiscard]] static panel_layout layout(const rhs_shape&, const dispatch::core&) noexcept {
    return {static_cast<index_t>(cols)};
  }
  template <class Epilogue>
  static void run(const strip& s, const Epilogue& epilogue) {
    run_row_tiles<rows, cols>(
        s, false,
        [&](const operand& lhs, const operand& rhs, run_size size, tile_sums<rows, cols>& sums) {
          add_values(s.all.of, lhs, rhs, size, sums);
        },
        epilogue);
  }
};

struct reference {
  static constexpr const char* name = "reference";

  template <class Tag>
  using body = std::conditional_t<std::is_same_v<Tag, isa::scalar>, reference_body, no_body>;

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return of.in_planes();
  }
  /// Sixty-four products for each word.
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors&, const product_shape& shape,
                                             const panel_layout&, bool) noexcept {
    return 64.0 * static_cast<double>(shape.rows) * static_cast<double>(shape.cols) *
           static_cast<double>(shape.words);
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
