// lowbit/arch/run_on.hpp – plain C++, compiled for an ISA.
//
// run_on(tag, f) is a function with the target attribute of an ISA. What f's body inlines becomes instructions of that
// ISA: its intrinsics, and loops that the compiler vectorizes. So f is a lambda marked LOWBIT_INLINE_LAMBDA, and calls
// nothing that is not inlined. Results must not depend on the compiler's choice (no product that a fused multiply-add
// could change).
#ifndef LOWBIT_ARCH_RUN_ON_HPP
#define LOWBIT_ARCH_RUN_ON_HPP

#include "lowbit/arch/isa.hpp"

LOWBIT_BEGIN
namespace detail::arch {

isa::scalar vectors_of(isa::scalar);
#if LOWBIT_X86
isa::avx2 vectors_of(isa::avx2);
isa::avx512bw vectors_of(isa::avx512bw);
#elif LOWBIT_AARCH64
isa::neon vectors_of(isa::neon);
#endif

/// For loops that compilers turn into vector code: the ISA with the same float and integer registers that is nearest
/// to the root. What is a template of this tag is compiled three times on x86, not seven times.
template <class Tag>
using vectors_on = decltype(vectors_of(Tag{}));

/// f() in a function with the target of the ISA.
template <class F>
decltype(auto) run_on(isa::scalar, const F& f) {
  return f();
}
#if LOWBIT_X86
template <class F>
LOWBIT_TARGET_POPCNT decltype(auto) run_on(isa::popcnt, const F& f) {
  return f();
}
template <class F>
LOWBIT_TARGET_SSSE3 decltype(auto) run_on(isa::ssse3, const F& f) {
  return f();
}
template <class F>
LOWBIT_TARGET_AVX2 decltype(auto) run_on(isa::avx2, const F& f) {
  return f();
}
template <class F>
LOWBIT_TARGET_AVX512BW decltype(auto) run_on(isa::avx512bw, const F& f) {
  return f();
}
template <class F>
LOWBIT_TARGET_AVX512VPOPCNTDQ decltype(auto) run_on(isa::avx512vpopcntdq, const F& f) {
  return f();
}
#elif LOWBIT_HAS_NEON_DOTPROD
template <class F>
LOWBIT_TARGET_NEON_DOTPROD decltype(auto) run_on(isa::neon_dotprod, const F& f) {
  return f();
}
#endif

}  // namespace detail::arch
LOWBIT_END

#endif
