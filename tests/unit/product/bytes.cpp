// The family "bytes" on every ISA that has it: sums equal those of the definition, at the edges where an instruction
// could saturate, a 16-bit sum overflow, or a partial sum be folded.
#include "lowbit/kernel/bytes/panel_family.hpp"

#include "support/forced.hpp"
#include "support/matchers.hpp"

using namespace lowbit;

namespace {

using bytes_alone = test::forced_bytes;

template <class A, class B>
void check(index_t m, index_t n, index_t depth, test::fill kind = test::fill::uniform) {
  test::check_forced<bytes_alone, A, B>(" bytes,", m, n, depth, kind);
}

/// One row of extreme values, so deep that partial sums are folded.
template <class A, class B>
void check_deep(index_t depth) {
  for (const test::fill kind : {test::fill::all_min, test::fill::all_max, test::fill::max_vs_min})
    check<A, B>(1, 1, depth, kind);
}

}  // namespace

TEST_CASE("bytes: every residue of depth, and tails of rows and columns", "[product]") {
  for (const index_t depth : {0, 1, 3, 4, 5, 31, 33, 63, 64, 65, 97, 130})
    check<signed_bits<8>, signed_bits<8>>(5, 17, depth);
  for (index_t depth = 64; depth < 128; ++depth) check<signed_bits<8>, ternary>(4, 3, depth);
  for (const index_t m : {0, 1, 2, 3, 4, 7, 8, 9})
    for (const index_t n : {0, 1, 15, 16, 17, 63, 64, 65, 129})
      check<unsigned_bits<8>, signed_bits<8>>(m, n, 70);
  // Tall tiles have half the width of a panel: fields, and whole bytes of large panels.
  for (const index_t m : {8, 13, 24})
    for (const index_t n : {1, 31, 32, 33, 64, 97}) {
      check<signed_bits<8>, ternary>(m, n, 70);
      check<unsigned_bits<8>, signed_bits<8>>(m, n, 800);
    }
}

TEST_CASE("bytes: every width of a field, on either side", "[product]") {
  check<signed_bits<8>, binary>(9, 70, 200);
  check<unsigned_bits<8>, binary>(9, 70, 200);
  check<bipolar_bits<8>, ternary>(9, 70, 200);
  check<unsigned_bits<8>, unsigned_bits<2>>(9, 70, 200);
  check<signed_bits<6>, bipolar_bits<3>>(9, 70, 200);
  check<unsigned_bits<8>, signed_bits<4>>(9, 70, 200);
  check<bipolar_bits<8>, unsigned_bits<5>>(9, 70, 200);
  check<bipolar_bits<8>, bipolar_bits<8>>(9, 70, 200);
  check<binary, unsigned_bits<8>>(9, 70, 200);
  check<ternary, signed_bits<8>>(9, 70, 200);
}

TEST_CASE("bytes: extreme values where 16-bit sums are flushed", "[product]") {
  using namespace detail;
  // A sum of 16 bits holds so many elements of a field: 4 per addition of pairs.
  for (const index_t edge :
       {index_t{4} * simd::byte_dot_steps(1), index_t{4} * simd::byte_dot_steps(3),
        index_t{4} * simd::byte_dot_steps(15)})
    for (const index_t depth : {edge - 1, edge, edge + 1, edge + 4, 2 * edge + 5})
      for (const test::fill kind : test::fills) {
        check<signed_bits<8>, binary>(5, 3, depth, kind);
        check<signed_bits<8>, unsigned_bits<2>>(5, 3, depth, kind);
        check<signed_bits<8>, unsigned_bits<4>>(5, 3, depth, kind);
        check<unsigned_bits<8>, bipolar_bits<4>>(5, 3, depth, kind);
        check<signed_bits<8>, signed_bits<8>>(5, 3, depth, kind);
        check<unsigned_bits<8>, unsigned_bits<8>>(5, 3, depth, kind);
      }
}

TEST_CASE("bytes: partial sums in place are folded before they overflow", "[product]") {
  constexpr index_t blocks = index_t{1} << 14;
  check_deep<signed_bits<8>, unsigned_bits<4>>(blocks * 8 + 9);
  check_deep<signed_bits<8>, unsigned_bits<2>>(blocks * 16 + 17);
  check_deep<signed_bits<8>, binary>(blocks * 32 + 33);
  check_deep<signed_bits<8>, signed_bits<8>>(blocks * 4 + 5);
}

TEST_CASE("bytes: extreme values of seven bits, which 16-bit sums hold", "[product]") {
  for (const index_t depth : {3, 4, 5, 63, 64, 65, 260})
    for (const test::fill kind : test::fills) {
      check<signed_bits<8>, signed_bits<7>>(5, 17, depth, kind);
      check<unsigned_bits<8>, signed_bits<7>>(5, 17, depth, kind);
      check<signed_bits<8>, unsigned_bits<7>>(5, 17, depth, kind);
      check<bipolar_bits<8>, bipolar_bits<6>>(5, 17, depth, kind);
    }
}

TEST_CASE("bytes: all pairs of bytes", "[product]") {
  matrix<code_t> all(256, 1);
  for (index_t r = 0; r < 256; ++r) all(r, 0) = static_cast<code_t>(r);
  const auto one = [&]<class A, class B>(A, B) {
    test::check_forced<bytes_alone>(" bytes,", test::packed_codes<A>(all),
                                    test::packed_codes<B>(all), test::product<A, B>(all, all));
  };
  one(signed_bits<8>{}, signed_bits<8>{});
  one(unsigned_bits<8>{}, signed_bits<8>{});
  one(signed_bits<8>{}, unsigned_bits<8>{});
  one(bipolar_bits<8>{}, bipolar_bits<8>{});
}

TEST_CASE("bytes: depth in segments, and products of one segment", "[product]") {
  auto random = test::generator(7);
  const auto a =
      test::random_codes<unsigned_bits<8>>(6, 150, test::fill::uniform, test::side::lhs, random);
  const auto b =
      test::random_codes<signed_bits<5>>(20, 150, test::fill::uniform, test::side::rhs, random);
  const auto x = pack<unsigned_bits<8>>(a.view(), 50);
  const auto w = pack<signed_bits<5>>(b.view(), 50);
  const auto expected = test::product<unsigned_bits<8>, signed_bits<5>>(a, b);
  test::on_every_isa([&](any_isa isa) {
    const with where(bytes_alone{}, on(isa));
    CHECK(test::first_difference(gemm(x, prepare(w, format_of<unsigned_bits<8>>(), where), where),
                                 expected) == "");
  });
}

TEST_CASE("bytes: who multiplies what", "[product]") {
  const packed_matrix<signed_bits<8>> x(64, 256), w(64, 256);
  const packed_matrix<binary> a(64, 256), b(64, 256);
  CHECK_THAT(kernel_name(a, b, on(isa::scalar{})), ContainsSubstring("reference"));
  test::on_every_isa([&](any_isa isa) {
    if (!test::has_first<bytes_alone>(isa)) return;
    CHECK_THAT(kernel_name(x, w, on(isa)), ContainsSubstring(" bytes, signed_bits<8> x signed"));
    CHECK_THAT(kernel_name(a, b, on(isa)), !ContainsSubstring("bytes"));
    CHECK_THAT(explain(x, prepare(w, on(isa)), on(isa)), ContainsSubstring(" bytes, packed: "));
  });
}
