// lowbit/tensor/bit_writer.hpp – bits into bytes, from the lowest bit (kernel/compressed/fixed_width.hpp).
#ifndef LOWBIT_TENSOR_BIT_WRITER_HPP
#define LOWBIT_TENSOR_BIT_WRITER_HPP

#include <vector>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

/// A stream that grows bit by bit.
class bit_writer {
 public:
  /// Appends the lowest `count` bits, 0 ... 16; higher bits of the word are 0.
  void put(std::uint32_t word, int count) {
    bits_ |= word << held_;
    for (held_ += count; held_ >= 8; held_ -= 8, bits_ >>= 8)
      bytes_.push_back(static_cast<std::byte>(bits_ & 255));
  }
  /// The stream; unused bits of its last byte are 0.
  [[nodiscard]] std::vector<std::byte> complete() {
    if (held_ > 0) bytes_.push_back(static_cast<std::byte>(bits_ & 255));
    return static_cast<std::vector<std::byte>&&>(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
  std::uint32_t bits_ = 0;
  int held_ = 0;  ///< below 8
};

}  // namespace detail::tensor
LOWBIT_END

#endif
