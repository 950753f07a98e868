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

/// Decodes one stream of symbols of 1 to 8 bits piece by piece. The bytes must outlive it.
class fixed_width_decoder {
 public:
  fixed_width_decoder(int width, std::span<const std::byte> stream) noexcept
      : at_(stream.data()), end_(stream.data() + stream.size()), width_(width) {}

  /// The next n symbols; false if the stream ends before them. Then what is in `out` means nothing.
  [[nodiscard]] bool take(code_t* out, index_t n) noexcept {
    const auto mask = (std::uint64_t{1} << width_) - 1;
    code_t* const last = out + n;
    const int symbols = 56 / width_;
    for (; last - out >= symbols && end_ - at_ >= 8; out += symbols) {
      bits_ |= next_bits(at_) << held_;
      const int bytes = (63 - held_) / 8;
      at_ += bytes;
      held_ += 8 * bytes;
      for (int i = 0; i < symbols; ++i, bits_ >>= width_)
        out[i] = static_cast<code_t>(bits_ & mask);
      held_ -= symbols * width_;
    }
    for (; out < last; ++out) {
      for (; held_ < width_ && at_ < end_; held_ += 8)
        bits_ |= std::to_integer<std::uint64_t>(*at_++) << held_;
      if (held_ < width_) return false;
      *out = static_cast<code_t>(bits_ & mask);
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
  int held_ = 0;            ///< how many; bits above are those of the next bytes, or 0
  int width_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
