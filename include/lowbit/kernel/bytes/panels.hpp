// lowbit/kernel/bytes/panels.hpp – operands as bytes: panels of the right one, rows of the left one.
//
//     panel   [blocks of each word: kernel/bytes/dot_sums.hpp][per column, step * sum of its u]
//     rows    64 bytes per word of a plane, in the order of the elements; bytes beyond a run's depth are 0
//
// A panel is one stream: the loop reads its blocks in order, to the last.
#ifndef LOWBIT_KERNEL_BYTES_PANELS_HPP
#define LOWBIT_KERNEL_BYTES_PANELS_HPP

#include <cstring>

#include "lowbit/arch/run_on.hpp"
#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/family.hpp"
#include "lowbit/simd/plane_bytes.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Elements of a block of a panel (kernel/bytes/dot_sums.hpp).
[[nodiscard]] constexpr index_t block_depth(int bits) noexcept { return 4 * (8 / bits); }

/// Blocks per word of a right operand: fewer than its bits fill where segments are short.
[[nodiscard]] constexpr index_t blocks_per_word(index_t word_depth, int bits) noexcept {
  return ceil_div(word_depth, block_depth(bits));
}

/// Bytes of a left row per word: what the blocks of a word read. They are 0 beyond the elements.
[[nodiscard]] constexpr index_t row_bytes_per_word(const panel_layout& l) noexcept {
  return blocks_per_word(l.word_depth, l.field_bits) * block_depth(l.field_bits);
}

/// Bytes of the blocks of a panel, without the sums behind them.
[[nodiscard]] constexpr index_t block_bytes_of(const panel_layout& l) noexcept {
  return l.words * blocks_per_word(l.word_depth, l.field_bits) * 4 * l.rows;
}

/// The layout of panels of so many columns.
[[nodiscard]] constexpr panel_layout byte_panel_layout(index_t columns,
                                                       const rhs_shape& rhs) noexcept {
  panel_layout out{columns, 1, rhs.words};
  out.field_bits = field_bits(rhs.planes, rhs.word_depth);
  out.word_depth = rhs.word_depth;
  out.plane_bytes = block_bytes_of(out) + 4 * columns;
  return out;
}

/// 64 elements of a row as bytes.
template <class Planes>
LOWBIT_INLINE void bytes_of_word(const byte_codes& as, int plane_count, const word* planes,
                                 index_t plane_stride, Planes& bytes) noexcept {
  Planes::start(bytes, as.base);
  for (int p = 0; p < plane_count; ++p)
    Planes::add_plane(bytes, planes[p * plane_stride], as.plane_step[static_cast<std::size_t>(p)]);
}

/// The elements of one run of rows as signed bytes. The last word may be longer than its place.
template <class Tag, class Planes>
void convert_rows(const code_format& format, const operand& rows, run_size run,
                  const signed_rows& out) noexcept {
  arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
    const byte_codes as = signed_bytes(format);
    for (index_t r = 0; r < rows.rows; ++r) {
      const word* const from = rows.data + rows.start(r);
      auto* const to = reinterpret_cast<std::uint8_t*>(out.data + r * out.stride);
      for (index_t w = 0; w < run.words; ++w) {
        Planes bytes;
        bytes_of_word(as, format.plane_count, from + w, rows.plane_stride, bytes);
        const index_t begin = w * word_bits, size = out.size - begin;
        if (run.depth - begin < word_bits) Planes::keep(bytes, run.depth - begin);
        out.sums[r] += Planes::sum(bytes);
        if (size >= word_bits) {
          Planes::store(bytes, to + begin);
        } else {
          std::uint8_t last[word_bits];
          Planes::store(bytes, last);
          std::memcpy(to + begin, last, static_cast<std::size_t>(size));
        }
      }
    }
  });
}

/// The bytes of word w of a row of a right operand.
inline void store_word(const byte_codes& as, int plane_count, const operand& rows, index_t row,
                       index_t w, std::uint8_t* to) noexcept {
  simd::plane_bytes bytes;
  bytes_of_word(as, plane_count, rows.row(row, 0) + w, rows.plane_stride, bytes);
  simd::plane_bytes::store(bytes, to);
}

/// Packs the columns first ... of a right operand, as many as the panel has, into zeros. Fields of elements that do
/// not exist hold what code 0 stands for: they meet zeros of the left operand. The sums behind the blocks count them
/// not: they are those of the bits alone, and of `base` for the whole depth, which the product knows.
inline void pack_byte_panel(const code_format& format, const operand& rows, index_t first,
                            const panel_layout& layout, std::uint8_t* panel) noexcept {
  const byte_codes as = unsigned_bytes(format);
  const int bits = layout.field_bits;
  const index_t columns = layout.rows, depth = block_depth(bits);
  const index_t blocks = blocks_per_word(layout.word_depth, bits);
  const index_t end = rows.rows - first < columns ? rows.rows - first : columns;
  std::uint8_t* const sums = panel + block_bytes_of(layout);
  for (index_t n = 0; n < end; ++n) {
    std::uint32_t sum = 0;
    for (index_t w = 0; w < layout.words; ++w) {
      std::uint8_t bytes[word_bits];
      store_word(as, format.plane_count, rows, first + n, w, bytes);
      for (index_t k = 0; k < layout.word_depth; ++k) {
        const index_t block = w * blocks + k / depth, field = k % depth / 4, j = k % 4;
        std::uint8_t& at = panel[(block * columns + n) * 4 + j];
        at = static_cast<std::uint8_t>(at | bytes[k] << field * bits);
        sum += static_cast<std::uint32_t>(bytes[k] - as.base);
      }
    }
    sum *= static_cast<std::uint32_t>(as.step);
    std::memcpy(sums + 4 * n, &sum, 4);
  }
}

}  // namespace detail::kernel
LOWBIT_END

#endif
