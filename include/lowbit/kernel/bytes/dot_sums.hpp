// lowbit/kernel/bytes/dot_sums.hpp – the inner loop on bytes: rows of signed bytes against a panel of unsigned fields.
//
// A panel is made of blocks. A block holds, for each of its columns, four bytes side by side, and a byte holds
// 8 / Bits fields. Field f of byte j belongs to element 4 f + j of the block's depth:
//
//     column      0             1             2                 depth of a block
//     bytes       b0 b1 b2 b3   b0 b1 b2 b3   b0 b1 b2 b3 ...   4 elements of 8 bits, 8 of 4, 16 of 2, 32 of 1
//
// So a register of fields meets four bytes of a row, the same in each lane. A load of the panel serves all rows of a
// tile, and a broadcast serves all its columns. How a field gets into a register of its own depends on what the
// multiplication leaves (simd/byte_dots.hpp):
//
//     in_place   one row, any byte       `and` alone. A field stays where it lies in its byte, and has sums of its own,
//                                        2^position too large. They are divided once, at the end.
//     shifted    32-bit sums             a shift and an `and`, shared by the rows of the tile
//     pairs      16-bit sums             the same; the sums are flushed before they could overflow. Whole bytes up to
//                                        127, too, which are flushed per block: Vanhoucke's rule for weights of 7 bits
//     wide       16-bit products         whole bytes only
//
// Partial sums hold so many blocks (`limit`), whatever the data.
#ifndef LOWBIT_KERNEL_BYTES_DOT_SUMS_HPP
#define LOWBIT_KERNEL_BYTES_DOT_SUMS_HPP

#include <utility>

#include "lowbit/kernel/operand.hpp"
#include "lowbit/simd/byte_dots.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

enum class dot_mode { in_place, shifted, pairs, wide };

/// Bits of a field: 1, 2, 4, 8, and seven_bits for whole bytes up to 127.
inline constexpr int seven_bits = 7;

template <class Dots, int Bits, std::size_t M>
inline constexpr dot_mode dot_mode_of = Dots::in_place&& M == 1 ? dot_mode::in_place
                                        : Dots::whole_sums      ? dot_mode::shifted
                                        : Bits == 8             ? dot_mode::wide
                                                                : dot_mode::pairs;

/// The sums of M rows and V registers of columns.
template <class Dots, std::size_t M, std::size_t V>
using dot_tile = typename Dots::sum[M][V];

template <class Dots, std::size_t M, std::size_t V>
LOWBIT_INLINE void clear(dot_tile<Dots, M, V>& sums) noexcept {
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) Dots::zero(sums[m][v]);
  }
}

/// So many bytes ahead of its loads a panel is prefetched. On an Intel Xeon, 1 x 131072 x 4096 ternary weights from
/// memory took 10.7 ms without this and 7.4 ms with it. Its own prefetching waits for the arithmetic.
inline constexpr index_t prefetch_distance = 4096;

/// The sums of a tile while its depth is gone through. The tile is V registers wide, its panel `Panel` registers.
template <class Dots, int Bits, std::size_t M, std::size_t V, std::size_t Panel = V>
class dot_sums {
  using bytes_type = typename Dots::bytes;

 public:
  static constexpr int fields = 8 / Bits;
  static constexpr index_t depth = 4 * fields;  ///< elements of a block
  static constexpr dot_mode mode = dot_mode_of<Dots, Bits, M>;
  static constexpr index_t block_bytes = 4 * Dots::lanes * static_cast<index_t>(Panel);

  LOWBIT_INLINE dot_sums() noexcept {
    clear<Dots, M, V>(whole_);
    clear_parts();
  }

  /// Adds `blocks` blocks of the panel from `u` on, times the rows from `a` on.
  LOWBIT_INLINE void add(const std::int8_t* const (&a)[M], const std::uint8_t* u,
                         index_t blocks) noexcept {
    if constexpr (mode == dot_mode::shifted) {
      for (index_t b = 0; b < blocks; ++b) add_block<0>(a, u, b);
    } else if constexpr (mode == dot_mode::wide) {
      add_wide(a, u, blocks);
    } else {
      for (index_t b = 0; b < blocks;) {
        const index_t room = limit - used_, end = blocks - b < room ? blocks : b + room;
        used_ += end - b;
        if constexpr (takes_turns)
          for (; b + 4 <= end; b += 4) {
            add_block<0>(a, u, b);
            add_block<1>(a, u, b + 1);
            add_block<2>(a, u, b + 2);
            add_block<3>(a, u, b + 3);
          }
        for (; b < end; ++b) add_block<0>(a, u, b);
        if (used_ == limit) fold();
      }
    }
  }
  /// The sums.
  LOWBIT_INLINE dot_tile<Dots, M, V>& finished() noexcept {
    if constexpr (mode == dot_mode::in_place || mode == dot_mode::pairs) fold();
    return whole_;
  }

 private:
  static constexpr bool partial = mode == dot_mode::in_place || mode == dot_mode::pairs;
  static constexpr bool takes_turns = mode == dot_mode::in_place && fields == 1;
  /// Sums stay in the registers that they are in. Without this g++ 12 copies all sums of whole bytes once per block, which
  /// costs a third of the speed on Zen 5. (clang 14 copies nothing. With this it stores the sums of AVX-VNNI.)
  static constexpr bool kept = mode == dot_mode::in_place ||
                               (LOWBIT_IS_GCC != 0 && mode == dot_mode::shifted && fields == 1 &&
                                requires(typename Dots::sum & s) { Dots::keep(s); });
  /// Chains of additions: fields in place have sums of their own, and whole bytes of one row take turns, so that no
  /// addition waits for the last one.
  static constexpr std::size_t groups = mode != dot_mode::in_place ? (partial ? 1 : 0)
                                        : Bits == 4                ? 2
                                                                   : 4;
  /// Blocks: a sum in place grows by at most 4 * 128 * 240 per block, or by 2^15 - 1 in all.
  static constexpr index_t limit =
      mode == dot_mode::pairs ? simd::byte_dot_steps((1 << Bits) - 1) / fields : index_t{1} << 14;

  LOWBIT_INLINE void clear_parts() noexcept {
    LOWBIT_UNROLL
    for (std::size_t g = 0; g < groups; ++g) clear<Dots, M, V>(parts_[g]);
    used_ = 0;
  }

  /// Rows are widened some blocks at a time, for all columns of the tile.
  LOWBIT_INLINE void add_wide(const std::int8_t* const (&a)[M], const std::uint8_t* u,
                              index_t blocks) noexcept {
    constexpr index_t together = 64, step = 4 * Dots::lanes;
    std::int8_t even[M][static_cast<std::size_t>(4 * together)];
    std::int8_t odd[M][static_cast<std::size_t>(4 * together)];
    for (index_t b = 0; b < blocks; b += together) {
      const index_t here = blocks - b < together ? blocks - b : together;
      for (std::size_t m = 0; m < M; ++m)
        for (index_t k = 0; k < 4 * here; k += step)
          Dots::widen(a[m] + 4 * b + k, even[m] + k, odd[m] + k);
      const std::uint8_t* const from = u + b * block_bytes;
      for (index_t i = 0; i < here; ++i) {
        bytes_type evens[V], odds[V];
        LOWBIT_UNROLL
        for (std::size_t v = 0; v < V; ++v) {
          bytes_type bytes;
          Dots::load(bytes, from + i * block_bytes + static_cast<index_t>(4 * v) * Dots::lanes);
          Dots::even_bytes(evens[v], bytes);
          Dots::odd_bytes(odds[v], bytes);
        }
        LOWBIT_UNROLL
        for (std::size_t m = 0; m < M; ++m) {
          bytes_type four;
          Dots::quad(four, even[m] + 4 * i);
          LOWBIT_UNROLL
          for (std::size_t v = 0; v < V; ++v) Dots::dot_wide(whole_[m][v], evens[v], four);
          Dots::quad(four, odd[m] + 4 * i);
          LOWBIT_UNROLL
          for (std::size_t v = 0; v < V; ++v) Dots::dot_wide(whole_[m][v], odds[v], four);
        }
      }
    }
  }

  template <std::size_t Group>
  LOWBIT_INLINE void add_block(const std::int8_t* const (&a)[M], const std::uint8_t* u,
                               index_t block) noexcept {
    bytes_type bytes[V];
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      const std::uint8_t* const from =
          u + block * block_bytes + static_cast<index_t>(4 * v) * Dots::lanes;
      LOWBIT_PREFETCH(from + prefetch_distance);
      if constexpr (Bits == 8 && Dots::signed_only)
        Dots::load_signed(bytes[v], from);
      else
        Dots::load(bytes[v], from);
    }
    [&]<int... F>(std::integer_sequence<int, F...>) LOWBIT_INLINE_LAMBDA {
      (add_field<F, Group>(a, bytes, (block * fields + F) * 4), ...);
    }
    (std::make_integer_sequence<int, fields>{});
  }

  template <int F, std::size_t Group>
  LOWBIT_INLINE void add_field(const std::int8_t* const (&a)[M], const bytes_type (&bytes)[V],
                               index_t k) noexcept {
    constexpr int bits = (1 << Bits) - 1;
    // Eight fields in place take the sums of four twice: the upper half is shifted once for all four.
    constexpr int place = mode == dot_mode::in_place ? F % 4 : 0;
    constexpr int shift = (F - place) * Bits;
    dot_tile<Dots, M, V>& to = sums_of < takes_turns ? Group : static_cast<std::size_t>(place) > ();
    bytes_type u[V];
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      if constexpr (fields == 1)
        u[v] = bytes[v];
      else
        Dots::template field<shift>(u[v], bytes[v],
                                    static_cast<std::uint8_t>(bits << place * Bits));
    }
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      bytes_type four;
      Dots::quad(four, a[m] + k);
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) {
        Dots::dot(to[m][v], u[v], four);
        if constexpr (kept) Dots::keep(to[m][v]);
      }
    }
  }

  template <std::size_t Group>
  LOWBIT_INLINE dot_tile<Dots, M, V>& sums_of() noexcept {
    if constexpr (partial)
      return parts_[Group];
    else
      return whole_;
  }

  LOWBIT_INLINE void fold() noexcept {
    [&]<std::size_t... G>(std::index_sequence<G...>) LOWBIT_INLINE_LAMBDA {
      (fold_group<G>(), ...);
    }
    (std::make_index_sequence<groups>{});
    clear_parts();
  }
  template <std::size_t G>
  LOWBIT_INLINE void fold_group() noexcept {
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) {
        if constexpr (mode == dot_mode::pairs)
          Dots::flush(whole_[m][v], parts_[G][m][v]);
        else
          Dots::template add_quotient<takes_turns ? 0 : static_cast<int>(G) * Bits>(
              whole_[m][v], parts_[G][m][v]);
      }
    }
  }

  dot_tile<Dots, M, V> whole_;
  dot_tile<Dots, M, V> parts_[groups == 0 ? 1 : groups];
  index_t used_ = 0;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
