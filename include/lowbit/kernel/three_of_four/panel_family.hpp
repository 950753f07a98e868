// lowbit/kernel/three_of_four/panel_family.hpp – the family "three_of_four": signed bytes times weights of 1.25 bits.
//
// Weights are ternary. Of each four in a row exactly one is 0, as fit_three_of_four()
// (quantize/methods/three_of_four.hpp) makes them. Panels have 0.16 bytes per weight, where fields of two bits have
// 0.25 (kernel/bytes/) and base 3 has 0.2 (kernel/trits/). So the family is for one token whose weights come from
// memory. It is in no list by itself, as base 3 is not:
//
//     using fours =
//         lowbit::families<lowbit::family::three_of_four_panels, lowbit::family::bit_rows, lowbit::family::reference>;
//     const auto w = lowbit::prepare(ternary_weights, lowbit::format_of<lowbit::signed_bits<8>>(), lowbit::with(fours{}));
//     const auto y = lowbit::gemm(x, w, lowbit::with(fours{}));
//
// Weights of another pattern are an error of prepare(), which names their place. Operands that are not prepared take the
// other families of the list, and so do ISAs without 32-bit dot products of bytes. Results are those of every family.
//
// Cost: three operations where fields of two bits take 1.75. Panels: 20 bytes per 128 weights, and 4 per column.
#ifndef LOWBIT_KERNEL_THREE_OF_FOUR_PANEL_FAMILY_HPP
#define LOWBIT_KERNEL_THREE_OF_FOUR_PANEL_FAMILY_HPP

#include "lowbit/kernel/bytes/chunks.hpp"
#include "lowbit/kernel/three_of_four/panels.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

template <class Tag, class Dots, std::size_t M, std::size_t V>
using three_of_four_body = chunk_panel_body<three_of_four_groups, Tag, Dots, M, V>;

no_body three_of_four_on(isa::scalar);
#if LOWBIT_X86
three_of_four_body<isa::avxvnni, simd::byte_dots_avxvnni, 1, 4> three_of_four_on(isa::avxvnni);
three_of_four_body<isa::avx512vnni, simd::byte_dots_avx512vnni, 2, 4> three_of_four_on(
    isa::avx512vnni);
#endif
#if LOWBIT_HAS_NEON_DOTPROD
three_of_four_body<isa::neon_dotprod, simd::byte_dots_neon_dotprod, 2, 4> three_of_four_on(
    isa::neon_dotprod);
#endif

/// The family.
struct three_of_four_panels {
  static constexpr const char* name = "three_of_four";

  template <class Tag>
  using body = decltype(three_of_four_on(Tag{}));

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return ternary_times_bytes(of);
  }
  /// That of fields times what look-ups take longer.
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors& of, const product_shape& shape,
                                             const panel_layout& layout, bool packed) noexcept {
    return 2 *
           byte_panels::cost<Tag>(of, shape, byte_panel_layout(layout.rows, rhs_of(shape)), packed);
  }
  [[nodiscard]] static reason problem(const operand& rows, run_list runs) noexcept {
    return three_of_four_problem(rows, runs);
  }
};

}  // namespace detail::kernel

namespace family {
using detail::kernel::three_of_four_panels;
}  // namespace family

LOWBIT_END

#endif
