// lowbit/kernel/floats/row.hpp – real weights times +-1: the row product of a network's last layer.
//
// Float addition is not associative, so two paths agree only if the order is part of the definition:
//
//     lane l (of 16) adds the terms of elements l, l + 16, l + 32, ... in that order, from +0
//     then lanes i and i + 8 are added, then i and i + 4, i + 2, i + 1
//
// 16 lanes are one AVX-512, two AVX2 or four SSE registers, so every ISA can follow the order at full
// width. A product with +-1 is exact (a flipped sign), so fused multiply-add changes nothing.
#ifndef LOWBIT_KERNEL_FLOATS_ROW_HPP
#define LOWBIT_KERNEL_FLOATS_ROW_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/dispatch/any_isa.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

inline constexpr index_t double_lanes = 16;

/// The tree that ends the defined order.
[[nodiscard]] LOWBIT_INLINE float add_lanes(float (&lane)[double_lanes]) noexcept {
  for (index_t half = double_lanes / 2; half > 0; half /= 2)
    for (index_t i = 0; i < half; ++i) lane[i] += lane[i + half];
  return lane[0];
}

/// sum over k of w[k] * (2 bit(k) - 1), in the defined order.
[[nodiscard]] LOWBIT_INLINE float signed_sum_body(const float* w, const word* bits,
                                                  index_t depth) noexcept {
  float lane[double_lanes] = {};
  index_t k = 0;
  for (; k + double_lanes <= depth; k += double_lanes) {
    const auto minus = ~static_cast<std::uint32_t>(bits[k / word_bits] >> k % word_bits);
    LOWBIT_SIXTEEN_LANES
    for (index_t l = 0; l < double_lanes; ++l) {
      const std::uint32_t flip = minus >> l << 31;
      lane[l] += float_of(bits_of(w[k + l]) ^ flip);
    }
  }
  for (; k < depth; ++k) {
    const bool plus = (bits[k / word_bits] >> k % word_bits & 1) != 0;
    lane[k % double_lanes] += plus ? w[k] : -w[k];
  }
  return add_lanes(lane);
}

inline float signed_sum(isa::scalar, const float* w, const word* bits, index_t depth) noexcept {
  return signed_sum_body(w, bits, depth);
}

#if LOWBIT_X86
LOWBIT_TARGET_AVX2 inline float signed_sum(isa::avx2, const float* w, const word* bits,
                                           index_t depth) noexcept {
  return signed_sum_body(w, bits, depth);
}
LOWBIT_TARGET_AVX512BW inline float signed_sum(isa::avx512bw, const float* w, const word* bits,
                                               index_t depth) noexcept {
  return signed_sum_body(w, bits, depth);
}
#endif

using signed_sum_function = float (*)(const float* w, const word* bits, index_t depth) noexcept;

/// The function that sums on an ISA.
template <isa_tag Isa>
[[nodiscard]] signed_sum_function signed_sum_on(Isa isa) noexcept {
  return with_isa(isa, [](auto tag) -> signed_sum_function {
    return [](const float* w, const word* bits, index_t depth) noexcept {
      return signed_sum(decltype(tag){}, w, bits, depth);
    };
  });
}

}  // namespace detail::kernel
LOWBIT_END

#endif
