// lowbit/dispatch/core.hpp – what a core does well, beyond the instructions that it has.
//
// Two cores of one instruction set may need different tiles. One fact decides so far: how many vector popcounts
// (vpopcntd on 512 bits) a core starts per cycle.
//
//     1   Intel: popcounts are the bottleneck; adders, which save half of them, are faster
//         (Ice Lake to Emerald Rapids)
//     2   AMD: a popcount costs no more than a ternary logic of three registers; counting each word is faster
//         (measured on Zen 5: counting 682 products per cycle, adders 640)
//
// CPUID has no bit for this fact, so the vendor decides; an unknown vendor is taken for 2. The fact changes speed,
// never a result. LOWBIT_POPCOUNTS=1 or 2 in the environment overrides it, for measurements.
#ifndef LOWBIT_DISPATCH_CORE_HPP
#define LOWBIT_DISPATCH_CORE_HPP

#include <cstdlib>

#include "lowbit/core/error.hpp"

LOWBIT_BEGIN
namespace detail::dispatch {

/// A kind of core, as kernels see it.
struct core {
  int popcounts = 2;  ///< vector popcounts started per cycle
};

/// The core of this machine, or what LOWBIT_POPCOUNTS says. Errors: LOWBIT_POPCOUNTS is neither 1 nor 2.
[[nodiscard]] inline core find_core() {
  const char* const wanted = std::getenv("LOWBIT_POPCOUNTS");
  if (wanted != nullptr && *wanted != '\0') {
    if ((*wanted != '1' && *wanted != '2') || wanted[1] != '\0')
      fail("LOWBIT_POPCOUNTS=%s: the vector popcounts of a core per cycle are 1 or 2", wanted);
    return {*wanted - '0'};
  }
#if LOWBIT_X86
  __builtin_cpu_init();
  if (__builtin_cpu_is("intel")) return {1};
#endif
  return {};
}

/// The same, detected once per program.
[[nodiscard]] inline const core& this_core() {
  static const core found = find_core();
  return found;
}

}  // namespace detail::dispatch
LOWBIT_END

#endif
