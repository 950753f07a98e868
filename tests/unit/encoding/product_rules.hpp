// The check of one product rule against all pairs of codes, shared by the files of this folder.
#pragma once

#include <utility>

#include "lowbit/encoding/product_rule.hpp"
#include "support/catch.hpp"
#include "support/oracle.hpp"

namespace test {

/// True if the rule gives meaning(a) * meaning(b) for every pair of codes. The bit sums that it
/// gets are counted from the encodings' weights.
template <class A, class B>
bool right_for_all_codes(const lowbit::product_rule& rule) {
  const auto bits = []<class E>(E, int code) {
    int sum = 0;
    for (int p = 0; p < E::plane_count; ++p) sum += E::weight(p) * (code >> p & 1);
    return sum;
  };
  for (const code_t a : all_codes(A{}))
    for (const code_t b : all_codes(B{}))
      if (rule.of_codes(a, bits(A{}, a), b, bits(B{}, b)) != meaning(A{}, a) * meaning(B{}, b))
        return false;
  return true;
}

/// The rule that is used, and the general one, for A x B.
template <class A, class B>
void check_rule() {
  static constexpr lowbit::product_rule used = lowbit::multiply<A, B>();
  INFO(A::name << A::plane_count << " x " << B::name << B::plane_count);
  REQUIRE(right_for_all_codes<A, B>(used));
  REQUIRE(right_for_all_codes<A, B>(lowbit::detail::encoding::derive<A, B>()));
  REQUIRE(used.term_count <= A::plane_count * B::plane_count);
}

/// A times every encoding.
template <class A, int... K>
void check_rules_of(std::integer_sequence<int, K...>) {
  check_rule<A, lowbit::binary>();
  check_rule<A, lowbit::ternary>();
  (check_rule<A, lowbit::unsigned_bits<K + 1>>(), ...);
  (check_rule<A, lowbit::signed_bits<K + 1>>(), ...);
  (check_rule<A, lowbit::bipolar_bits<K + 1>>(), ...);
}
template <class A>
void check_rules_of() {
  check_rules_of<A>(std::make_integer_sequence<int, 8>{});
}

/// Family<1> ... Family<8> times every encoding.
template <template <int> class Family, int... K>
void check_rules_of_family(std::integer_sequence<int, K...>) {
  (check_rules_of<Family<K + 1>>(), ...);
}

}  // namespace test
