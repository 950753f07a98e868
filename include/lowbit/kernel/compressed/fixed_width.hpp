// lowbit/kernel/compressed/fixed_width.hpp – symbols of a fixed number of bits, one behind the other.
//
// Symbol i takes bits i * width ... of the stream, its lowest bit first. Bits fill bytes from the lowest bit, and unused
// bits of the last byte are 0. All bit streams of compressed weights have this order.
#ifndef LOWBIT_KERNEL_COMPRESSED_FIXED_WIDTH_HPP
#define LOWBIT_KERNEL_COMPRESSED_FIXED_WIDTH_HPP

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Symbols are codes: 0 ... 255.
inline constexpr std::size_t most_symbols = 256;

/// Eight bytes as 64 bits, the first byte lowest, on every machine.
[[nodiscard]] LOWBIT_INLINE std::uint64_t next_bits(const std::byte* at) noexcept {
  std::uint64_t bits;
  std::memcpy(&bits, at, sizeof bits);
  if constexpr (std::endian::native == std::endian::big) bits = __builtin_bswap64(bits);
  return bits;
}

/// The lowest eight symbols of `width` bits as eight bytes. Halves move apart: 4 symbols to 32 bits, 2 to 16, 1 to 8.
[[nodiscard]] LOWBIT_INLINE constexpr std::uint64_t spread(std::uint64_t x, int width) noexcept {
  std::uint64_t kept = (std::uint64_t{1} << 4 * width) - 1;
  x = (x & kept) | (x >> 4 * width & kept) << 32;
  kept = ((std::uint64_t{1} << 2 * width) - 1) * 0x0000000100000001u;
  x = (x & kept) | (x >> 2 * width & kept) << 16;
  kept = ((std::uint64_t{1} << width) - 1) * 0x0001000100010001u;
  return (x & kept) | (x >> width & kept) << 8;
}
/// The bytes of 64 bits, the lowest first.
LOWBIT_INLINE void store_bytes(std::uint64_t bits, code_t* to) noexcept {
  if constexpr (std::endian::native == std::endian::big) bits = __builtin_bswap64(bits);
  std::memcpy(to, &bits, sizeof bits);
}

/// Decodes one stream of symbols of 1 to 8 bits piece by piece. The bytes must outlive it.
class fixed_width_decoder {
 public:
  fixed_width_decoder(int width, std::span<const std::byte> stream) noexcept
      : at_(stream.data()), end_(stream.data() + stream.size()), width_(width) {}

  /// The next n symbols; false if the stream ends before them. Then what is in `out` means nothing.
  [[nodiscard]] bool take(code_t* out, index_t n) noexcept {
    const auto mask = (std::uint64_t{1} << width_) - 1;
    code_t* const last = out + n;
    if (held_ == 0) {  // eight symbols are a whole number of bytes
      const std::byte* at = at_;
      for (; last - out >= 8 && end_ - at >= 8; out += 8, at += width_)
        store_bytes(spread(next_bits(at), width_), out);
      at_ = at;
    }
    while (out < last) {
      for (; held_ < width_ && at_ < end_; held_ += 8)
        bits_ |= std::to_integer<std::uint64_t>(*at_++) << held_;
      if (held_ < width_) return false;
      *out++ = static_cast<code_t>(bits_ & mask);
      bits_ >>= width_;
      held_ -= width_;
    }
    return true;
  }
  /// All bytes are used, and unused bits of the last one are 0.
  [[nodiscard]] bool finished() const noexcept { return at_ == end_ && held_ < 8 && bits_ == 0; }

 private:
  const std::byte *at_, *end_;
  std::uint64_t bits_ = 0;  ///< bits that are read and not used, the next one lowest
  int held_ = 0;            ///< how many
  int width_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
