// The check of one product rule against all pairs of codes, shared by the files of this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lowbit/encoding/product_rule.hpp"
#include "support/catch.hpp"
#include "support/oracle.hpp"

namespace test {

/// What a check needs of an encoding: each code, its meaning, and its bit sum counted from the weights.
struct code_table {
  struct row {
    code_t code;
    int meaning;
    int bit_sum;
  };
  std::string name;
  int plane_count;
  std::vector<row> rows;
};

template <class E>
const code_table& table_of() {
  static const code_table table = [] {
    code_table out{E::name + std::to_string(E::plane_count), E::plane_count, {}};
    for (const code_t code : all_codes(E{})) {
      int bit_sum = 0;
      for (int p = 0; p < E::plane_count; ++p) bit_sum += E::weight(p) * (code >> p & 1);
      out.rows.push_back({code, meaning(E{}, code), bit_sum});
    }
    return out;
  }();
  return table;
}

/// True if the rule gives meaning(a) * meaning(b) for every pair of codes.
inline bool right_for_all_codes(const lowbit::product_rule& rule, const code_table& a,
                                const code_table& b) {
  for (const code_table::row& x : a.rows)
    for (const code_table::row& y : b.rows)
      if (rule.of_codes(x.code, x.bit_sum, y.code, y.bit_sum) != x.meaning * y.meaning)
        return false;
  return true;
}

/// The rule that is used, and the general one. Not a template: six hundred pairs call it.
inline void check_rules(const lowbit::product_rule& used, const lowbit::product_rule& derived,
                        const code_table& a, const code_table& b) {
  INFO(a.name << " x " << b.name);
  REQUIRE(right_for_all_codes(used, a, b));
  REQUIRE(right_for_all_codes(derived, a, b));
  REQUIRE(used.term_count <= a.plane_count * b.plane_count);
}

template <class A, class B>
void check_rule() {
  static constexpr lowbit::product_rule used = lowbit::multiply<A, B>();
  static constexpr lowbit::product_rule derived = lowbit::detail::encoding::derive<A, B>();
  check_rules(used, derived, table_of<A>(), table_of<B>());
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
