// lowbit/tensor/symbol_model.hpp – the model of coded symbols as bytes.
//
// A symbol takes 4 bits: its Huffman length, or how many bits its rANS frequency has. For rANS the bits of the
// frequency below its leading one follow. Bits fill bytes from the lowest; unused bits are 0. That is
// symbol_parts::table_bytes() bytes, and one form per model.
#ifndef LOWBIT_TENSOR_SYMBOL_MODEL_HPP
#define LOWBIT_TENSOR_SYMBOL_MODEL_HPP

#include "lowbit/tensor/bit_writer.hpp"
#include "lowbit/tensor/coded_symbols.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

/// The bytes of a model that symbol_parts::problem() has nothing against.
[[nodiscard]] inline std::vector<std::byte> pack_model(const symbol_parts& parts) {
  bit_writer out;
  for (const std::uint16_t number : parts.model) {
    const bool frequency = parts.coding == symbol_coding::rans;
    const int width = frequency ? static_cast<int>(std::bit_width(number)) : int{number};
    out.put(static_cast<std::uint32_t>(width), 4);
    if (frequency && width > 1)
      out.put(number & ((std::uint32_t{1} << (width - 1)) - 1), width - 1);
  }
  return out.complete();
}

/// Fills parts.model from these bytes, for the coding and the bits of `parts`. False if they are no model.
[[nodiscard]] inline bool unpack_model(std::span<const std::byte> bytes, symbol_parts& parts) {
  std::size_t place = 0;
  const auto next = [&](int count) {
    std::uint32_t bits = 0;
    for (int i = 0; i < count; ++i, ++place)
      if (place / 8 < bytes.size())
        bits |= (std::to_integer<std::uint32_t>(bytes[place / 8]) >> place % 8 & 1) << i;
    return bits;
  };
  parts.model.clear();
  const std::size_t alphabet =
      parts.coding == symbol_coding::raw ? 0 : std::size_t{1} << parts.bits;
  for (std::size_t s = 0; s < alphabet; ++s) {
    std::uint32_t number = next(4);
    if (parts.coding == symbol_coding::rans && number > 0) {
      const int below = static_cast<int>(number) - 1;
      number = std::uint32_t{1} << below | next(below);
    }
    parts.model.push_back(static_cast<std::uint16_t>(number));
  }
  const std::size_t used = (place + 7) / 8;
  while (place % 8 != 0)
    if (next(1) != 0) return false;
  return used == bytes.size();
}

}  // namespace detail::tensor
LOWBIT_END

#endif
