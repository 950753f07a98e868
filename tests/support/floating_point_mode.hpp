// Modes of the floating-point unit: a direction of rounding, and denormals that are flushed, as -ffast-math sets it
// for a whole program. As before again at the end of the scope.
#pragma once

#include <cfenv>

#include "lowbit/config.hpp"

#if LOWBIT_X86
#include <xmmintrin.h>
#endif

namespace test {

class floating_point_mode {
 public:
  explicit floating_point_mode(int direction, bool flush) {
    std::fegetenv(&before_);
    std::fesetround(direction);
    if (flush) flush_denormals();
  }
  floating_point_mode(const floating_point_mode&) = delete;
  floating_point_mode& operator=(const floating_point_mode&) = delete;
  ~floating_point_mode() { std::fesetenv(&before_); }

 private:
  static void flush_denormals() {
#if LOWBIT_X86
    _mm_setcsr(_mm_getcsr() | 0x8040);  // results and operands
#elif LOWBIT_AARCH64
    std::uint64_t control = 0;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    asm volatile("msr fpcr, %0" : : "r"(control | 1u << 24));
#endif
  }

  std::fenv_t before_;
};

}  // namespace test
