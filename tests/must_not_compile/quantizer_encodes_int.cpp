// expect: deterministic_quantizer
#include "lowbit/encode/quantize.hpp"
#include "lowbit/encoding/binary.hpp"

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

void quantize(lowbit::matrix_view<const float> x) {
  static_cast<void>(lowbit::quantize(half{}, x));
}
