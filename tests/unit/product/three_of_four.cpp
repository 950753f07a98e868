// The family "three_of_four" on every ISA that has it: sums that equal those of the definition for tails of depth, rows and
// columns, and for depth in segments; and codes of another pattern, which it refuses.
#include "lowbit/kernel/three_of_four/panel_family.hpp"

#include "lowbit/kernel/trits/panel_family.hpp"
#include "support/forced.hpp"
#include "support/matchers.hpp"

namespace test_three_of_four {

using namespace lowbit;

namespace {

using fours_alone = test::forced<family::three_of_four_panels>;

/// Codes of which one in each four of a segment is 0, and none of a shorter rest.
matrix<code_t> random_fours(index_t rows, index_t depth, index_t segment, std::mt19937_64& random) {
  matrix<code_t> codes(rows, depth);
  for (index_t r = 0; r < rows; ++r)
    for (index_t begin = 0; begin < depth; begin += segment)
      for (index_t k = 0; k < segment && begin + k < depth; k += 4) {
        const index_t end = std::min({k + 4, segment, depth - begin});
        const auto zero = static_cast<index_t>(random() % 4);
        for (index_t i = k; i < end; ++i)
          codes(r, begin + i) = end - k == 4 && i - k == zero ? ternary::zero
                                : random() % 2 == 0           ? ternary::plus
                                                              : ternary::minus;
      }
  return codes;
}

template <class A>
void check(index_t m, index_t n, index_t depth, test::fill kind = test::fill::uniform) {
  auto random = test::generator(static_cast<std::uint64_t>(m * 101 + n * 31 + depth));
  INFO(A::name << ", " << test::name(kind) << "; " << test::reproduce());
  const auto a = test::random_codes<A>(m, depth, kind, test::side::lhs, random);
  const auto b = random_fours(n, depth, depth + 1, random);
  test::check_forced<fours_alone>(" three_of_four,", test::packed_codes<A>(a),
                                  test::packed_codes<ternary>(b), test::product<A, ternary>(a, b));
}

}  // namespace

TEST_CASE("three of four: the symbols of a table are the codes plus 1", "[product]") {
  for (unsigned s = 0; s < 32; ++s) {
    const auto codes = detail::encoding::three_of_four_codes(static_cast<code_t>(s));
    CHECK(detail::encoding::three_of_four_symbol(codes) == s);
    for (std::size_t i = 0; i < 4; ++i) {
      const int entry = detail::kernel::tables_of_elements[i][s & 15];
      CHECK((s < 16 ? entry : 2 - entry) == value<ternary>(codes[i]) + 1);
    }
  }
}

TEST_CASE("three of four: every residue of depth", "[product]") {
  for (index_t depth = 0; depth < 260; ++depth) check<signed_bits<8>>(3, 5, depth);
  for (index_t depth = 1000; depth < 1160; depth += 9) check<unsigned_bits<8>>(5, 9, depth);
}

TEST_CASE("three of four: tails of rows and columns", "[product]") {
  for (const index_t m : {0, 1, 2, 3, 4, 5})
    for (const index_t n : {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130})
      check<signed_bits<8>>(m, n, 70);
}

TEST_CASE("three of four: left formats of any width", "[product]") {
  check<unsigned_bits<8>>(5, 70, 200);
  check<bipolar_bits<4>>(5, 70, 200);
  check<signed_bits<4>>(5, 70, 200);
  check<ternary>(5, 70, 200);
}

TEST_CASE("three of four: extreme values", "[product]") {
  for (const test::fill kind : test::fills) {
    check<signed_bits<8>>(3, 17, 5000, kind);
    check<unsigned_bits<8>>(2, 17, 5000, kind);
  }
}

TEST_CASE("three of four: depth in segments", "[product]") {
  auto random = test::generator(17);
  const auto a =
      test::random_codes<signed_bits<8>>(6, 900, test::fill::uniform, test::side::lhs, random);
  for (const index_t segment : {10, 50, 100, 150, 450}) {
    const auto b = random_fours(20, 900, segment, random);
    const auto expected = test::product<signed_bits<8>, ternary>(a, b);
    const auto x = pack<signed_bits<8>>(a.view(), segment);
    const auto w = pack<ternary>(b.view(), segment);
    test::on_every_isa([&](any_isa isa) {
      INFO("segments of " << segment);
      const with where(fours_alone{}, on(isa));
      CHECK(test::first_difference(gemm(x, prepare(w, format_of<signed_bits<8>>(), where), where),
                                   expected) == "");
    });
  }
}

TEST_CASE("three of four: other patterns are refused, and what is refused changes nothing",
          "[product]") {
  auto random = test::generator(5);
  const auto good = random_fours(3, 70, 70, random);
  test::on_every_isa([&](any_isa isa) {
    const with where(fours_alone{}, on(isa));
    if (!test::has_first<fours_alone>(isa)) return;
    auto w = prepare(pack<ternary>(good.view()), format_of<signed_bits<8>>(), where);
    for (const auto& [k, code] : {std::pair{index_t{41}, ternary::zero},
                                  {index_t{69}, ternary::zero},
                                  {index_t{40}, ternary::plus}}) {
      auto bad = good;
      for (index_t i = 40; i < 44; ++i) bad(2, i) = i == 40 ? ternary::zero : ternary::minus;
      bad(2, k) = code;
      const auto codes = pack<ternary>(bad.view());
      const char* const where_it_is =
          k == 69   ? "row 2, elements 68 to 69: 1 zeros. Three of four asks for 0"
          : k == 41 ? "row 2, elements 40 to 43: 2 zeros. Three of four asks for 1"
                    : "row 2, elements 40 to 43: 0 zeros. Three of four asks for 1";
      CHECK_THROWS_WITH(prepare(codes, format_of<signed_bits<8>>(), where),
                        ContainsSubstring("prepare: ") && ContainsSubstring(where_it_is));
      CHECK_THROWS_WITH(w.append(codes), ContainsSubstring(where_it_is));
      CHECK(w.rows() == 3);
    }
    w.append(pack<ternary>(good.view()));
    CHECK(w.rows() == 6);
  });
}

TEST_CASE("three of four: who multiplies what, and panels of 1.25 bits", "[product]") {
  auto random = test::generator(6);
  const auto a =
      test::random_codes<signed_bits<8>>(16, 640, test::fill::uniform, test::side::lhs, random);
  const auto b = random_fours(64, 640, 640, random);
  const auto x = pack<signed_bits<8>>(a.view());
  const auto w = pack<ternary>(b.view());
  const auto expected = test::product<signed_bits<8>, ternary>(a, b);
  test::on_every_isa([&](any_isa isa) {
    const with where(fours_alone{}, on(isa));
    CHECK_THAT(kernel_name(x, w, where), !ContainsSubstring("three_of_four"));
    if (!test::has_first<fours_alone>(isa)) return;
    const auto prepared = prepare(w, x.format(), where);
    CHECK_THAT(kernel_name(x, prepared, where),
               ContainsSubstring(" three_of_four, signed_bits<8> x ternary"));
    CHECK_THAT(explain(x, w, where), ContainsSubstring("three_of_four, to be packed: never"));
    // A sum of four bytes per column lies behind the blocks.
    CHECK(prepared.panels().format.layout.bytes() * 64 / prepared.panels().format.layout.rows ==
          64 * (640 / 128 * 20 + 4));
    // Panels of one coding mean nothing to another.
    const with other(test::forced<family::trit_panels>{}, on(isa));
    CHECK(test::first_difference(gemm(x, prepared, other), expected) == "");
  });
}

}  // namespace test_three_of_four
