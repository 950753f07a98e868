// lowbit/quantize/validate.hpp – the options of a quantizer, checked once at the door.
//
// A quantizer's options are plain members, so anything can stand in them. Where not everything makes
// sense it has validate(), which reports the value; encode() and quantize() call it before they write.
// encode(x) of a single number does not: it is the inner loop, and noexcept.
#ifndef LOWBIT_QUANTIZE_VALIDATE_HPP
#define LOWBIT_QUANTIZE_VALIDATE_HPP

#include "lowbit/core/error.hpp"
#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN

/// Errors: what q.validate() reports, where q has it.
template <class Q>
void validate(const Q& q) {
  if constexpr (requires { q.validate(); }) q.validate();
}

namespace detail::fitting {

/// Errors: value is not positive and finite ("lsq: step is 0: it must be positive and finite").
inline void require_positive(float value, const char* who, const char* what) {
  if (!(value > 0) || !is_finite(value))
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

}  // namespace detail::fitting
LOWBIT_END

#endif
