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

/// For loops that compilers turn into vector code. What is a template of this tag is compiled three times on x86, not
/// seven times.
template <class Tag>
using vectors_on = typename Tag::vectors;

/// f() in a function with the target of the ISA.
template <class Tag, class F>
LOWBIT_INLINE decltype(auto) run_on(Tag, const F& f) {
  return Tag::run_on(f);
}

}  // namespace detail::arch
LOWBIT_END

#endif
