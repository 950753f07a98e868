// lowbit/kernel/compressed/symbol_decoder.hpp – symbols out of a stream of any coding, piece by piece.
//
// Products decode a few hundred symbols into the first cache, multiply, and go on. So the choice of the coding costs
// nothing per symbol, and products are compiled once.
#ifndef LOWBIT_KERNEL_COMPRESSED_SYMBOL_DECODER_HPP
#define LOWBIT_KERNEL_COMPRESSED_SYMBOL_DECODER_HPP

#include <variant>

#include "lowbit/kernel/compressed/huffman.hpp"
#include "lowbit/kernel/compressed/rans.hpp"

LOWBIT_BEGIN

/// How symbols lie in a stream.
enum class symbol_coding : std::uint8_t {
  raw,      ///< a fixed number of bits each: kernel/compressed/fixed_width.hpp
  huffman,  ///< canonical Huffman words: kernel/compressed/huffman.hpp
  rans      ///< range asymmetric numeral systems: kernel/compressed/rans.hpp
};

/// The name of a coding in texts.
[[nodiscard]] constexpr const char* name_of(symbol_coding coding) noexcept {
  switch (coding) {
    case symbol_coding::huffman:
      return "huffman";
    case symbol_coding::rans:
      return "rans";
    default:
      return "raw";
  }
}

namespace detail::kernel {

/// One of the three decoders. What it was made from must outlive it.
class symbol_decoder {
 public:
  explicit symbol_decoder(const fixed_width_decoder& one) noexcept : any_(one) {}
  explicit symbol_decoder(const huffman_decoder& one) noexcept : any_(one) {}
  explicit symbol_decoder(const rans_decoder& one) noexcept : any_(one) {}

  /// The next n symbols; false if the stream has no such symbols.
  [[nodiscard]] bool take(code_t* out, index_t n) noexcept {
    if (auto* const one = std::get_if<huffman_decoder>(&any_)) return one->take(out, n);
    if (auto* const one = std::get_if<rans_decoder>(&any_)) return one->take(out, n);
    return std::get_if<fixed_width_decoder>(&any_)->take(out, n);
  }
  /// The next n symbols of two streams; false if one of them does not have them.
  [[nodiscard]] static bool take_both(symbol_decoder& a, code_t* to_a, symbol_decoder& b,
                                      code_t* to_b, index_t n) noexcept {
    if (auto* const one = std::get_if<huffman_decoder>(&a.any_))
      if (auto* const other = std::get_if<huffman_decoder>(&b.any_))
        return huffman_decoder::take_both(*one, to_a, *other, to_b, n);
    if (auto* const one = std::get_if<rans_decoder>(&a.any_))
      if (auto* const other = std::get_if<rans_decoder>(&b.any_))
        return rans_decoder::take_both(*one, to_a, *other, to_b, n);
    return a.take(to_a, n) && b.take(to_b, n);
  }
  /// The symbols so far are the whole stream.
  [[nodiscard]] bool finished() const noexcept {
    if (auto* const one = std::get_if<huffman_decoder>(&any_)) return one->finished();
    if (auto* const one = std::get_if<rans_decoder>(&any_)) return one->finished();
    return std::get_if<fixed_width_decoder>(&any_)->finished();
  }

 private:
  std::variant<fixed_width_decoder, huffman_decoder, rans_decoder> any_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
