// lowbit/dispatch/detect.hpp – the only place that detects the CPU.
//
//     x86             __builtin_cpu_supports, which also checks that the operating system saves the wide
//                     registers (XCR0)
//     AArch64 Linux   the auxiliary vector
//     elsewhere       the unit's flags, which say what all machines of that system have (as on Apple's)
#ifndef LOWBIT_DISPATCH_DETECT_HPP
#define LOWBIT_DISPATCH_DETECT_HPP

#include "lowbit/arch/isa.hpp"

#if LOWBIT_AARCH64 && __has_include(<sys/auxv.h>)
#include <sys/auxv.h>
#endif

LOWBIT_BEGIN
namespace detail::dispatch {

/// The features of this CPU as bits of isa::cpu_feature.
inline unsigned detect_features() noexcept {
  unsigned found = isa::cpu_none;
#if LOWBIT_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("popcnt")) found |= isa::cpu_popcnt;
  if (__builtin_cpu_supports("ssse3")) found |= isa::cpu_ssse3;
  if (__builtin_cpu_supports("avx2")) found |= isa::cpu_avx2;
  if (__builtin_cpu_supports("fma")) found |= isa::cpu_fma;
  if (__builtin_cpu_supports("avx512f")) found |= isa::cpu_avx512f;
  if (__builtin_cpu_supports("avx512bw")) found |= isa::cpu_avx512bw;
  if (__builtin_cpu_supports("avx512dq")) found |= isa::cpu_avx512dq;
  if (__builtin_cpu_supports("avx512vl")) found |= isa::cpu_avx512vl;
  if (__builtin_cpu_supports("avx512vpopcntdq")) found |= isa::cpu_avx512vpopcntdq;
#elif LOWBIT_AARCH64
  found |= isa::cpu_neon;
#if __has_include(<sys/auxv.h>)
  constexpr unsigned long hwcap_asimddp = 1ul << 20;
  if ((getauxval(AT_HWCAP) & hwcap_asimddp) != 0) found |= isa::cpu_dotprod;
#else
  if (LOWBIT_FLAGS_NEON_DOTPROD) found |= isa::cpu_dotprod;
#endif
#endif
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
