// lowbit/kernel/floats/product.hpp – products of matrices of floats, or of 32-bit integers: cut for the caches.
//
//     c(i, j) = sum over s of  a(i, s) b(s, j)        or  c += that
//
// Both operands may lie in memory either way, so one function serves x w^T, g^T x and g w (nn/products.hpp). A tile
// reads rows of a where they lie. Of b, 128 steps of one tile's columns are copied: they stay in the L1 cache, and a
// step is one run of memory. With few rows, b is read where it lies, if its columns are contiguous. The last rows and
// columns are copied, with zeros behind them.
//
// Source of the cuts: Goto, van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
#ifndef LOWBIT_KERNEL_FLOATS_PRODUCT_HPP
#define LOWBIT_KERNEL_FLOATS_PRODUCT_HPP

#include <type_traits>

#include "lowbit/arch/run_on.hpp"
#include "lowbit/core/buffer.hpp"
#include "lowbit/kernel/floats/product_tile.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Steps that are multiplied before the next columns are.
inline constexpr index_t product_steps = 128;

#if defined(LOWBIT_VECTOR_SIZE) && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define LOWBIT_HAS_SHUFFLEVECTOR 1
#endif
#endif

/// to[s * lanes + i] = from[i * across + s] for i, s < 4.
template <class T>
LOWBIT_INLINE void transpose_four(const T* from, index_t across, index_t lanes, T* to) noexcept {
#if defined(LOWBIT_HAS_SHUFFLEVECTOR)
  using four = typename product_lanes<T>::bytes_16;
  four x[4];
  for (int i = 0; i < 4; ++i) std::memcpy(&x[i], from + i * across, sizeof(four));
  const four low01 = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5);
  const four high01 = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7);
  const four low23 = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
  const four high23 = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
  x[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  x[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  x[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  x[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  for (int s = 0; s < 4; ++s) std::memcpy(to + s * lanes, &x[s], sizeof(four));
#else
  for (index_t i = 0; i < 4; ++i)
    for (index_t s = 0; s < 4; ++s) to[s * lanes + i] = from[i * across + s];
#endif
}

/// Rows first ... first + count - 1 of an operand, from step `begin` on: `lanes` elements per step, zeros behind the
/// rows.
template <class T>
void copy_lanes(const dense_operand<T>& m, index_t first, index_t count, index_t begin,
                index_t steps, index_t lanes, T* to) noexcept {
  const T* const from = m.data + first * m.across + begin * m.along;
  if (count < lanes) std::memset(to, 0, static_cast<std::size_t>(steps * lanes) * sizeof(T));
  if (m.across == 1) {
    for (index_t s = 0; s < steps; ++s)
      std::memcpy(to + s * lanes, from + s * m.along, static_cast<std::size_t>(count) * sizeof(T));
    return;
  }
  const index_t fours = count / 4 * 4, whole = steps / 4 * 4;
  for (index_t i = 0; i < fours; i += 4) {
    for (index_t s = 0; s < whole; s += 4)
      transpose_four(from + i * m.across + s, m.across, lanes, to + s * lanes + i);
    for (index_t s = whole; s < steps; ++s)
      for (index_t j = i; j < i + 4; ++j) to[s * lanes + j] = from[j * m.across + s];
  }
  for (index_t i = fours; i < count; ++i)
    for (index_t s = 0; s < steps; ++s) to[s * lanes + i] = from[i * m.across + s];
}

/// c = a b, or c += a b: rows x cols elements, whose rows are `stride` apart. Allocates the copies. Sums of integers
/// must fit 32 bits.
template <class Tag, class T>
requires std::is_same_v<Tag, arch::vectors_on<Tag>>
void multiply_dense(Tag tag, const dense_operand<T>& a, index_t rows, const dense_operand<T>& b,
                    index_t cols, index_t steps, T* c, index_t stride, bool add) {
  constexpr index_t height = product_tile_of<Tag>.rows, width = product_tile_of<Tag>.cols;
  const index_t whole_rows = rows / height * height;
  const bool few_rows = rows <= 4 * height && b.across == 1;
  buffer<T> of_a(height * product_steps), of_b(width * product_steps);
  T part[static_cast<std::size_t>(height * width)] = {};
  if (!add && steps == 0)
    for (index_t i = 0; i < rows; ++i)
      std::memset(c + i * stride, 0, static_cast<std::size_t>(cols) * sizeof(T));
  for (index_t s = 0; s < steps; s += product_steps) {
    const index_t now = min_of(product_steps, steps - s);
    const bool fresh = s == 0 && !add;
    if (whole_rows < rows)
      copy_lanes(a, whole_rows, rows - whole_rows, s, now, height, of_a.data());
    for (index_t j = 0; j < cols; j += width) {
      const index_t wide = min_of(width, cols - j);
      product_columns<T> columns{b.data + j + s * b.along, b.along};
      if (!few_rows || wide < width) {
        copy_lanes(b, j, wide, s, now, width, of_b.data());
        columns = {of_b.data(), width};
      }
      for (index_t i = 0; i < rows; i += height) {
        T* const to = c + i * stride + j;
        const dense_operand<T> x =
            i < whole_rows
                ? dense_operand<T>{a.data + i * a.across + s * a.along, a.across, a.along}
                : dense_operand<T>{of_a.data(), 1, height};
        if (i < whole_rows && wide == width) {
          product_tile(tag, x, columns, now, to, stride, fresh);
          continue;
        }
        const index_t high = min_of(height, rows - i);
        for (index_t r = 0; r < high && !fresh; ++r)
          for (index_t l = 0; l < wide; ++l) part[r * width + l] = to[r * stride + l];
        product_tile(tag, x, columns, now, part, width, fresh);
        for (index_t r = 0; r < high; ++r)
          for (index_t l = 0; l < wide; ++l) to[r * stride + l] = part[r * width + l];
      }
    }
  }
}

}  // namespace detail::kernel
LOWBIT_END

#endif
