// lowbit/compress/with_bits.hpp – a width that is known at run time, as a template argument.
//
//     any_quantizer q = compress::with_bits<2, 8>(bits, [&](auto k) -> any_quantizer { return jacob_weight<k()>{step}; });
#ifndef LOWBIT_COMPRESS_WITH_BITS_HPP
#define LOWBIT_COMPRESS_WITH_BITS_HPP

#include <type_traits>

#include "lowbit/core/error.hpp"

LOWBIT_BEGIN
namespace compress {

/// f(std::integral_constant<int, bits>{}). f has one type of result for all widths. Errors: bits are not Least ... Most.
template <int Least, int Most, class F>
auto with_bits(int bits, const F& f) -> decltype(f(std::integral_constant<int, Least>{})) {
  if (bits < Least || bits > Most)
    detail::fail("compress::with_bits: %d bits: there must be %d to %d", bits, Least, Most);
  if constexpr (Least < Most)
    if (bits > Least) return with_bits<Least + 1, Most>(bits, f);
  return f(std::integral_constant<int, Least>{});
}

}  // namespace compress
LOWBIT_END

#endif
