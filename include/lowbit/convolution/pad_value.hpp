// lowbit/convolution/pad_value.hpp – the number that lies beyond the image.
//
// A window that reaches beyond the image multiplies its weights there by the padding value. The network was trained
// with that number, so it is part of the layer's type:
//
//     pad::zero        0, as float networks pad                (every encoding)
//     pad::plus_one    +1: "one padding" of binary networks    (encodings that have a +1)
//     pad::minus_one   -1: the bits of an empty image          (encodings that have a -1)
//
// If the padding value is a code of the input's encoding, the padding holds that code (convolution/padded_image.hpp)
// and nothing else is to be done. Binary and bipolar codes have no zero. There the padding holds a code whose value
// is too large by a surplus, and what the surplus added is taken off again (convolution/padding_correction.hpp).
#ifndef LOWBIT_CONVOLUTION_PAD_VALUE_HPP
#define LOWBIT_CONVOLUTION_PAD_VALUE_HPP

#include "lowbit/encoding/format.hpp"

LOWBIT_BEGIN

/// The number beyond the image.
namespace pad {
struct zero {
  static constexpr int value = 0;
};
struct plus_one {
  static constexpr int value = 1;
};
struct minus_one {
  static constexpr int value = -1;
};
}  // namespace pad

/// A padding value: a type with an integer `value`.
template <class P>
concept pad_value = requires {
  { P::value } -> std::convertible_to<int>;
};

namespace detail::convolution {

/// The code that padding holds to stand for a value, and by how much its own value is too large.
struct padding_code {
  code_t code = 0;
  int surplus = 0;
};

[[nodiscard]] constexpr padding_code padding_of(const code_format& images, int value) noexcept {
  for (int c = 0; c < 1 << images.plane_count; ++c) {
    const auto code = static_cast<code_t>(c);
    if (images.is_code(code) && images.value(code) == value) return {code, 0};
  }
  return {0, images.value(0) - value};
}

}  // namespace detail::convolution
LOWBIT_END

#endif
