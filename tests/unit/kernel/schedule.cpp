// kernel/product_schedule.hpp and kernel/bits/lookup_tile.hpp: the two forms that panels use of a product rule.
// Evaluated bit by bit, they give the product for every pair of codes. Also: which runs go through adders.
#include "lowbit/kernel/product_schedule.hpp"

#include <vector>

#include "lowbit/kernel/bits/fused_adder.hpp"
#include "lowbit/kernel/bits/lookup_tile.hpp"
#include "support/catch.hpp"
#include "support/oracle.hpp"

namespace test_schedule {

using namespace lowbit;

namespace {

int bits_of(bit_operation operation, int a, int b) {
  return (operation == bit_operation::bit_and   ? a & b
          : operation == bit_operation::bit_xor ? a ^ b
                                                : a & b & (a ^ b) >> 1) &
         1;
}

/// What the rule adds for offsets to the sum of its terms, for one element.
template <class A, class B>
int offsets(const product_rule& rule, int a, int b) {
  const auto bit_sum = []<class E>(E encoding, int code) {
    return test::meaning(encoding, code) - E::offset;
  };
  return rule.lhs_bit_sum * bit_sum(A{}, a) + rule.rhs_bit_sum * bit_sum(B{}, b) + rule.depth;
}

template <class A, class B>
void check() {
  static constexpr const auto& of = detail::kernel::factors_of<A, B>;
  static constexpr const product_rule& rule = of.rule;
  static constexpr const detail::kernel::product_schedule& schedule = of.schedule;
  const product_rule& looked_up = detail::kernel::lookup_rule(of);
  STATIC_REQUIRE(schedule.exists);
  STATIC_REQUIRE(schedule.size == rule.term_count);
  for (int t = 0; t < looked_up.term_count; ++t)
    REQUIRE(looked_up.terms[static_cast<std::size_t>(t)].operation != bit_operation::masked_xor);
  for (const code_t a : test::all_codes(A{}))
    for (const code_t b : test::all_codes(B{})) {
      int sum = 0;
      for (int i = 0; i < schedule.size; ++i) {
        const detail::kernel::schedule_step& step = schedule.steps[static_cast<std::size_t>(i)];
        const int count = bits_of(step.operation, a >> step.lhs_plane, b >> step.rhs_plane);
        sum = (step.negate_before ? -1 : 1) * (sum << step.shift_before) +
              (detail::kernel::counts_down(step.operation) ? -count : count);
      }
      sum = (schedule.negate_after ? -1 : 1) * (sum << schedule.shift_after);
      INFO(A::name << int{a} << " x " << B::name << int{b});
      REQUIRE(sum + offsets<A, B>(rule, a, b) == test::meaning(A{}, a) * test::meaning(B{}, b));
      REQUIRE(test::meaning(A{}, a) * test::meaning(B{}, b) ==
              looked_up.of_codes(a, test::meaning(A{}, a) - A::offset, b,
                                 test::meaning(B{}, b) - B::offset));
    }
}

template <class A>
void check_with_all() {
  check<A, binary>(), check<A, ternary>(), check<A, unsigned_bits<1>>(),
      check<A, unsigned_bits<3>>();
  check<A, unsigned_bits<8>>(), check<A, signed_bits<4>>(), check<A, signed_bits<8>>();
  check<A, bipolar_bits<3>>(), check<A, bipolar_bits<8>>();
}

/// Weights that are no powers of two.
struct zero_or_three {
  [[maybe_unused]] static constexpr const char* name = "zero_or_three";
  static constexpr int plane_count = 1;
  static constexpr int offset = 0;
  static constexpr int weight(int) noexcept { return 3; }
};

}  // namespace

TEST_CASE("schedules and look-up rules give the product for every pair of codes", "[kernel]") {
  check_with_all<binary>();
  check_with_all<ternary>();
  check_with_all<unsigned_bits<3>>();
  check_with_all<unsigned_bits<8>>();
  check_with_all<signed_bits<4>>();
  check_with_all<signed_bits<8>>();
  check_with_all<bipolar_bits<3>>();
}

TEST_CASE("weights that are no powers of two have no schedule", "[kernel]") {
  CHECK_FALSE(detail::kernel::make_schedule(multiply<zero_or_three, binary>()).exists);
}

TEST_CASE("the look-up tables count common and different bits of both nibbles", "[kernel]") {
  using detail::kernel::tables;
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 16; ++b)
      for (const unsigned half : {0u, 4u}) {
        int bit_and = 0, bit_xor = 0;
        for (unsigned i = 0; i < 4; ++i) {
          bit_and += (a >> (half + i) & 1) != 0 && (b >> i & 1) != 0 ? 1 : 0;
          bit_xor += (a >> (half + i) & 1) != (b >> i & 1) ? 1 : 0;
        }
        const auto& ands = tables<bit_operation::bit_and>;
        const auto& xors = tables<bit_operation::bit_xor>;
        REQUIRE(int{(half == 0 ? ands.low : ands.high)[a][b]} == bit_and);
        REQUIRE(int{(half == 0 ? xors.low : xors.high)[a][b]} == bit_xor);
      }
}

TEST_CASE("products say which loops they need", "[kernel]") {
  using namespace detail::kernel;
  STATIC_REQUIRE(factors_of<binary, binary>.loops == (xor_loops | one_step));
  STATIC_REQUIRE(factors_of<unsigned_bits<1>, unsigned_bits<1>>.loops == (and_loops | one_step));
  STATIC_REQUIRE(factors_of<unsigned_bits<1>, binary>.loops == (and_loops | one_step));
  STATIC_REQUIRE(factors_of<signed_bits<1>, binary>.loops == and_loops);  // it counts down
  STATIC_REQUIRE(factors_of<ternary, ternary>.loops == masked_loops);
  STATIC_REQUIRE(factors_of<unsigned_bits<2>, binary>.loops == and_loops);
  STATIC_REQUIRE(factors_of<ternary, binary>.loops == and_loops);
  STATIC_REQUIRE(factors_of<bipolar_bits<2>, binary>.loops == xor_loops);
  STATIC_REQUIRE(factors_of<zero_or_three, binary>.loops == and_loops);
}

TEST_CASE("adders serve runs that pay for them", "[kernel]") {
  using detail::kernel::product_run;
  const auto pay = [](std::initializer_list<index_t> depths) {
    std::vector<product_run> runs;
    for (const index_t depth : depths) runs.push_back({0, 0, depth});
    return detail::kernel::adders_pay({runs.data(), static_cast<index_t>(runs.size())});
  };
  CHECK_FALSE(pay({}));
  CHECK_FALSE(pay({128}));
  CHECK_FALSE(pay({192}));
  CHECK_FALSE(pay({224}));                                 // seven steps
  CHECK(pay({225}));                                       // eight: four words
  CHECK(pay({64, 64, 64, 64}));                            // four taps of 64 channels
  CHECK_FALSE(pay({32, 32, 32, 32, 32, 32, 32, 32, 32}));  // of 32: half of each word is empty
  CHECK_FALSE(pay({96, 96, 96, 96}));
}

TEST_CASE("what sums start with is shifted as the schedule shifts them", "[kernel]") {
  using namespace detail::kernel;
  STATIC_REQUIRE(start_shift(single_step<bit_operation::bit_xor>{1}) == 1);
  STATIC_REQUIRE(start_shift(factors_of<binary, binary>.schedule) == 1);
  product_schedule schedule;
  schedule.size = 2;
  schedule.steps[1].shift_before = 3;
  schedule.shift_after = 2;
  CHECK(start_shift(schedule) == 5);
  schedule.negate_after = true;
  CHECK(start_shift(schedule) == -1);
  schedule.negate_after = false;
  schedule.steps[1].negate_before = true;
  CHECK(start_shift(schedule) == -1);
}

}  // namespace test_schedule
