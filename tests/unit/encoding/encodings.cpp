// encoding/: what each code stands for, which codes are valid, and the bounds of depth.
#include "lowbit/encoding/encoding.hpp"

#include <limits>
#include <string>

#include "lowbit/encoding/product_rule.hpp"
#include "support/catch.hpp"
#include "support/oracle.hpp"

namespace test_encodings {

using namespace lowbit;

namespace {

template <class E>
void check_encoding() {
  const auto codes = test::all_codes(E{});
  int min_of = std::numeric_limits<int>::max(), most = std::numeric_limits<int>::min();
  std::size_t valid = 0;
  for (int c = 0; c < 256; ++c) {
    const auto code = static_cast<code_t>(c);
    bool listed = false;
    for (const code_t known : codes) listed = listed || known == code;
    INFO(E::name << ' ' << E::plane_count << " planes, code " << c);
    REQUIRE(is_code<E>(code) == listed);
    valid += listed ? 1u : 0u;
    if (!listed) continue;
    REQUIRE(value<E>(code) == test::meaning(E{}, c));
    min_of = value<E>(code) < min_of ? value<E>(code) : min_of;
    most = value<E>(code) > most ? value<E>(code) : most;
  }
  CHECK(valid == codes.size());
  CHECK(min_value<E>() == min_of);
  CHECK(max_value<E>() == most);
}

template <int... K>
void check_widths(std::integer_sequence<int, K...>) {
  (check_encoding<unsigned_bits<K + 1>>(), ...);
  (check_encoding<signed_bits<K + 1>>(), ...);
  (check_encoding<bipolar_bits<K + 1>>(), ...);
}

/// A user's own encoding: four members, here {0, 3} in one plane.
struct zero_or_three {
  static constexpr const char* name = "zero_or_three";
  static constexpr int plane_count = 1;
  static constexpr int offset = 0;
  static constexpr int weight(int) noexcept { return 3; }
};

template <class A, class B>
constexpr index_t bound = multiply<A, B>().max_depth;

}  // namespace

TEST_CASE("every code stands for what its definition says", "[encoding]") {
  check_encoding<binary>();
  check_encoding<ternary>();
  check_widths(std::make_integer_sequence<int, 8>{});
}

TEST_CASE("planes have one-plane encodings and no integer of their own", "[encoding]") {
  STATIC_REQUIRE(std::is_same_v<planes<3>::plane, binary>);
  STATIC_REQUIRE(std::is_same_v<planes<2, plane_kind::unipolar>::plane, unsigned_bits<1>>);
  STATIC_REQUIRE(packable<planes<3>>);
  STATIC_REQUIRE_FALSE(plane_code<planes<3>>);
  STATIC_REQUIRE(is_code<planes<3>>(7));
  STATIC_REQUIRE_FALSE(is_code<planes<3>>(8));
}

TEST_CASE("a user's encoding needs four members", "[encoding]") {
  CHECK(std::string(zero_or_three::name) == "zero_or_three");
  STATIC_REQUIRE(plane_code<zero_or_three>);
  STATIC_REQUIRE_FALSE(plane_code<int>);
  STATIC_REQUIRE(value<zero_or_three>(1) == 3);
  STATIC_REQUIRE(multiply<zero_or_three, binary>().of_codes(1, 3, 0, 0) == -3);
  STATIC_REQUIRE(bound<zero_or_three, zero_or_three> == 2147483647 / 9);
}

TEST_CASE("max_depth is 2^31 - 1 divided by the largest product", "[encoding]") {
  STATIC_REQUIRE(bound<binary, binary> == 2147483647);
  STATIC_REQUIRE(bound<ternary, ternary> == 2147483647);
  STATIC_REQUIRE(bound<unsigned_bits<2>, unsigned_bits<2>> == 238609294);
  STATIC_REQUIRE(bound<unsigned_bits<4>, unsigned_bits<4>> == 9544371);
  STATIC_REQUIRE(bound<unsigned_bits<8>, binary> == 8421504);
  STATIC_REQUIRE(bound<unsigned_bits<8>, unsigned_bits<1>> == 8421504);
  STATIC_REQUIRE(bound<unsigned_bits<8>, unsigned_bits<4>> == 561433);
  STATIC_REQUIRE(bound<unsigned_bits<8>, unsigned_bits<8>> == 33025);
  STATIC_REQUIRE(bound<signed_bits<2>, signed_bits<2>> == 536870911);
  STATIC_REQUIRE(bound<signed_bits<4>, signed_bits<4>> == 33554431);
  STATIC_REQUIRE(bound<signed_bits<8>, signed_bits<1>> == 16777215);
  STATIC_REQUIRE(bound<signed_bits<8>, signed_bits<4>> == 2097151);
  STATIC_REQUIRE(bound<signed_bits<8>, signed_bits<8>> == 131071);
  STATIC_REQUIRE(bound<bipolar_bits<8>, bipolar_bits<8>> == 33025);
  STATIC_REQUIRE(bound<binary, unsigned_bits<8>> == bound<unsigned_bits<8>, binary>);
}

}  // namespace test_encodings
