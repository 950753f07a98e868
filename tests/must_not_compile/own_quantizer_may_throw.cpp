// expect: a quantizer says how a float gets its code
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/quantize/check_quantizer.hpp"

#ifdef LOWBIT_CONTROL
#define PROMISE noexcept
#else
#define PROMISE
#endif

struct positive {
  using encoding = lowbit::ternary;
  lowbit::code_t encode(float x) const PROMISE { return x > 0; }
  lowbit::affine levels() const noexcept { return {}; }
};

static_assert(lowbit::check_quantizer<positive>());
