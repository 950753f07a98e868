// lowbit/quantize/number/word_code.hpp – codes of 9 to 16 bits: stored, not multiplied.
//
// Formats for training (Flexpoint's tensors, Courbariaux's accumulations, minifloats) have more bits than a packed
// tensor has planes. They are *word codes*, one 16-bit integer per float,
//
//     std::int16_t encode(float x) const          float decode(std::int16_t m) const
//
// in plain arrays, with no product of their own: decode them and use float arithmetic. encode_words() codes a whole
// array and reports the largest magnitude of the codes. A format whose scale was chosen before the data was known needs
// this to notice that the scale did not fit.
#ifndef LOWBIT_QUANTIZE_NUMBER_WORD_CODE_HPP
#define LOWBIT_QUANTIZE_NUMBER_WORD_CODE_HPP

#include <concepts>
#include <span>

#include "lowbit/core/error.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// A type that turns real numbers into 16-bit integers and back.
template <class Q>
concept word_quantizer = requires(const Q& q, float x, std::int16_t m) {
  { q.encode(x) }
  noexcept->std::same_as<std::int16_t>;
  { q.decode(m) }
  noexcept->std::same_as<float>;
};

/// out[i] = the code of x[i]. Returns the largest |code|. Errors: lengths differ; an option of q makes no
/// sense.
template <word_quantizer Q>
int encode_words(const Q& q, std::span<const float> x, std::span<std::int16_t> out) {
  if (x.size() != out.size())
    detail::fail("encode_words: x has %zu elements, out %zu: they must be equal", x.size(),
                 out.size());
  validate(q);
  int largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out[i] = q.encode(x[i]);
    const int size = out[i] < 0 ? -int{out[i]} : int{out[i]};
    largest = size > largest ? size : largest;
  }
  return largest;
}

LOWBIT_END

#endif
