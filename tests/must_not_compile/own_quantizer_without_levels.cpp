// expect: a quantizer says what its codes stand for
#include "lowbit/encoding/binary.hpp"
#include "lowbit/quantize/check_quantizer.hpp"

struct half {
  using encoding = lowbit::binary;
#ifdef LOWBIT_CONTROL
  lowbit::affine levels() const noexcept { return {}; }
#else
  lowbit::affine level() const noexcept { return {}; }
#endif
  lowbit::code_t encode(float x) const noexcept { return x >= 0.5f; }
};

static_assert(lowbit::check_quantizer<half>());
