// The family "trits" on every ISA that has it: the bytes of five digits, and sums that equal those of the definition for
// tails of depth, rows and columns, for depth in segments, and where sums are folded.
#include "lowbit/kernel/trits/panel_family.hpp"

#include "support/forced.hpp"
#include "support/matchers.hpp"

namespace test_trits {

using namespace lowbit;

namespace {

using trits_alone = test::forced<family::trit_panels>;

template <class A, class B = ternary>
void check(index_t m, index_t n, index_t depth, test::fill kind = test::fill::uniform) {
  test::check_forced<trits_alone, A, B>(" trits,", m, n, depth, kind);
}

}  // namespace

TEST_CASE("trits: a byte gives its five digits in order, and nothing else", "[product]") {
  for (int number = 0; number < 243; ++number) {
    int q = detail::kernel::byte_of_digits(number), read = 0;
    for (int i = 0; i < 5; ++i) {
      read = 3 * read + 3 * q / 256;
      q = 3 * q % 256;
    }
    CHECK(read == number);
  }
}

TEST_CASE("trits: every residue of depth", "[product]") {
  for (index_t depth = 0; depth < 130; ++depth) check<signed_bits<8>>(3, 5, depth);
  for (index_t depth = 319; depth < 322; ++depth) check<signed_bits<8>>(3, 5, depth);
  for (index_t depth = 639; depth < 705; depth += 16) check<unsigned_bits<8>>(5, 9, depth);
}

TEST_CASE("trits: tails of rows and columns", "[product]") {
  for (const index_t m : {0, 1, 2, 3, 4, 5})
    for (const index_t n : {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130})
      check<signed_bits<8>>(m, n, 70);
}

TEST_CASE("trits: left formats of any width", "[product]") {
  check<unsigned_bits<8>>(5, 70, 200);
  check<bipolar_bits<4>>(5, 70, 200);
  check<signed_bits<4>>(5, 70, 200);
  check<ternary>(5, 70, 200);
}

TEST_CASE("trits: extreme values where sums are folded", "[product]") {
  constexpr index_t fold = 1024 * 20;
  for (const index_t depth : {fold - 1, fold, fold + 1, 2 * fold + 65})
    for (const test::fill kind : test::fills) {
      check<signed_bits<8>>(3, 17, depth, kind);
      check<unsigned_bits<8>>(2, 17, depth, kind);
    }
}

TEST_CASE("trits: depth in segments", "[product]") {
  auto random = test::generator(17);
  const auto a =
      test::random_codes<signed_bits<8>>(6, 900, test::fill::uniform, test::side::lhs, random);
  const auto b = test::random_codes<ternary>(20, 900, test::fill::uniform, test::side::rhs, random);
  const auto expected = test::product<signed_bits<8>, ternary>(a, b);
  for (const index_t segment : {10, 50, 100, 150, 450}) {
    const auto x = pack<signed_bits<8>>(a.view(), segment);
    const auto w = pack<ternary>(b.view(), segment);
    test::on_every_isa([&](any_isa isa) {
      INFO("segments of " << segment);
      const with where(trits_alone{}, on(isa));
      CHECK(test::first_difference(gemm(x, prepare(w, format_of<signed_bits<8>>(), where), where),
                                   expected) == "");
    });
  }
}

TEST_CASE("trits: who multiplies what, and panels of 1.6 bits", "[product]") {
  const packed_matrix<signed_bits<8>> x(1, 640);
  const packed_matrix<ternary> w(64, 640);
  const packed_matrix<signed_bits<2>> four_values(64, 640);
  test::on_every_isa([&](any_isa isa) {
    const with where(trits_alone{}, on(isa));
    const auto prepared = prepare(w, x.format(), where);
    CHECK_THAT(kernel_name(x, four_values, where), !ContainsSubstring("trits"));
    if (!test::has_first<trits_alone>(isa)) return;
    CHECK_THAT(kernel_name(x, prepared, where),
               ContainsSubstring(" trits, signed_bits<8> x ternary"));
    // A sum of four bytes per column lies behind the digits.
    CHECK(prepared.panels().format.layout.bytes() * 64 / prepared.panels().format.layout.rows ==
          64 * (640 / 5 + 4));
  });
}

}  // namespace test_trits
