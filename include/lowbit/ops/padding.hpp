// lowbit/ops/padding.hpp – what lies beyond the border of an image.
//
// A window that reaches over the border multiplies its weights there by a number that the network was
// trained with, so it is part of the layer's type:
//
//     pad::zero        0, as float networks pad                (every encoding)
//     pad::plus_one    +1: "one padding" of binary networks    (encodings that have a +1)
//     pad::minus_one   -1: the bits of an empty image          (encodings that have a -1)
//
// Where the number is a code of the input's encoding, the border holds that code and nothing else is to be
// done. Binary and bipolar codes have no zero: there the border holds a code of value v, and what it added
// is taken off again,
//
//     y(zero) = y(v) - v * (sum of the weights whose taps lie on the border)
//
// which depends on the weights and on the window's place only (ops/window.hpp: classes).
//
// The border is real memory: an image of bits is so small (56 x 56 x 64 bits are 25 KB) that copying it
// into the middle of a larger one takes a hundredth of the convolution's time, and less memory than a
// table with a pointer for every tap of every window would. After that no kernel knows about borders.
//
// Source of the correction: common knowledge, e.g. Larq compute engine's zero padding correction.
#ifndef LOWBIT_OPS_PADDING_HPP
#define LOWBIT_OPS_PADDING_HPP

#include <cstring>

#include "lowbit/encoding/encoding.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN

/// What lies beyond the border.
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

/// A padding: a type with an integer `value`.
template <class P>
concept padding = requires {
  { P::value } -> std::convertible_to<int>;
};

namespace detail::ops {

/// The code that a border of A holds to stand for P, and by how much its value is too large.
struct border_code {
  code_t code = 0;
  int surplus = 0;
};

template <plane_code A, padding P>
[[nodiscard]] consteval border_code border_of() noexcept {
  for (int c = 0; c < 1 << A::plane_count; ++c) {
    const auto code = static_cast<code_t>(c);
    if (is_code<A>(code) && value<A>(code) == P::value) return {code, 0};
  }
  return {0, value<A>(0) - P::value};
}

/// `count` bits from bit `first` of a row of words on, into the words of `to` (whole words, the rest 0).
inline void copy_bits(const word* from, index_t first, index_t count, word* to) noexcept {
  from += first / word_bits;
  const index_t shift = first % word_bits;
  for (; count > 0; count -= word_bits, ++from, ++to) {
    word bits = *from >> shift;
    if (shift > 0 && count > word_bits - shift) bits |= from[1] << (word_bits - shift);
    *to = count >= word_bits ? bits : bits & ((word{1} << count) - 1);
  }
}

/// Copies row y of image n, channels by `to`'s layout, to the pixels at `out`.
template <class E>
void copy_row(packed_tensor_view<E> x, index_t n, index_t y, depth_layout to, word* out) noexcept {
  const index_t words = to.words(), width = x.shape().width;
  if (x.layout() == to && x.plane_stride() == words &&
      (x.pixel_stride() == E::plane_count * words || width == 1)) {
    if (width * words > 0)
      std::memcpy(out, x.pixel(n, y, 0),
                  static_cast<std::size_t>(width * E::plane_count * words) * sizeof(word));
    return;
  }
  for (index_t i = 0; i < width; ++i)
    for (int p = 0; p < E::plane_count; ++p, out += words) {
      const word* const plane = x.pixel(n, y, i) + p * x.plane_stride();
      if (x.layout() == to) {
        if (words > 0) std::memcpy(out, plane, static_cast<std::size_t>(words) * sizeof(word));
        continue;
      }
      index_t first = 0;
      for (index_t r = 0; r < to.runs(); ++r) {
        const depth_run run = to.run(r);
        copy_bits(plane, first, run.depth, out + run.first_word);
        first += run.depth;
      }
    }
}

}  // namespace detail::ops
LOWBIT_END

#endif
