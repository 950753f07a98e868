// lowbit/simd/float_lanes.hpp – 64 bytes of floating-point lanes in the registers of the calling function.
//
//     double_lanes     8 doubles     sums: load, add, add_product, divide, multiply, store
//     float_lanes    16 floats     extremes: keep_larger, store; products: see kernel/floats/product_tile.hpp
//
// These are the compilers' vector types, where they exist. Their operations become instructions of the function that
// they are inlined into: on one AVX-512 register, two of AVX or four of SSE and NEON. Nothing is passed or returned
// by value, so no calling convention depends on them. What pools use is also overloaded for single floats: for the
// last channels, and for channels that are not contiguous.
#ifndef LOWBIT_SIMD_FLOAT_LANES_HPP
#define LOWBIT_SIMD_FLOAT_LANES_HPP

#include <cstring>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::simd {

#if defined(LOWBIT_VECTOR_SIZE)
using double_lanes = LOWBIT_VECTOR_SIZE(64, double);
using float_lanes = LOWBIT_VECTOR_SIZE(64, float);
using half_float_lanes = LOWBIT_VECTOR_SIZE(32, float);
using quarter_float_lanes = LOWBIT_VECTOR_SIZE(16, float);

/// r = p[0 ... 8), as doubles: float by float, which both compilers turn into one conversion. (g++ splits
/// __builtin_convertvector into four.)
LOWBIT_INLINE void load(double_lanes& r, const float* p) noexcept {
  const auto at = [p](int i) LOWBIT_INLINE_LAMBDA { return static_cast<double>(p[i]); };
  r = double_lanes{at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
}
/// r = x in every lane.
LOWBIT_INLINE void fill(double_lanes& r, double x) noexcept { r = x - double_lanes{}; }
/// Through memory: g++ moves a constant that is not 0 lane by lane.
LOWBIT_INLINE void fill(float_lanes& r, float x) noexcept {
  const float same[16] = {x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
  std::memcpy(&r, same, sizeof(r));
}
/// r += p[0 ... 8).
LOWBIT_INLINE void add(double_lanes& r, const float* p) noexcept {
  double_lanes x;
  load(x, p);
  r += x;
}
/// r += a * b, fused or not: callers multiply floats, whose products are exact.
LOWBIT_INLINE void add_product(double_lanes& r, double a, const double_lanes& b) noexcept {
  r += a * b;
}
LOWBIT_INLINE void divide(double_lanes& r, double by) noexcept { r /= by; }
LOWBIT_INLINE void multiply(double_lanes& r, double by) noexcept { r *= by; }
/// r = the larger of r and p[0 ... 16), lane by lane; NaN is never larger.
LOWBIT_INLINE void keep_larger(float_lanes& r, const float* p) noexcept {
  float_lanes x;
  std::memcpy(&x, p, sizeof(x));
  r = x > r ? x : r;
}
/// p[0 ... 8) = r, rounded to float.
LOWBIT_INLINE void store(const double_lanes& r, float* p) noexcept {
  using eight_floats = LOWBIT_VECTOR_SIZE(32, float);
  const eight_floats x = __builtin_convertvector(r, eight_floats);
  std::memcpy(p, &x, sizeof(x));
}
/// p[0 ... 16) = r.
LOWBIT_INLINE void store(const float_lanes& r, float* p) noexcept { std::memcpy(p, &r, sizeof(r)); }

/// The same 8 doubles as parts of 2 or 4, for functions whose registers are narrower. (g++ keeps a vector that is wider
/// than a register in memory: sums of a tile then took 100 times as long on AVX2 as on AVX-512.)
using two_doubles = LOWBIT_VECTOR_SIZE(16, double);
using four_doubles = LOWBIT_VECTOR_SIZE(32, double);
template <class Part>
struct double_parts {
  static constexpr index_t in_part = sizeof(Part) / sizeof(double);
  static constexpr std::size_t parts = 8 / in_part;
  Part part[parts];
};
LOWBIT_INLINE void load(two_doubles& r, const float* p) noexcept {
  r = two_doubles{static_cast<double>(p[0]), static_cast<double>(p[1])};
}
LOWBIT_INLINE void load(four_doubles& r, const float* p) noexcept {
  r = four_doubles{static_cast<double>(p[0]), static_cast<double>(p[1]), static_cast<double>(p[2]),
                   static_cast<double>(p[3])};
}
template <class Part>
LOWBIT_INLINE void load(double_parts<Part>& r, const float* p) noexcept {
  LOWBIT_UNROLL
  for (std::size_t i = 0; i < double_parts<Part>::parts; ++i)
    load(r.part[i], p + static_cast<index_t>(i) * double_parts<Part>::in_part);
}
template <class Part>
LOWBIT_INLINE void add_product(double_parts<Part>& r, double a,
                               const double_parts<Part>& b) noexcept {
  LOWBIT_UNROLL
  for (std::size_t i = 0; i < double_parts<Part>::parts; ++i) r.part[i] += a * b.part[i];
}
template <class Part>
LOWBIT_INLINE void store(const double_parts<Part>& r, float* p) noexcept {
  LOWBIT_UNROLL
  for (std::size_t i = 0; i < double_parts<Part>::parts; ++i) {
    LOWBIT_UNROLL
    for (index_t l = 0; l < double_parts<Part>::in_part; ++l)
      p[static_cast<index_t>(i) * double_parts<Part>::in_part + l] =
          static_cast<float>(r.part[i][l]);
  }
}
#else
struct double_lanes {
  double lane[8];
};
struct two_doubles;
struct four_doubles;
template <class>
using double_parts = double_lanes;
struct float_lanes {
  float lane[16];
};
using quarter_float_lanes = float;
LOWBIT_INLINE void load(double_lanes& r, const float* p) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] = static_cast<double>(p[i]);
}
LOWBIT_INLINE void fill(double_lanes& r, double x) noexcept {
  for (double& lane : r.lane) lane = x;
}
LOWBIT_INLINE void fill(float_lanes& r, float x) noexcept {
  for (float& lane : r.lane) lane = x;
}
LOWBIT_INLINE void add(double_lanes& r, const float* p) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] += static_cast<double>(p[i]);
}
LOWBIT_INLINE void add_product(double_lanes& r, double a, const double_lanes& b) noexcept {
  for (int i = 0; i < 8; ++i) r.lane[i] += a * b.lane[i];
}
LOWBIT_INLINE void divide(double_lanes& r, double by) noexcept {
  for (double& lane : r.lane) lane /= by;
}
LOWBIT_INLINE void multiply(double_lanes& r, double by) noexcept {
  for (double& lane : r.lane) lane *= by;
}
LOWBIT_INLINE void keep_larger(float_lanes& r, const float* p) noexcept {
  for (int i = 0; i < 16; ++i) r.lane[i] = p[i] > r.lane[i] ? p[i] : r.lane[i];
}
LOWBIT_INLINE void store(const double_lanes& r, float* p) noexcept {
  for (int i = 0; i < 8; ++i) p[i] = static_cast<float>(r.lane[i]);
}
LOWBIT_INLINE void store(const float_lanes& r, float* p) noexcept {
  for (int i = 0; i < 16; ++i) p[i] = r.lane[i];
}
#endif

/// Elements of a register of lanes, or 1.
template <class Lanes>
inline constexpr index_t lanes_in = 1;
template <>
inline constexpr index_t lanes_in<double_lanes> = 8;
template <>
inline constexpr index_t lanes_in<float_lanes> = 16;

LOWBIT_INLINE void fill(double& r, double x) noexcept { r = x; }
LOWBIT_INLINE void fill(float& r, float x) noexcept { r = x; }
LOWBIT_INLINE void add(double& r, const float* p) noexcept { r += static_cast<double>(*p); }
LOWBIT_INLINE void divide(double& r, double by) noexcept { r /= by; }
LOWBIT_INLINE void multiply(double& r, double by) noexcept { r *= by; }
LOWBIT_INLINE void keep_larger(float& r, const float* p) noexcept { r = *p > r ? *p : r; }
LOWBIT_INLINE void store(const double& r, float* p) noexcept { *p = static_cast<float>(r); }
LOWBIT_INLINE void store(const float& r, float* p) noexcept { *p = r; }

}  // namespace detail::simd
LOWBIT_END

#endif
