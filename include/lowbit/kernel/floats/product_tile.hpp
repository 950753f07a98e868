// lowbit/kernel/floats/product_tile.hpp – products of floats, or of 32-bit integers: a tile of the result in registers.
//
//     c(r, j) += sum over s of  a(r, s) b(s, j)          r < rows, j < columns of the tile
//
// Training multiplies floats by floats (nn/products.hpp), or integers by integers (nn/integer/). Other float products
// of the library have an order in double that belongs to their definition (kernel/floats/row.hpp,
// kernel/floats/tile.hpp); this one is only fast. Each element is one chain over s, whatever the tile and the registers
// are. So its bits do not depend on rows, columns and cuts around it. Steps are fused multiply-adds where the ISA has
// them: results are the same on all of those ISAs.
//
// A step loads two registers of b, and broadcasts an element of a per row. All sums stay in registers:
//
//     ISA          rows x columns     registers of sums      multiply-adds per load or broadcast
//     others       6 x 8              12 of 16               1.5
//     avx2         6 x 16             12 of 16               1.5
//     avx512bw     12 x 32            24 of 32               1.7
#ifndef LOWBIT_KERNEL_FLOATS_PRODUCT_TILE_HPP
#define LOWBIT_KERNEL_FLOATS_PRODUCT_TILE_HPP

#include <cstring>

#include "lowbit/arch/isa.hpp"
#include "lowbit/simd/float_lanes.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Rows and columns of the tile of an ISA: that of its vectors (arch::vectors_on).
struct product_tile_size {
  index_t rows = 0, cols = 0;
};
template <class Tag>
inline constexpr product_tile_size product_tile_of{6, 8};

/// A matrix of which one index runs over the steps of a product: element (i, s) lies at data[i * across + s * along].
template <class T>
struct dense_operand {
  const T* data;
  index_t across, along;
};
using float_operand = dense_operand<float>;
using integer_operand = dense_operand<std::int32_t>;

/// The columns of a tile: those of a step lie side by side, steps are `along` elements apart.
template <class T>
struct product_columns {
  const T* data;
  index_t along;
};

/// Registers of elements; one element where compilers have no vector types.
template <class T>
struct product_lanes;
#if defined(LOWBIT_VECTOR_SIZE)
template <>
struct product_lanes<float> {
  using bytes_16 = simd::quarter_float_lanes;
  using bytes_32 = simd::half_float_lanes;
  using bytes_64 = simd::float_lanes;
};
template <>
struct product_lanes<std::int32_t> {
  using bytes_16 = LOWBIT_VECTOR_SIZE(16, std::int32_t);
  using bytes_32 = LOWBIT_VECTOR_SIZE(32, std::int32_t);
  using bytes_64 = LOWBIT_VECTOR_SIZE(64, std::int32_t);
};
#else
template <class T>
struct product_lanes {
  using bytes_16 = T;
};
#endif

/// A tile of R rows and V registers `Lanes` per row. The rows of c are `stride` elements apart. Sums of the first steps
/// are `fresh`: they begin at 0, not at c.
template <class Lanes, std::size_t R, std::size_t V, class T>
LOWBIT_INLINE void product_tile_body(const dense_operand<T>& a, const product_columns<T>& b,
                                     index_t steps, T* c, index_t stride, bool fresh) noexcept {
  constexpr auto lanes = static_cast<index_t>(sizeof(Lanes) / sizeof(T));
  const auto place = [&](std::size_t r, std::size_t v) LOWBIT_INLINE_LAMBDA {
    return c + static_cast<index_t>(r) * stride + static_cast<index_t>(v) * lanes;
  };
  Lanes sum[R][V];
  LOWBIT_UNROLL
  for (std::size_t r = 0; r < R; ++r) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      if (fresh)
        sum[r][v] = Lanes{};
      else
        std::memcpy(&sum[r][v], place(r, v), sizeof(Lanes));
    }
  }
  const T *of_a = a.data, *of_b = b.data;
  const dense_operand<T> lhs = a;
  const product_columns<T> rhs = b;
  for (index_t s = 0; s < steps; ++s, of_a += lhs.along, of_b += rhs.along) {
    Lanes x[V];
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v)
      std::memcpy(&x[v], of_b + static_cast<index_t>(v) * lanes, sizeof(Lanes));
    LOWBIT_UNROLL
    for (std::size_t r = 0; r < R; ++r) {
      const T of_row = of_a[static_cast<index_t>(r) * lhs.across];
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) sum[r][v] += of_row * x[v];
    }
  }
  LOWBIT_UNROLL
  for (std::size_t r = 0; r < R; ++r) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) std::memcpy(place(r, v), &sum[r][v], sizeof(Lanes));
  }
}

template <class T>
void product_tile(isa::scalar, const dense_operand<T>& a, const product_columns<T>& b,
                  index_t steps, T* c, index_t stride, bool fresh) noexcept {
  using lanes = typename product_lanes<T>::bytes_16;
  product_tile_body<lanes, 6, 8 * sizeof(T) / sizeof(lanes)>(a, b, steps, c, stride, fresh);
}
#if LOWBIT_X86 && defined(LOWBIT_VECTOR_SIZE)
template <>
inline constexpr product_tile_size product_tile_of<isa::avx2>{6, 16};
template <>
inline constexpr product_tile_size product_tile_of<isa::avx512bw>{12, 32};

template <class T>
LOWBIT_TARGET_AVX2 void product_tile(isa::avx2, const dense_operand<T>& a,
                                     const product_columns<T>& b, index_t steps, T* c,
                                     index_t stride, bool fresh) noexcept {
  product_tile_body<typename product_lanes<T>::bytes_32, 6, 2>(a, b, steps, c, stride, fresh);
}
template <class T>
LOWBIT_TARGET_AVX512BW void product_tile(isa::avx512bw, const dense_operand<T>& a,
                                         const product_columns<T>& b, index_t steps, T* c,
                                         index_t stride, bool fresh) noexcept {
  product_tile_body<typename product_lanes<T>::bytes_64, 12, 2>(a, b, steps, c, stride, fresh);
}
#endif

}  // namespace detail::kernel
LOWBIT_END

#endif
