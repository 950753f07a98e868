// lowbit/dispatch/detect.hpp – the only place that detects the CPU.
//
//     x86             __builtin_cpu_supports, which also checks that the operating system saves the wide
//                     registers (XCR0). CPUID for what it has no name for: no such row comes without AVX2
//     AArch64 Linux   the auxiliary vector
//     elsewhere       the unit's flags, which say what all machines of that system have (as on Apple's)
#ifndef LOWBIT_DISPATCH_DETECT_HPP
#define LOWBIT_DISPATCH_DETECT_HPP

#include "lowbit/arch/isa.hpp"

#if LOWBIT_X86
#include <cpuid.h>
#elif LOWBIT_AARCH64 && __has_include(<sys/auxv.h>)
#include <sys/auxv.h>
#endif

LOWBIT_BEGIN
namespace detail::dispatch {

/// The features of this CPU as bits of isa::cpu_feature.
inline unsigned detect_features() noexcept {
  unsigned found = isa::cpu_none;
#if LOWBIT_X86
#define LOWBIT_DETECT(name, bit) \
  if (__builtin_cpu_supports(#name)) found |= isa::cpu_##name;
  __builtin_cpu_init();
  LOWBIT_X86_FEATURES(LOWBIT_DETECT)
  unsigned a = 0, b = 0, c = 0, d = 0;
#define LOWBIT_DETECT_BIT(name, bit, position) \
  if ((a >> position & 1) != 0) found |= isa::cpu_##name;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
    LOWBIT_X86_LEAF_7_1_FEATURES(LOWBIT_DETECT_BIT)
  }
#undef LOWBIT_DETECT_BIT
#elif LOWBIT_AARCH64
#if __has_include(<sys/auxv.h>)
  const unsigned long present = getauxval(AT_HWCAP);
#define LOWBIT_DETECT(name, bit, position, macro) \
  if ((present >> position & 1) != 0) found |= isa::cpu_##name;
#else
#define LOWBIT_DETECT(name, bit, position, macro) \
  if (LOWBIT_FLAG(macro)) found |= isa::cpu_##name;
#endif
  LOWBIT_AARCH64_FEATURES(LOWBIT_DETECT)
#endif
#undef LOWBIT_DETECT
  return found;
}

/// The same, detected once.
inline unsigned features() noexcept {
  static const unsigned found = detect_features();
  return found;
}

}  // namespace detail::dispatch
LOWBIT_END

#endif
