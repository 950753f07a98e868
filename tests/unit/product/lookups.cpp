// The family "lookups" on every ISA that has it: sums equal those of the definition, where a byte of a sum could
// overflow, where a block of tables ends, and for tails of depth, rows and columns.
#include "lowbit/kernel/lookups/panel_family.hpp"

#include "support/forced.hpp"
#include "support/matchers.hpp"

using namespace lowbit;

namespace {

using lookups_alone = test::forced_lookups;

template <class A, class B>
void check(index_t m, index_t n, index_t depth, test::fill kind = test::fill::uniform) {
  test::check_forced<lookups_alone, A, B>(" lookups,", m, n, depth, kind);
}

}  // namespace

TEST_CASE("lookups: every residue of depth", "[product]") {
  for (index_t depth = 0; depth < 130; ++depth) check<unsigned_bits<4>, binary>(3, 5, depth);
}

TEST_CASE("lookups: tails of rows and columns, and panels", "[product]") {
  for (const index_t m : {0, 1, 2, 3, 8})
    for (const index_t n : {0, 1, 15, 16, 17, 63, 64, 65, 130, 255, 256, 257, 320})
      check<unsigned_bits<4>, binary>(m, n, 70);
  for (const index_t n : {1023, 1024, 1025, 2050}) check<unsigned_bits<4>, binary>(3, n, 65);
}

TEST_CASE("lookups: all values that fit, on either side of 0", "[product]") {
  check<unsigned_bits<3>, binary>(9, 70, 200);
  check<unsigned_bits<4>, unsigned_bits<1>>(9, 70, 200);
  check<signed_bits<4>, binary>(9, 70, 200);
  check<signed_bits<3>, unsigned_bits<1>>(9, 70, 200);
  check<bipolar_bits<3>, binary>(9, 70, 200);
}

TEST_CASE("lookups: extreme values where blocks of tables end", "[product]") {
  constexpr index_t block = detail::kernel::table_words * word_bits;
  for (const index_t depth : {block - 1, block, block + 1, 3 * block + 63})
    for (const test::fill kind : test::fills) {
      check<unsigned_bits<4>, binary>(3, 65, depth, kind);
      check<signed_bits<4>, binary>(3, 65, depth, kind);
      check<unsigned_bits<4>, unsigned_bits<1>>(3, 65, depth, kind);
    }
}

TEST_CASE("lookups: depth in segments", "[product]") {
  auto random = test::generator(7);
  const auto a =
      test::random_codes<unsigned_bits<4>>(6, 150, test::fill::uniform, test::side::lhs, random);
  const auto b = test::random_codes<binary>(20, 150, test::fill::uniform, test::side::rhs, random);
  const auto expected = test::product<unsigned_bits<4>, binary>(a, b);
  for (const index_t segment : {10, 15, 30, 50, 75}) {
    const auto x = pack<unsigned_bits<4>>(a.view(), segment);
    const auto w = pack<binary>(b.view(), segment);
    test::on_every_isa([&](any_isa isa) {
      INFO("segments of " << segment);
      const with where(lookups_alone{}, on(isa));
      CHECK(test::first_difference(gemm(x, prepare(w, format_of<unsigned_bits<4>>(), where), where),
                                   expected) == "");
    });
  }
}

TEST_CASE("lookups: a prepared matrix that grows", "[product]") {
  auto random = test::generator(8);
  constexpr index_t rows = 1100, depth = 70;
  const auto a =
      test::random_codes<unsigned_bits<4>>(3, depth, test::fill::uniform, test::side::lhs, random);
  const auto b =
      test::random_codes<binary>(rows, depth, test::fill::uniform, test::side::rhs, random);
  const auto x = pack<unsigned_bits<4>>(a.view());
  const auto all = pack<binary>(b.view());
  const auto expected = test::product<unsigned_bits<4>, binary>(a, b);
  test::on_every_isa([&](any_isa isa) {
    const with where(lookups_alone{}, on(isa));
    const code_format lhs = format_of<unsigned_bits<4>>();
    auto grown = prepare(packed_matrix<binary>(0, depth), lhs, where);
    for (index_t r = 0; r < rows; r += 37)
      grown.append(all.view().rows(r, std::min<index_t>(37, rows - r)));
    CHECK(grown.panels().format == prepare(all, lhs, where).panels().format);
    CHECK(test::first_difference(gemm(x, grown, where), expected) == "");
  });
}

TEST_CASE("lookups: who multiplies what", "[product]") {
  const packed_matrix<unsigned_bits<4>> x(512, 1024);
  const packed_matrix<unsigned_bits<8>> bytes(512, 1024);
  const packed_matrix<binary> w(1024, 1024);
  const packed_matrix<ternary> two_planes(1024, 1024);
  test::on_every_isa([&](any_isa isa) {
    if (!test::has_first<lookups_alone>(isa)) return;
    const with forced(lookups_alone{}, on(isa));
    CHECK_THAT(kernel_name(x, w, forced), ContainsSubstring(" lookups, unsigned_bits<4> x binary"));
    CHECK_THAT(kernel_name(bytes, w, forced), !ContainsSubstring("lookups"));
    CHECK_THAT(kernel_name(x, two_planes, forced), !ContainsSubstring("lookups"));
    CHECK_THAT(kernel_name(x, prepare(w, x.format(), on(isa)), on(isa)),
               ContainsSubstring("lookups"));
  });
}
