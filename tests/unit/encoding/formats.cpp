// encoding/format.hpp: a format says what its encoding says, code by code, and equals no other.
#include "lowbit/encoding/format.hpp"

#include <string>
#include <utility>
#include <vector>

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "support/catch.hpp"
#include "support/oracle.hpp"

namespace test_formats {

using namespace lowbit;

namespace {

/// {-2, 0, +2} without code 2: the planes of ternary with other weights.
struct even_ternary {
  static constexpr const char* name = "even_ternary";
  static constexpr int plane_count = 2;
  static constexpr int offset = 0;
  static constexpr int weight(int plane) noexcept { return plane == 0 ? 2 : -4; }
  static constexpr bool valid(code_t code) noexcept { return code <= 3 && code != 2; }
};
/// The codes of ternary under another name.
struct my_ternary : ternary {
  static constexpr const char* name = "my_ternary";
};

template <class E>
void check_integers() {
  const code_format& format = format_of<E>();
  INFO(E::name << ' ' << E::plane_count);
  CHECK(std::string(format.name) == E::name);
  CHECK(format.kind == code_kind::integers);
  CHECK(format.plane_count == E::plane_count);
  CHECK(format.offset == E::offset);
  CHECK(format.smallest == min_value<E>());
  CHECK(format.largest == max_value<E>());
  CHECK(format.is_ternary() == std::is_same_v<E, ternary>);
  CHECK(format.part() == format);
  CHECK(format.part_count() == 1);
  for (int c = 0; c < 256; ++c) {
    const auto code = static_cast<code_t>(c);
    REQUIRE(format.is_code(code) == is_code<E>(code));
    if (is_code<E>(code)) REQUIRE(format.value(code) == test::meaning(E{}, code));
  }
}

template <int... K>
std::vector<code_format> all_formats(std::integer_sequence<int, K...>) {
  return {format_of<binary>(),
          format_of<ternary>(),
          format_of<unsigned_bits<K + 1>>()...,
          format_of<signed_bits<K + 1>>()...,
          format_of<bipolar_bits<K + 2>>()...,
          format_of<planes<K + 1>>()...,
          format_of<planes<K + 1, plane_kind::unipolar>>()...,
          format_of<codebook<K + 1>>()...,
          format_of<even_ternary>()};
}

template <int... K>
void check_all(std::integer_sequence<int, K...>) {
  check_integers<binary>();
  check_integers<ternary>();
  (check_integers<unsigned_bits<K + 1>>(), ...);
  (check_integers<signed_bits<K + 1>>(), ...);
  (check_integers<bipolar_bits<K + 1>>(), ...);
}

}  // namespace

TEST_CASE("formats say what their encodings say", "[encoding]") {
  check_all(std::make_integer_sequence<int, 8>{});
}

TEST_CASE("the part of a format is a plane, or the 0/1 plane of a code", "[encoding]") {
  STATIC_REQUIRE(format_of<planes<3>>().kind == code_kind::planes);
  STATIC_REQUIRE(format_of<planes<3>>().part() == format_of<binary>());
  STATIC_REQUIRE(format_of<planes<3>>().part_count() == 3);
  STATIC_REQUIRE(format_of<planes<2, plane_kind::unipolar>>().part() ==
                 format_of<unsigned_bits<1>>());
  STATIC_REQUIRE(format_of<codebook<4>>().kind == code_kind::indices);
  STATIC_REQUIRE(format_of<codebook<4>>().part() == format_of<unsigned_bits<1>>());
  STATIC_REQUIRE(format_of<codebook<4>>().part_count() == 16);
  const code_format plane = format_of<planes<3>>().part();
  CHECK(std::string(plane.name) == "binary");
  CHECK((plane.smallest == -1 && plane.largest == 1 && plane.value(0) == -1));
  CHECK(format_of<planes<3>>().is_code(7));
  CHECK_FALSE(format_of<planes<3>>().is_code(8));
  CHECK(format_of<codebook<8>>().is_code(255));
  CHECK_FALSE(format_of<codebook<1>>().is_code(2));
}

TEST_CASE("formats are equal if their codes stand for the same", "[encoding]") {
  const std::vector<code_format> all = all_formats(std::make_integer_sequence<int, 7>{});
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < all.size(); ++j) {
      INFO(all[i].name << all[i].plane_count << ", " << all[j].name << all[j].plane_count);
      CHECK((all[i] == all[j]) == (i == j));
    }
  STATIC_REQUIRE(format_of<bipolar_bits<1>>() == format_of<binary>());
  STATIC_REQUIRE(format_of<my_ternary>() == format_of<ternary>());
}

TEST_CASE("a rule is derived from two formats, also at run time", "[encoding]") {
  const std::vector<code_format> all = all_formats(std::make_integer_sequence<int, 4>{});
  for (const code_format& a : all)
    for (const code_format& b : all) {
      INFO(a.name << a.plane_count << " x " << b.name << b.plane_count);
      REQUIRE(detail::encoding::agrees(a.part(), b.part(), multiply(a.part(), b.part())));
    }
  CHECK(multiply<my_ternary, ternary>().term_count == 2);
  CHECK(multiply(format_of<even_ternary>(), format_of<ternary>()).term_count == 4);
}

}  // namespace test_formats
