// lowbit/kernel/trits/digit_sums.hpp – the inner loop on weights in base 3: five of them in a byte, 1.6 bits each.
//
// A byte q holds five digits t = 0, 1, 2. The first digit is the highest: q = ceil(256 v / 243) with
// v = 81 t_0 + 27 t_1 + ... + t_4. Three times a byte pushes a digit out at the top, so
//
//     q_0 = q          t_i = floor(3 q_i / 256)          q_(i + 1) = 3 q_i mod 256
//
// The digit need not be looked at. It is 256 t_i = 3 q_i - q_(i + 1), so a sum of digits times numbers a_i is
//
//     256 sum of a_i t_i  =  3 sum of a_i q_i  -  sum of a_i q_(i + 1)
//
// Both sums are dot products of whole bytes: two instructions and two additions per register and digit, where finding the
// digits takes five. A panel is made of blocks, as in kernel/bytes/dot_sums.hpp. A block has 20 elements: four bytes of each
// column, side by side. Digit i of these bytes belongs to elements 4 i ... 4 i + 3.
#ifndef LOWBIT_KERNEL_TRITS_DIGIT_SUMS_HPP
#define LOWBIT_KERNEL_TRITS_DIGIT_SUMS_HPP

#include "lowbit/kernel/bytes/dot_sums.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Digits of a byte, and elements of a block.
inline constexpr index_t digits_of_byte = 5, digit_block_depth = 4 * digits_of_byte;

/// The byte of five digits in one number, 0 to 242.
[[nodiscard]] constexpr std::uint8_t byte_of_digits(int number) noexcept {
  return static_cast<std::uint8_t>((256 * number + 242) / 243);
}

/// The sums of a tile while its depth is gone through.
template <class Dots, std::size_t M, std::size_t V>
class digit_sums {
  using bytes_type = typename Dots::bytes;

 public:
  static constexpr index_t block_bytes = 4 * Dots::lanes * static_cast<index_t>(V);
  /// A byte read as q - 128 gives 256 t - (3 - 1) 128: the sums are those of t - 1.
  static constexpr std::uint32_t missing = Dots::signed_only ? 1 : 0;

  LOWBIT_INLINE digit_sums() noexcept {
    clear<Dots, M, V>(whole_);
    start();
  }

  /// Adds `blocks` blocks of the panel from `u` on, times the rows from `a` on.
  LOWBIT_INLINE void add(const std::int8_t* const (&a)[M], const std::uint8_t* u,
                         index_t blocks) noexcept {
    for (index_t b = 0; b < blocks;) {
      const index_t room = limit - used_, end = blocks - b < room ? blocks : b + room;
      used_ += end - b;
      for (; b < end; ++b) add_block(a, u + b * block_bytes, b * digit_block_depth);
      if (used_ == limit) fold();
    }
  }
  /// The sums.
  LOWBIT_INLINE dot_tile<Dots, M, V>& finished() noexcept {
    fold();
    return whole_;
  }

 private:
  /// Blocks: a sum grows by at most 20 * 128 * 255 per block, three times that is below 2^31.
  static constexpr index_t limit = 1024;

  LOWBIT_INLINE void start() noexcept {
    clear<Dots, M, V>(now_);
    clear<Dots, M, V>(next_);
    used_ = 0;
  }
  LOWBIT_INLINE void fold() noexcept {
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) Dots::add_digits(whole_[m][v], now_[m][v], next_[m][v]);
    }
    start();
  }

  LOWBIT_INLINE void add_block(const std::int8_t* const (&a)[M], const std::uint8_t* u,
                               index_t k) noexcept {
    bytes_type q[V];
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      const std::uint8_t* const from = u + static_cast<index_t>(4 * v) * Dots::lanes;
      LOWBIT_PREFETCH(from + prefetch_distance);
      if constexpr (Dots::signed_only)
        Dots::load_signed(q[v], from);
      else
        Dots::load(q[v], from);
    }
    LOWBIT_UNROLL
    for (index_t i = 0; i < digits_of_byte; ++i) {
      bytes_type four[M];
      LOWBIT_UNROLL
      for (std::size_t m = 0; m < M; ++m) Dots::quad(four[m], a[m] + k + 4 * i);
      dots(now_, q, four);
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) Dots::thrice(q[v]);
      dots(next_, q, four);
    }
  }
  LOWBIT_INLINE static void dots(dot_tile<Dots, M, V>& sums, const bytes_type (&q)[V],
                                 const bytes_type (&four)[M]) noexcept {
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) {
        Dots::dot(sums[m][v], q[v], four[m]);
        Dots::keep(sums[m][v]);
      }
    }
  }

  dot_tile<Dots, M, V> whole_, now_, next_;
  index_t used_ = 0;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
