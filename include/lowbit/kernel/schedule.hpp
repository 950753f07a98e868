// lowbit/kernel/schedule.hpp – a product rule as a sequence of shifts and additions.
//
// The coefficients of every rule in this library are plus or minus a power of two, so a tile needs no
// multiplication and no accumulator per plane pair (Horner's rule): terms run from the highest level
// down, the running sums are shifted left between levels, and each count is added or subtracted:
//
//     sums = 0
//     for each term, highest level first:   sums <<= levels since the last term
//                                           sums += or -= count(term)
//     sums <<= level of the last term
//
// An encoding of a user's own whose weights are no powers of two has no schedule; its products run on
// the row kernel (kernel/tile.hpp), which multiplies.
#ifndef LOWBIT_KERNEL_SCHEDULE_HPP
#define LOWBIT_KERNEL_SCHEDULE_HPP

#include <bit>

#include "lowbit/encoding/product_rule.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// One step: shift the sums, then add or subtract what is counted.
struct schedule_step {
  bit_operation operation = bit_operation::both;
  int lhs_plane = 0;
  int rhs_plane = 0;
  int shift_before = 0;
  bool subtract = false;
};

/// The whole sequence; `exists` is false if a coefficient is no power of two.
struct product_schedule {
  std::array<schedule_step, 64> steps{};
  int size = 0;
  int shift_after = 0;
  bool exists = true;
};

/// The schedule of A x B.
template <plane_code A, plane_code B>
[[nodiscard]] consteval product_schedule make_schedule() noexcept {
  constexpr product_rule rule = multiply<A, B>();
  product_schedule out;
  const auto level_of = [](std::int32_t c) {
    return std::countr_zero(static_cast<std::uint32_t>(c < 0 ? -c : c));
  };
  int last = 0;
  for (int level = 30; level >= 0; --level)
    for (int t = 0; t < rule.term_count; ++t) {
      const product_term& term = rule.terms[static_cast<std::size_t>(t)];
      const std::int32_t size = term.coefficient < 0 ? -term.coefficient : term.coefficient;
      if (!std::has_single_bit(static_cast<std::uint32_t>(size))) out.exists = false;
      if (level_of(term.coefficient) != level) continue;
      out.steps[static_cast<std::size_t>(out.size)] = {
          term.operation, term.lhs_plane, term.rhs_plane, out.size == 0 ? 0 : last - level,
          term.coefficient < 0};
      ++out.size;
      last = level;
    }
  out.shift_after = last;
  return out;
}

}  // namespace detail::kernel
LOWBIT_END

#endif
