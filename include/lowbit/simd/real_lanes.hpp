// lowbit/simd/real_lanes.hpp – eight real lanes in whatever registers the calling function has.
//
//     real_lanes     doubles     sums: load, add, add_product, divide, store
//     float_lanes    floats      extremes: keep_larger, store
//
// The vector types of the compilers, where they have them: their operations become the instructions of the
// function that they are inlined into, one AVX-512 register of doubles, two of AVX or four of SSE and NEON.
// Nothing is passed or returned by value, so no calling convention depends on them. What pools do is
// overloaded for single numbers, for channels that are left or lie apart.
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
/// r = x in every lane.
LOWBIT_INLINE void fill(real_lanes& r, double x) noexcept { r = x - real_lanes{}; }
LOWBIT_INLINE void fill(float_lanes& r, float x) noexcept { r = x - float_lanes{}; }
/// r += p[0 ... 8).
LOWBIT_INLINE void add(real_lanes& r, const float* p) noexcept {
  real_lanes x;
  load(x, p);
  r += x;
}
/// r += a * b, fused or not: callers multiply floats, whose products are exact.
LOWBIT_INLINE void add_product(real_lanes& r, double a, const real_lanes& b) noexcept {
  r += a * b;
}
LOWBIT_INLINE void divide(real_lanes& r, double by) noexcept { r /= by; }
/// r = the larger of r and p[0 ... 8), lane by lane; NaN is never larger.
LOWBIT_INLINE void keep_larger(float_lanes& r, const float* p) noexcept {
  float_lanes x;
  std::memcpy(&x, p, sizeof(x));
  r = x > r ? x : r;
}
/// p[0 ... 8) = r, rounded to float.
LOWBIT_INLINE void store(const real_lanes& r, float* p) noexcept {
  const float_lanes x = __builtin_convertvector(r, float_lanes);
  std::memcpy(p, &x, sizeof(x));
}
LOWBIT_INLINE void store(const float_lanes& r, float* p) noexcept { std::memcpy(p, &r, sizeof(r)); }
#else
struct real_lanes {
  double lane[8];
};
struct float_lanes {
  float lane[8];
};
LOWBIT_INLINE void load(real_lanes& r, const float* p) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] = static_cast<double>(p[i]);
}
LOWBIT_INLINE void fill(real_lanes& r, double x) noexcept {
  for (double& lane : r.lane) lane = x;
}
LOWBIT_INLINE void fill(float_lanes& r, float x) noexcept {
  for (float& lane : r.lane) lane = x;
}
LOWBIT_INLINE void add(real_lanes& r, const float* p) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] += static_cast<double>(p[i]);
}
LOWBIT_INLINE void add_product(real_lanes& r, double a, const real_lanes& b) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] += a * b.lane[i];
}
LOWBIT_INLINE void divide(real_lanes& r, double by) noexcept {
  for (double& lane : r.lane) lane /= by;
}
LOWBIT_INLINE void keep_larger(float_lanes& r, const float* p) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] = p[i] > r.lane[i] ? p[i] : r.lane[i];
}
LOWBIT_INLINE void store(const real_lanes& r, float* p) noexcept {
  for (int i = 0; i < 8; ++i) p[i] = static_cast<float>(r.lane[i]);
}
LOWBIT_INLINE void store(const float_lanes& r, float* p) noexcept {
  for (int i = 0; i < 8; ++i) p[i] = r.lane[i];
}
#endif

LOWBIT_INLINE void fill(double& r, double x) noexcept { r = x; }
LOWBIT_INLINE void fill(float& r, float x) noexcept { r = x; }
LOWBIT_INLINE void add(double& r, const float* p) noexcept { r += static_cast<double>(*p); }
LOWBIT_INLINE void divide(double& r, double by) noexcept { r /= by; }
LOWBIT_INLINE void keep_larger(float& r, const float* p) noexcept { r = *p > r ? *p : r; }
LOWBIT_INLINE void store(const double& r, float* p) noexcept { *p = static_cast<float>(r); }
LOWBIT_INLINE void store(const float& r, float* p) noexcept { *p = r; }

}  // namespace detail::simd
LOWBIT_END

#endif
