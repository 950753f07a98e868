// lowbit/quantize/methods/gxnor_activation.hpp – the activations of GXNOR-Net on the grid Z_N.
//
// Z_N has the 2^N + 1 numbers n / 2^(N-1) - 1 from -1 to 1, step 2^(1-N): N = 1 is ternary. (Z_0, binary,
// is sign.) A dead zone of half-width r goes to 0; beyond it the levels go up in equal steps of |x|:
//
//     |y| = the number of j = 0 ... 2^(N-1) - 1 with |x| > r_j, times the step times H
//     r_j = r + (H - r) j / 2^(N-1)                    strict: |x| = r_j stays below; NaN gives 0
//
// The derivative is a pulse around each jump (gradient/pulse.hpp), a rectangle or a triangle of
// half-width a, times the jump's height. Two ternary operands multiply by one gate and one XNOR
// (encoding/ternary.hpp). The authors' code has r = 1, a = 1/2.
//
// Source: Deng et al., "GXNOR-Net", arXiv:1705.09283, eq. 5-8.
#ifndef LOWBIT_QUANTIZE_METHODS_GXNOR_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_METHODS_GXNOR_ACTIVATION_HPP

#include "lowbit/gradient/pulse.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// 2^N + 1 levels in [-range, range] around a dead zone; see the head of this file.
template <int N = 1, class Pulse = ste::rectangle>
struct gxnor_activation {
  static_assert(N >= 1 && N <= 6,
                "lowbit::gxnor_activation<N>: N must be 1 to 6; for Z_0 use sign");
  using encoding = narrow_bits<N + 1>;
  static constexpr int jumps = 1 << (N - 1);

  Pulse pulse{};
  float dead_zone = 0.5f;  ///< r
  float range = 1;         ///< H, the outermost level

  void validate() const {
    detail::quantizers::require_positive(range, "gxnor_activation", "range");
    detail::quantizers::require_positive(pulse.half_width, "gxnor_activation", "pulse.half_width");
    if (!is_finite(dead_zone) || !(dead_zone >= 0) || (N > 1 && !(dead_zone < range)))
      detail::fail("gxnor_activation: dead_zone is %g: it must be in [0, range), range is %g",
                   static_cast<double>(dead_zone), static_cast<double>(range));
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {range / jumps, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept requires(N == 1) {
    return ternary_planes(x, -dead_zone, dead_zone);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept requires(N > 1) {
    int reached = 0;
    for (int j = 0; j < jumps; ++j) reached += is_above(magnitude(x), jump(j)) ? 1 : 0;
    return code_of_value<encoding>(is_negative(x) ? -reached : reached);
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    float slope = 0;
    for (int j = 0; j < jumps; ++j) slope += pulse(magnitude(x) - jump(j));
    return upstream * (slope * (range / jumps));
  }

 private:
  /// r_j. The product of a 25-bit difference and a small integer is exact.
  [[nodiscard]] LOWBIT_INLINE constexpr float jump(int j) const noexcept {
    const double r = exact_double(dead_zone), span = exact_double(range) - r;
    return static_cast<float>(r + span * j / jumps);
  }
};

LOWBIT_END

#endif
