// lowbit/arch/run_on.hpp – plain C++, compiled for an ISA.
//
// Loops that no instruction of an ISA was chosen for still gain from its registers: compilers make vectors of
// them, as long as the function's target allows. run_on(tag, f) is such a function. What f's body inlines
// becomes instructions of the ISA, so f is a lambda marked LOWBIT_INLINE_LAMBDA and calls nothing large;
// results must not depend on the compiler's choice (no product that a fused multiply-add could change).
#ifndef LOWBIT_ARCH_RUN_ON_HPP
#define LOWBIT_ARCH_RUN_ON_HPP

#include "lowbit/arch/isa.hpp"

LOWBIT_BEGIN
namespace detail::arch {

isa::scalar nearest_target(isa::scalar);
#if LOWBIT_X86
isa::avx2 nearest_target(isa::avx2);
isa::avx512bw nearest_target(isa::avx512bw);
#endif

/// The ISA whose target run_on(tag, f) has: Tag, or its nearest parent here. A template of this tag is compiled
/// once for all ISAs that share the target.
template <class Tag>
using target_of = decltype(nearest_target(Tag{}));

/// f() in a function with the target of the ISA, or of its nearest parent here.
template <class F>
void run_on(isa::scalar, const F& f) {
  f();
}
#if LOWBIT_X86
template <class F>
LOWBIT_TARGET_AVX2 void run_on(isa::avx2, const F& f) {
  f();
}
template <class F>
LOWBIT_TARGET_AVX512BW void run_on(isa::avx512bw, const F& f) {
  f();
}
#endif

}  // namespace detail::arch
LOWBIT_END

#endif
