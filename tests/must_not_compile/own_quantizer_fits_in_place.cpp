// expect: fit() gives the quantizer of one group
#include "lowbit/encoding/binary.hpp"
#include "lowbit/quantize/check_quantizer.hpp"

struct half {
  using encoding = lowbit::binary;
  float scale = 1;
#ifdef LOWBIT_CONTROL
  half fit(std::span<const float> group) const { return {group[0]}; }
#else
  void fit(std::span<const float> group) { scale = group[0]; }
#endif
  lowbit::affine levels() const noexcept { return {scale, 0}; }
  lowbit::code_t encode(float x) const noexcept { return x >= 0.5f; }
};

static_assert(lowbit::check_quantizer<half>());
