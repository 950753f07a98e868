// lowbit/kernel/product_schedule.hpp – a product rule as a sequence of shifts and additions.
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
// The sign of a counting loop is a constant, and one loop per operation is enough. `and` terms count up, xor and masked
// xor terms count down: nearly all their coefficients have that sign. Where the sign differs (the sign plane of
// signed_bits), the sums are negated before the term, and again when the sign changes back.
//
// A product of two single planes has one term (single_step). Its kernel is one loop and a shift.
//
// Kernels are compiled for sets of operations (product_loops), not for pairs of encodings. For bits there are three: xor,
// `and`, and the two of ternary products. The first two have a loop of their own for a single step. Products of bytes add
// a bit per field width, and look-ups one bit (kernel/factors.hpp).
//
// Your own encoding may have weights that are no powers of two. Then it has no schedule, and its products run on the
// row kernel (kernel/bits/tile.hpp), which multiplies.
#ifndef LOWBIT_KERNEL_PRODUCT_SCHEDULE_HPP
#define LOWBIT_KERNEL_PRODUCT_SCHEDULE_HPP

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

/// The schedule of a rule.
[[nodiscard]] constexpr product_schedule make_schedule(const product_rule& rule) noexcept {
  product_schedule out;
  std::array<std::int8_t, 64> level_of{};
  std::uint32_t levels = 0;  // bit l: a term has level l
  for (int t = 0; t < rule.term_count; ++t) {
    const std::int32_t c = rule.terms[static_cast<std::size_t>(t)].coefficient;
    const auto size = static_cast<std::uint32_t>(c < 0 ? -c : c);
    if (!std::has_single_bit(size)) out.exists = false;
    level_of[static_cast<std::size_t>(t)] = static_cast<std::int8_t>(std::countr_zero(size));
    levels |= size & (0 - size);
  }
  int last = 0;
  bool negative = false;  // the sums stand for their negatives
  for (; levels != 0; levels &= ~std::bit_floor(levels)) {
    const int level = static_cast<int>(std::bit_width(levels)) - 1;
    for (int t = 0; t < rule.term_count; ++t) {
      if (level_of[static_cast<std::size_t>(t)] != level) continue;
      const product_term& term = rule.terms[static_cast<std::size_t>(t)];
      const bool first = out.size == 0;  // zeros: nothing to shift or negate
      const bool must_negate = (term.coefficient < 0) != counts_down(term.operation);
      out.steps[static_cast<std::size_t>(out.size)] = {term.operation, term.lhs_plane,
                                                       term.rhs_plane, first ? 0 : last - level,
                                                       !first && must_negate != negative};
      ++out.size;
      last = level;
      negative = must_negate;
    }
  }
  out.shift_after = last;
  out.negate_after = negative;
  return out;
}

/// A schedule of one step, planes 0 and 0: count, then shift.
template <bit_operation Operation>
struct single_step {
  int shift;
};

/// A schedule whose steps have one operation, which is not masked.
template <bit_operation Operation>
struct steps_of {
  const product_schedule& all;
};

/// Two steps in one pass: sum = |n| - 2 |n & (a1 ^ b1)| with n = a0 & b0, the product of two ternary rows.
/// n is needed for both counts, so the pass takes six operations instead of seven.
struct masked_dot {};

/// How far the schedule shifts a constant that is in the sums from the start. Negative if signs change on the way: then
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
template <bit_operation Operation>
[[nodiscard]] constexpr int start_shift(steps_of<Operation> steps) noexcept {
  return start_shift(steps.all);
}
template <bit_operation Operation>
[[nodiscard]] constexpr int start_shift(single_step<Operation> step) noexcept {
  return step.shift;
}
[[nodiscard]] constexpr int start_shift(masked_dot) noexcept { return 0; }

/// What loops a product needs: a bit for each operation of its rule, and one_step if a single_step does. byte_loops_of()
/// (kernel/factors.hpp) adds fields and tables.
using product_loops = unsigned;

[[nodiscard]] constexpr product_loops loop_of(bit_operation operation) noexcept {
  return 1u << static_cast<int>(operation);
}
inline constexpr product_loops and_loops = loop_of(bit_operation::bit_and);
inline constexpr product_loops xor_loops = loop_of(bit_operation::bit_xor);
inline constexpr product_loops masked_loops = and_loops | loop_of(bit_operation::masked_xor);
inline constexpr product_loops one_step = 8;
inline constexpr product_loops all_operations = 7;
/// Not operations on bits, for rules of many terms. Products of bytes (kernel/bytes/): with fields of 1, 2, 4 bits, and
/// with whole bytes up to 127 or up to 255. Look-ups in tables of sums (kernel/lookups/).
inline constexpr product_loops one_bit_fields = 16, two_bit_fields = 32, four_bit_fields = 64,
                               seven_bit_bytes = 128, whole_bytes = 256, lookup_loops = 512;
inline constexpr product_loops byte_loops =
    one_bit_fields | two_bit_fields | four_bit_fields | seven_bit_bytes | whole_bytes;

[[nodiscard]] constexpr product_loops loops_of(const product_rule& rule,
                                               const product_schedule& schedule) noexcept {
  product_loops out = 0;
  for (int t = 0; t < rule.term_count; ++t)
    out |= loop_of(rule.terms[static_cast<std::size_t>(t)].operation);
  const schedule_step& first = schedule.steps[0];
  const bool one = schedule.exists && schedule.size == 1 && first.lhs_plane == 0 &&
                   first.rhs_plane == 0 && !schedule.negate_after;
  return one ? out | one_step : out;
}

/// The schedule as the loops take it. (A value, not an argument of a function. Each call around a loop costs compile
/// time: the compiler works on the loop once more per function that the loop is inlined into.)
template <product_loops Loops>
[[nodiscard]] LOWBIT_INLINE auto schedule_for(const product_schedule& schedule) noexcept {
  constexpr bit_operation operation =
      (Loops & xor_loops) != 0 ? bit_operation::bit_xor : bit_operation::bit_and;
  if constexpr ((Loops & all_operations) == masked_loops)
    return masked_dot{};
  else if constexpr ((Loops & one_step) != 0)
    return single_step<operation>{schedule.shift_after};
  else
    return steps_of<operation>{schedule};
}

}  // namespace detail::kernel
LOWBIT_END

#endif
