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
  /// The next n symbols of N streams; false if a stream does not have them. Those of one coding decode in turns. Tables
  /// is 1 if all streams have the same model, and N else.
  template <std::size_t Tables, std::size_t N>
  [[nodiscard]] static bool take_each(const std::array<symbol_decoder*, N>& from,
                                      const std::array<code_t*, N>& out, index_t n) noexcept {
    if (std::array<huffman_decoder*, N> all; all_are(from, all))
      return huffman_decoder::take_each<Tables>(all, out, n);
    if (std::array<rans_decoder*, N> all; all_are(from, all))
      return rans_decoder::take_each<Tables>(all, out, n);
    for (std::size_t s = 0; s < N; ++s)
      if (!from[s]->take(out[s], n)) return false;
    return true;
  }
  /// The symbols so far are the whole stream.
  [[nodiscard]] bool finished() const noexcept {
    if (auto* const one = std::get_if<huffman_decoder>(&any_)) return one->finished();
    if (auto* const one = std::get_if<rans_decoder>(&any_)) return one->finished();
    return std::get_if<fixed_width_decoder>(&any_)->finished();
  }

 private:
  template <class One, std::size_t N>
  [[nodiscard]] static bool all_are(const std::array<symbol_decoder*, N>& from,
                                    std::array<One*, N>& all) noexcept {
    bool same = true;
    for (std::size_t s = 0; s < N; ++s) {
      all[s] = std::get_if<One>(&from[s]->any_);
      same = same && all[s] != nullptr;
    }
    return same;
  }

  std::variant<fixed_width_decoder, huffman_decoder, rans_decoder> any_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
