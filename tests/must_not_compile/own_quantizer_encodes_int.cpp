// expect: a quantizer encodes one number
#include "lowbit/encoding/binary.hpp"
#include "lowbit/quantize/check_quantizer.hpp"

#ifdef LOWBIT_CONTROL
using code = lowbit::code_t;
#else
using code = int;
#endif

struct half {
  using encoding = lowbit::binary;
  lowbit::affine levels() const noexcept { return {}; }
  code encode(float x) const noexcept { return x >= 0.5f; }
};

static_assert(lowbit::check_quantizer<half>());
