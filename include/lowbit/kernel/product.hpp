// lowbit/kernel/product.hpp – which body multiplies on which ISA.
//
// Each kernel/arch/<isa>.hpp declares `product_<isa> product_body(isa::<isa>)`; overload resolution on
// the tag finds the most derived one, so an ISA without a body of its own is served by its nearest
// parent's. This is the only place that lists the bodies.
#ifndef LOWBIT_KERNEL_PRODUCT_HPP
#define LOWBIT_KERNEL_PRODUCT_HPP

#include "lowbit/kernel/arch/avx2.hpp"
#include "lowbit/kernel/arch/avx512vpopcntdq.hpp"
#include "lowbit/kernel/arch/popcnt.hpp"
#include "lowbit/kernel/arch/portable.hpp"
#include "lowbit/kernel/reference.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The body that serves an ISA.
template <class Tag>
using product_for = decltype(product_body(Tag{}));

}  // namespace detail::kernel
LOWBIT_END

#endif
