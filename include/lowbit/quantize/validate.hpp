// lowbit/quantize/validate.hpp – the options of a quantizer, checked once at the start.
//
// A quantizer's options are plain members, so anything can stand in them. Where not everything makes
// sense it has validate(), which reports the value; encode() and quantize() call it before they write.
// encode(x) of a single number does not: it is the inner loop, and noexcept. Levels that are an integer times a scale
// are always checked. The ends of a range may be finite while its levels are not.
//
// Whether a value is a number is asked first, on its bits: -ffast-math drops comparisons that NaN would fail.
#ifndef LOWBIT_QUANTIZE_VALIDATE_HPP
#define LOWBIT_QUANTIZE_VALIDATE_HPP

#include "lowbit/core/error.hpp"
#include "lowbit/core/float_bits.hpp"
#include "lowbit/encoding/levels.hpp"

LOWBIT_BEGIN

namespace detail::quantizers {

/// Errors: a level is beyond the floats.
template <plane_code E>
void require_levels(affine levels) {
  constexpr double most = 0x1.fffffep127;
  const auto level = [&](int value) {
    return static_cast<double>(levels.scale) * value + static_cast<double>(levels.offset);
  };
  const double low = level(min_value<E>()), high = level(max_value<E>());
  if (!is_finite(levels.scale) || !is_finite(levels.offset) || low < -most || low > most ||
      high < -most || high > most)
    fail("quantizer: scale %g and offset %g make levels from %g to %g: no float is that large",
         static_cast<double>(levels.scale), static_cast<double>(levels.offset), low, high);
}

}  // namespace detail::quantizers

/// Errors: what q.validate() reports, where q has it; a level is beyond the floats.
template <class Q>
void validate(const Q& q) {
  if constexpr (requires { q.validate(); }) q.validate();
  if constexpr (requires { typename Q::encoding; })
    if constexpr (plane_code<typename Q::encoding>)
      detail::quantizers::require_levels<typename Q::encoding>(q.levels());
}

namespace detail::quantizers {

/// Errors: value is not positive and finite ("lsq: step is 0: it must be positive and finite").
inline void require_positive(float value, const char* who, const char* what) {
  if (!is_finite(value) || !(value > 0))
    fail("%s: %s is %g: it must be positive and finite", who, what, static_cast<double>(value));
}

/// Errors: value is not finite.
inline void require_number(float value, const char* who, const char* what) {
  if (!is_finite(value))
    fail("%s: %s is %g: it must be finite", who, what, static_cast<double>(value));
}

/// Errors: not finite, or lower >= upper.
inline void require_range(float lower, float upper, const char* who) {
  if (!is_finite(lower) || !is_finite(upper) || !(lower < upper))
    fail("%s: the range is [%g, %g]: lower must be less than upper, and both finite", who,
         static_cast<double>(lower), static_cast<double>(upper));
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
