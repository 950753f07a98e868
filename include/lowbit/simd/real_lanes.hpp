// lowbit/simd/real_lanes.hpp – eight double lanes in whatever registers the calling function has.
//
// The vector type of the compilers, where they have one: its operations become the instructions of the
// function that they are inlined into, one AVX-512 register, two of AVX or four of SSE and NEON. Nothing
// is passed or returned by value, so no calling convention depends on it.
#ifndef LOWBIT_SIMD_REAL_LANES_HPP
#define LOWBIT_SIMD_REAL_LANES_HPP

#include <cstring>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::simd {

#if defined(LOWBIT_VECTOR_SIZE)
using real_lanes = LOWBIT_VECTOR_SIZE(64, double);
using float_lanes = LOWBIT_VECTOR_SIZE(32, float);

/// r = p[0 ... 8), as doubles.
LOWBIT_INLINE void load(real_lanes& r, const float* p) noexcept {
  float_lanes x;
  std::memcpy(&x, p, sizeof(x));
  r = __builtin_convertvector(x, real_lanes);
}
/// r += a * b, fused or not: callers multiply floats, whose products are exact.
LOWBIT_INLINE void add_product(real_lanes& r, double a, const real_lanes& b) noexcept {
  r += a * b;
}
/// p[0 ... 8) = r, rounded to float.
LOWBIT_INLINE void store(const real_lanes& r, float* p) noexcept {
  const float_lanes x = __builtin_convertvector(r, float_lanes);
  std::memcpy(p, &x, sizeof(x));
}
#else
struct real_lanes {
  double lane[8];
};
LOWBIT_INLINE void load(real_lanes& r, const float* p) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] = static_cast<double>(p[i]);
}
LOWBIT_INLINE void add_product(real_lanes& r, double a, const real_lanes& b) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] += a * b.lane[i];
}
LOWBIT_INLINE void store(const real_lanes& r, float* p) noexcept {
  for (int i = 0; i < 8; ++i) p[i] = static_cast<float>(r.lane[i]);
}
#endif

}  // namespace detail::simd
LOWBIT_END

#endif
