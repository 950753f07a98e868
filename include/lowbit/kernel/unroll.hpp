// lowbit/kernel/unroll.hpp – loops over registers, written out.
//
// A micro-kernel keeps its tile in an array of registers. Compilers keep an array in registers only if every index into
// it is a constant. Compilers unroll small loops at -O3, but only after they have decided what stays in memory, and not
// at all at -O2. So the loops over a tile are written with this. It is the difference between 0.4 and 0.9 of the
// machine's peak.
#ifndef LOWBIT_KERNEL_UNROLL_HPP
#define LOWBIT_KERNEL_UNROLL_HPP

#include <type_traits>
#include <utility>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

template <class F, std::size_t... At>
LOWBIT_INLINE void unrolled(const F& f, std::index_sequence<At...>) noexcept {
  (f(std::integral_constant<std::size_t, At>{}), ...);
}

/// f(0), f(1), ... f(N - 1), the index a compile-time constant. f is a lambda marked
/// LOWBIT_INLINE_LAMBDA.
template <std::size_t N, class F>
LOWBIT_INLINE void unrolled(const F& f) noexcept {
  unrolled(f, std::make_index_sequence<N>{});
}

}  // namespace detail::kernel
LOWBIT_END

#endif
