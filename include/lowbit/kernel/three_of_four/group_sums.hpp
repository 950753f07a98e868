// lowbit/kernel/three_of_four/group_sums.hpp – the inner loop on ternary weights of which one in each four is 0.
//
// A symbol (encoding/three_of_four.hpp) holds four weights: an index of four bits, and a sign. A block has 128 elements of
// each column, which are 32 symbols: 16 bytes of indices and 4 bytes of signs.
//
//     bytes     4 columns each, five times     indices 0 ... 31, of elements 0 ... 127; signs
//     index     low half of byte j of register r: elements 32 r + 4 j ...; high half: elements 32 r + 16 + 4 j ...
//     sign      bit h of byte j: the symbol of elements 16 h + 4 j ...
//
// So 16 elements (h) have the indices of their four symbols side by side in a lane. Element i of each symbol is one look-up
// in a table of 16 bytes:
//
//     u = table_i[index]          weight + 1: 0, 1, 2
//     u = 2 - u                   where the sign is set
//
// and meets element i of four symbols of the row. Rows are therefore arranged: bytes 4 j + i of 16 become 4 i + j.
//
// Cost per register of 16 elements x lanes: four look-ups, differences and dot products, and 2.5 operations for indices and
// signs. With two 512-bit ports that is 7 cycles for 256 weights, 40 bytes of them: what memory gives is less.
#ifndef LOWBIT_KERNEL_THREE_OF_FOUR_GROUP_SUMS_HPP
#define LOWBIT_KERNEL_THREE_OF_FOUR_GROUP_SUMS_HPP

#include "lowbit/encoding/three_of_four.hpp"
#include "lowbit/kernel/bytes/dot_sums.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Elements of a block, and bytes of a column in it.
inline constexpr index_t group_block_depth = 128, group_block_bytes = 20;

/// tables[i][index] = element i of the symbols 0 ... 15, plus 1.
using element_tables = std::array<std::array<std::uint8_t, 16>, 4>;
[[nodiscard]] consteval element_tables make_element_tables() noexcept {
  element_tables out{};
  for (std::size_t s = 0; s < 16; ++s) {
    const auto codes = encoding::three_of_four_codes(static_cast<code_t>(s));
    for (std::size_t i = 0; i < 4; ++i)
      out[i][s] = codes[i] == ternary::zero ? 1 : codes[i] == ternary::plus ? 2 : 0;
  }
  return out;
}
inline constexpr element_tables tables_of_elements = make_element_tables();

/// The sums of a tile while its depth is gone through.
template <class Dots, std::size_t M, std::size_t V>
class group_sums {
  using bytes_type = typename Dots::bytes;
  /// Bytes from one register's place in a block to that of the next five.
  static constexpr index_t row_bytes = 4 * Dots::lanes * static_cast<index_t>(V);

 public:
  static constexpr index_t block_bytes = group_block_bytes / 4 * row_bytes;
  static constexpr std::uint32_t missing = 0;

  LOWBIT_INLINE group_sums() noexcept { clear<Dots, M, V>(sums_); }

  /// Adds `blocks` blocks of the panel from `u` on, times the arranged rows from `a` on.
  LOWBIT_INLINE void add(const std::int8_t* const (&a)[M], const std::uint8_t* u,
                         index_t blocks) noexcept {
    bytes_type tables[4];
    LOWBIT_UNROLL
    for (std::size_t i = 0; i < 4; ++i) Dots::table(tables[i], tables_of_elements[i].data());
    for (index_t b = 0; b < blocks; ++b) {
      bytes_type signs[V];
      load(signs, u + b * block_bytes + 4 * row_bytes);
      [&]<int... R>(std::integer_sequence<int, R...>) LOWBIT_INLINE_LAMBDA {
        (add_row<R>(a, tables, signs, u + b * block_bytes, b * group_block_depth), ...);
      }
      (std::make_integer_sequence<int, 4>{});
    }
  }
  /// The sums.
  LOWBIT_INLINE dot_tile<Dots, M, V>& finished() noexcept { return sums_; }

 private:
  /// Prefetched into the second cache: arithmetic hides what is left. On an Intel Xeon, 1 x 131072 x 4096 weights from
  /// memory took 8.1 ms so, and 8.7 ms where they were prefetched into the first one.
  LOWBIT_INLINE static void load(bytes_type (&to)[V], const std::uint8_t* from) noexcept {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      const std::uint8_t* const at = from + static_cast<index_t>(4 * v) * Dots::lanes;
      LOWBIT_PREFETCH_L2(at + 2 * prefetch_distance);
      Dots::load(to[v], at);
    }
  }
  /// The 32 elements of indices R.
  template <int R>
  LOWBIT_INLINE void add_row(const std::int8_t* const (&a)[M], const bytes_type (&tables)[4],
                             const bytes_type (&signs)[V], const std::uint8_t* block,
                             index_t k) noexcept {
    bytes_type both[V];
    load(both, block + R * row_bytes);
    add_sixteen<2 * R>(a, tables, both, signs, k);
    add_sixteen<2 * R + 1>(a, tables, both, signs, k);
  }
  template <int H>
  LOWBIT_INLINE void add_sixteen(const std::int8_t* const (&a)[M], const bytes_type (&tables)[4],
                                 const bytes_type (&both)[V], const bytes_type (&signs)[V],
                                 index_t k) noexcept {
    bytes_type index[V];
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) Dots::template field<H % 2 * 4>(index[v], both[v], 15);
    LOWBIT_UNROLL
    for (std::size_t i = 0; i < 4; ++i) {
      bytes_type u[V];
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v)
        Dots::template signed_entry<H>(u[v], tables[i], index[v], signs[v]);
      LOWBIT_UNROLL
      for (std::size_t m = 0; m < M; ++m) {
        bytes_type four;
        Dots::quad(four, a[m] + k + 16 * H + static_cast<index_t>(4 * i));
        LOWBIT_UNROLL
        for (std::size_t v = 0; v < V; ++v) {
          Dots::dot(sums_[m][v], u[v], four);
          Dots::keep(sums_[m][v]);
        }
      }
    }
  }

  dot_tile<Dots, M, V> sums_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
