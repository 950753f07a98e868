// lowbit/kernel/bits/product_schedule.hpp – a product rule as a sequence of shifts and additions.
//
// The coefficients of every rule in this library are plus or minus a power of two. So a tile needs no multiplication,
// and no accumulator per plane pair (Horner's rule). Terms run from the highest level down, the running sums are
// shifted left between levels, and each count is added or subtracted:
//
//     sums = 0
//     for each term, highest level first:   sums <<= levels since the last term
//                                           sums += or -= count(term)
//     sums <<= level of the last term
//
// The sign of a counting loop is a constant, and one loop per operation is enough: `and` terms count up, xor and masked
// xor terms count down, which is the sign of nearly all their coefficients. Where the sign differs (the sign plane of
// signed_bits), the sums are negated before the term, and again when the sign changes back.
//
// A product of two single planes has one term, which is known at compile time (single_step). Its kernel is one loop,
// and one or two additions for the shift.
//
// Your own encoding may have weights that are no powers of two. Then it has no schedule, and its products run on the
// row kernel (kernel/bits/tile.hpp), which multiplies.
#ifndef LOWBIT_KERNEL_BITS_PRODUCT_SCHEDULE_HPP
#define LOWBIT_KERNEL_BITS_PRODUCT_SCHEDULE_HPP

#include <bit>

#include "lowbit/encoding/product_rule.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Whether the loop of an operation subtracts what it counts.
[[nodiscard]] constexpr bool counts_down(bit_operation operation) noexcept {
  return operation != bit_operation::bit_and;
}

/// One step: shift the sums, negate them, then count up or down as the operation does.
struct schedule_step {
  bit_operation operation = bit_operation::bit_and;
  int lhs_plane = 0;
  int rhs_plane = 0;
  int shift_before = 0;
  bool negate_before = false;
};

/// The whole sequence; `exists` is false if a coefficient is no power of two.
struct product_schedule {
  std::array<schedule_step, 64> steps{};
  int size = 0;
  int shift_after = 0;
  bool negate_after = false;
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
  bool negative = false;  // the sums stand for their negatives
  for (int level = 30; level >= 0; --level)
    for (int t = 0; t < rule.term_count; ++t) {
      const product_term& term = rule.terms[static_cast<std::size_t>(t)];
      const std::int32_t size = term.coefficient < 0 ? -term.coefficient : term.coefficient;
      if (!std::has_single_bit(static_cast<std::uint32_t>(size))) out.exists = false;
      if (level_of(term.coefficient) != level) continue;
      const bool first = out.size == 0;  // zeros: nothing to shift or negate
      const bool must_negate = (term.coefficient < 0) != counts_down(term.operation);
      out.steps[static_cast<std::size_t>(out.size)] = {term.operation, term.lhs_plane,
                                                       term.rhs_plane, first ? 0 : last - level,
                                                       !first && must_negate != negative};
      ++out.size;
      last = level;
      negative = must_negate;
    }
  out.shift_after = last;
  out.negate_after = negative;
  return out;
}

/// A schedule of one step, planes 0 and 0: count, then shift.
template <bit_operation Operation, int Shift>
struct single_step {
  static constexpr bool exists = true;
};

/// Two steps in one pass: sum = |n| - 2 |n & (a1 ^ b1)| with n = a0 & b0, the product of two ternary rows.
/// n is needed for both counts, so the pass takes six operations instead of seven.
struct masked_dot {
  static constexpr bool exists = true;
};

/// Whether a schedule is that of masked_dot.
[[nodiscard]] constexpr bool is_gated_dot(const product_schedule& all) noexcept {
  const auto on_first_planes = [](const schedule_step& step, bit_operation operation, int shift) {
    return step.operation == operation && step.lhs_plane == 0 && step.rhs_plane == 0 &&
           step.shift_before == shift && !step.negate_before;
  };
  return all.exists && all.size == 2 && all.shift_after == 0 && !all.negate_after &&
         on_first_planes(all.steps[0], bit_operation::masked_xor, 0) &&
         on_first_planes(all.steps[1], bit_operation::bit_and, 1);
}

/// Whether every step has the operation of the first.
[[nodiscard]] constexpr bool has_one_operation(const product_schedule& all) noexcept {
  for (int s = 1; s < all.size; ++s)
    if (all.steps[static_cast<std::size_t>(s)].operation != all.steps[0].operation) return false;
  return true;
}

/// The schedule of A x B: a single_step or a masked_dot where one does, else a product_schedule (without
/// masked steps).
template <plane_code A, plane_code B>
[[nodiscard]] consteval auto schedule_of() noexcept {
  constexpr product_schedule all = make_schedule<A, B>();
  constexpr schedule_step first = all.steps[0];
  if constexpr (all.exists && all.size == 1 && first.lhs_plane == 0 && first.rhs_plane == 0 &&
                !all.negate_after) {
    return single_step<first.operation, all.shift_after>{};
  } else if constexpr (is_gated_dot(all)) {
    return masked_dot{};
  } else {
    static_assert(first.operation != bit_operation::masked_xor && has_one_operation(all));
    return all;
  }
}

/// How far the schedule shifts a constant that is in the sums from the start; -1 if signs change on the way, so that
/// the sums must start at 0.
[[nodiscard]] constexpr int start_shift(const product_schedule& schedule) noexcept {
  int shift = schedule.shift_after;
  for (int s = 0; s < schedule.size; ++s) {
    const schedule_step& step = schedule.steps[static_cast<std::size_t>(s)];
    if (step.negate_before) return -1;
    shift += step.shift_before;
  }
  return schedule.negate_after ? -1 : shift;
}
template <bit_operation Operation, int Shift>
[[nodiscard]] constexpr int start_shift(single_step<Operation, Shift>) noexcept {
  return Shift;
}
[[nodiscard]] constexpr int start_shift(masked_dot) noexcept { return 0; }

}  // namespace detail::kernel
LOWBIT_END

#endif
