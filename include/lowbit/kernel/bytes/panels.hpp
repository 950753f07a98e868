// lowbit/kernel/bytes/panels.hpp – operands as bytes: panels of the right one, rows of the left one.
//
//     panel   [blocks of all words: kernel/bytes/dot_sums.hpp][per column, step * sum of its u]
//     rows    64 bytes per word of a plane, in the order of the elements; bytes beyond a run's depth are 0
//
// A panel is one stream: the loop reads its blocks in order, to the last.
#ifndef LOWBIT_KERNEL_BYTES_PANELS_HPP
#define LOWBIT_KERNEL_BYTES_PANELS_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/family.hpp"
#include "lowbit/simd/plane_bytes.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Bytes of the blocks of a panel, without the sums behind them.
[[nodiscard]] constexpr index_t block_bytes_of(index_t columns, index_t words, int bits) noexcept {
  return words * word_bits * columns * bits / 8;
}

/// The layout of panels of so many columns.
[[nodiscard]] constexpr panel_layout byte_panel_layout(index_t columns, index_t words,
                                                       index_t planes) noexcept {
  return {columns, 1, words, block_bytes_of(columns, words, field_bits(planes)) + 4 * columns};
}

/// 64 elements of a row as bytes.
template <class Planes>
LOWBIT_INLINE void bytes_of_word(const byte_codes& as, int plane_count, const word* planes,
                                 index_t plane_stride, std::uint8_t* out) noexcept {
  typename Planes::sums sums;
  Planes::start(sums, as.base);
  for (int p = 0; p < plane_count; ++p)
    Planes::add_plane(sums, planes[p * plane_stride], as.plane_step[static_cast<std::size_t>(p)]);
  Planes::store(sums, out);
}

/// The sum of signed bytes, as many as `words` words have bits.
template <class Dots>
[[nodiscard]] LOWBIT_INLINE std::int32_t sum_of_bytes(const std::uint8_t* bytes,
                                                      index_t words) noexcept {
  constexpr index_t step = 4 * Dots::lanes;
  constexpr auto lanes = static_cast<std::size_t>(Dots::lanes);
  std::uint8_t ones[4 * lanes];
  for (auto& each : ones) each = 1;
  typename Dots::bytes one, signs;
  typename Dots::sum sum;
  Dots::load(one, ones);
  Dots::zero(sum);
  for (index_t k = 0; k < words * word_bits; k += step) {
    Dots::load(signs, bytes + k);
    if constexpr (Dots::whole_sums) {
      Dots::dot(sum, one, signs);
    } else {
      typename Dots::sum pairs;
      Dots::zero(pairs);
      Dots::dot(pairs, one, signs);
      Dots::flush(sum, pairs);
    }
  }
  const std::uint32_t zeros[lanes] = {};
  std::int32_t sums[lanes], total = 0;
  Dots::complete(sum, 0, 0, zeros);
  Dots::store(sum, sums);
  for (const std::int32_t each : sums) total += each;
  return total;
}

/// The elements of one run of a row as signed bytes, filled up to whole words with 0. Returns their sum.
template <class Tag, class Dots>
std::int32_t signed_row(const code_format& format, const word* planes, index_t plane_stride, run_size run,
                std::int8_t* out) noexcept {
  return arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
    const byte_codes as = signed_bytes(format);
    auto* const bytes = reinterpret_cast<std::uint8_t*>(out);
    for (index_t w = 0; w < run.words; ++w)
      bytes_of_word<decltype(simd::bytes_of_planes(Tag{}))>(
          as, format.plane_count, planes + w, plane_stride, bytes + w * word_bits);
    for (index_t k = run.depth; k < run.words * word_bits; ++k) out[k] = 0;
    return sum_of_bytes<Dots>(bytes, run.words);
  });
}

/// Packs the columns first ... of a right operand, as many as the panel has, into zeros. Fields of elements that do
/// not exist hold what code 0 stands for: they meet zeros of the left operand. The sums behind the blocks count them
/// not: they are those of the bits alone, and of `base` for the whole depth, which the product knows.
template <class Tag>
void pack_byte_panel(const code_format& format, const operand& rows, index_t first,
                     const panel_layout& layout, std::uint8_t* panel) noexcept {
  arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
    const byte_codes as = unsigned_bytes(format);
    const int bits = field_bits(format.plane_count), fields = 8 / bits;
    const index_t columns = layout.rows, depth = 4 * fields;
    const index_t end = rows.rows - first < columns ? rows.rows - first : columns;
    std::uint8_t* const sums = panel + block_bytes_of(columns, layout.words, bits);
    for (index_t n = 0; n < end; ++n) {
      std::uint32_t sum = 0;
      for (index_t w = 0; w < layout.words; ++w) {
        std::uint8_t bytes[word_bits];
        bytes_of_word<decltype(simd::bytes_of_planes(Tag{}))>(
            as, format.plane_count, rows.row(first + n, 0) + w, rows.plane_stride, bytes);
        for (index_t k = 0; k < word_bits; ++k) {
          const index_t at = w * word_bits + k;
          const index_t block = at / depth, field = at % depth / 4, j = at % 4;
          panel[(block * columns + n) * 4 + j] = static_cast<std::uint8_t>(
              panel[(block * columns + n) * 4 + j] | bytes[k] << field * bits);
          sum += static_cast<std::uint32_t>(bytes[k] - as.base);
        }
      }
      sum *= static_cast<std::uint32_t>(as.step);
      std::memcpy(sums + 4 * n, &sum, 4);
    }
  });
}

}  // namespace detail::kernel
LOWBIT_END

#endif
