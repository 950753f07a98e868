// The quantizer that quantize/README.md shows: unit/quantize/readme.cpp compares the two texts.
#pragma once

#include <lowbit/lowbit.hpp>

/// Four levels: -3, -1, 1 and 3 times a step that is fitted to the largest magnitude.
struct two_bit_max {
  using encoding = lowbit::bipolar_bits<2>;  // what the codes 0 ... 3 stand for: -3, -1, 1, 3
  float step = 1;                            // options and what is fitted: plain members

  two_bit_max fit(std::span<const float> group) const {
    float largest = 0;
    for (const float x : group) largest = std::max(largest, lowbit::magnitude(x));
    return {largest / 3};
  }
  lowbit::affine levels() const noexcept { return {step, 0}; }
  lowbit::code_t encode(float x) const noexcept {
    return x < -2 * step ? 0 : x < 0 ? 1 : x < 2 * step ? 2 : 3;
  }
  float gradient(float, float upstream) const noexcept { return upstream; }  // straight through
};
static_assert(lowbit::check_quantizer<two_bit_max>());
