// tensor/pack.hpp and tensor/packed_matrix.hpp: bits in their places, zero tails, round trips,
// appended rows, for every encoding on every ISA.
#include "lowbit/tensor/pack.hpp"

#include <vector>

#include "lowbit/encoding/planes.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"
#include "support/tails.hpp"

namespace test_pack {

using namespace lowbit;

namespace {

/// pack() on a chosen ISA.
template <class E>
packed_matrix<E> pack_on(any_isa isa, const matrix<code_t>& codes, index_t segment = 0) {
  packed_matrix<E> out(codes.rows(), codes.cols(), segment);
  const auto pack_codes = detail::kernel::pack_codes_on<E::plane_count>(isa);
  for (index_t r = 0; r < codes.rows(); ++r)
    detail::tensor::pack_row(pack_codes, codes.row(r).data(), out, r);
  return out;
}

}  // namespace

// Every number of planes once; what they stand for is no concern of packing.
#define LOWBIT_TEST_ENCODINGS                                                          \
  binary, ternary, signed_bits<3>, unsigned_bits<4>, unsigned_bits<5>, signed_bits<6>, \
      unsigned_bits<7>, bipolar_bits<8>

TEMPLATE_TEST_CASE("packing one-hot codes sets exactly one bit, at its place", "[tensor]",
                   LOWBIT_TEST_ENCODINGS) {
  using E = TestType;
  for (index_t depth = 1; depth <= 200; depth += test::thorough ? 1 : 7)
    for (int plane = 0; plane < E::plane_count; ++plane) {
      code_t code = static_cast<code_t>(1 << plane);
      if (!is_code<E>(code)) code = ternary::minus;  // plane 1 of ternary comes with plane 0
      matrix<code_t> codes(depth, depth);            // row i has its one code at element i
      for (index_t i = 0; i < depth; ++i) codes(i, i) = code;
      INFO("depth " << depth << ", plane " << plane);
      test::on_every_isa([&](any_isa isa) {
        const packed_matrix<E> packed = pack_on<E>(isa, codes);
        const index_t words = packed.plane_stride();
        REQUIRE(words == (depth + 63) / 64);
        bool right = true;
        for (index_t r = 0; r < depth; ++r)
          for (int p = 0; p < E::plane_count; ++p)
            for (index_t w = 0; w < words; ++w) {
              const word expected = (code >> p & 1) != 0 && w == r / 64 ? word{1} << r % 64 : 0;
              right = right && packed.view().plane_row(r, p)[w] == expected;
            }
        REQUIRE(right);
      });
    }
}

TEMPLATE_TEST_CASE("unpack(pack(codes)) == codes, with zero tails", "[tensor]",
                   LOWBIT_TEST_ENCODINGS) {
  using E = TestType;
  INFO(test::reproduce());
  auto random = test::generator(100);
  for (const index_t segment : {0, 40, 48, 64, 1})
    for (const index_t depth : {0, 1, 2, 63, 64, 65, 100, 127, 128, 129, 300})
      for (const test::fill kind :
           {test::fill::uniform, test::fill::all_max, test::fill::all_min}) {
        const auto codes = test::random_codes<E>(3, depth, kind, test::side::lhs, random);
        const packed_matrix<E> packed = pack<E>(codes.view(), segment);
        INFO("depth " << depth << ", segment " << segment << ", " << test::name(kind));
        REQUIRE(unpack(packed) == codes);
        REQUIRE(test::zero_tails(packed));
        test::on_every_isa(
            [&](any_isa isa) { REQUIRE(pack_on<E>(isa, codes, segment) == packed); });
        REQUIRE(values(packed) == test::meanings<E>(codes));
        const packed_matrix<E> again = repack(packed.view(), 24);
        REQUIRE(unpack(again) == codes);
        REQUIRE(test::zero_tails(again));
      }
}

TEST_CASE("planes<M> pack like any code, and each plane is a matrix", "[tensor]") {
  matrix<code_t> codes(2, 70);
  for (index_t k = 0; k < 70; ++k)
    codes(0, k) = static_cast<code_t>(k % 8), codes(1, k) = static_cast<code_t>(7 - k % 8);
  const auto packed = pack<planes<3>>(codes.view());
  CHECK(unpack(packed) == codes);
  for (int p = 0; p < 3; ++p)
    for (index_t k = 0; k < 70; ++k)
      REQUIRE(packed.view().plane(p).code(1, k) == (codes(1, k) >> p & 1));
}

TEST_CASE("pack reads strided codes and ignores the gaps", "[tensor]") {
  std::vector<code_t> bytes(3 * 100, 0xff);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t k = 0; k < 70; ++k) bytes[r * 100 + k] = static_cast<code_t>((r + k) % 2);
  const auto packed = pack<binary>(matrix_view<const code_t>(bytes.data(), 3, 70, 100));
  for (index_t r = 0; r < 3; ++r)
    for (index_t k = 0; k < 70; ++k) REQUIRE(packed.code(r, k) == (r + k) % 2);
  CHECK(test::zero_tails(packed));
}

TEST_CASE("pack refuses bytes that are no codes, with their place", "[tensor]") {
  matrix<code_t> codes(2, 5);
  codes(1, 3) = 2;
  CHECK(test::error_of([&] { (void)pack<ternary>(codes.view()); }) ==
        "pack: row 1, element 3: 2 is no code of ternary with 2 planes");
  CHECK_THAT(test::error_of([&] { (void)pack<binary>(codes.view()); }),
             ContainsSubstring("2 is no code of binary"));
  CHECK(test::error_of([&] { (void)pack<unsigned_bits<2>>(codes.view()); }) == "no error");
  codes(0, 4) = 4;
  CHECK_THAT(test::error_of([&] { (void)pack<unsigned_bits<2>>(codes.view()); }),
             ContainsSubstring("row 0, element 4: 4 is no code of unsigned_bits with 2 planes"));
}

TEST_CASE("pack finds a wrong byte wherever it is", "[tensor]") {
  for (const index_t depth : {1, 63, 64, 65, 128, 200})
    for (index_t k = 0; k < depth; ++k) {
      matrix<code_t> codes(3, depth);
      codes(1, k) = 2;
      codes(1, depth - 1) = codes(2, 0) = 2;  // the first one is named
      packed_matrix<ternary> out(3, depth);
      INFO("depth " << depth << ", element " << k);
      REQUIRE(test::error_of([&] { pack(codes.view(), out); }) ==
              "pack: row 1, element " + std::to_string(k) +
                  ": 2 is no code of ternary with 2 planes");
      REQUIRE(out == packed_matrix<ternary>(3, depth));  // nothing was written
    }
}

TEMPLATE_TEST_CASE("pack into a matrix replaces every word, in any layout", "[tensor]", binary,
                   ternary, unsigned_bits<3>, bipolar_bits<8>) {
  using E = TestType;
  INFO(test::reproduce());
  auto random = test::generator(103);
  for (const index_t segment : {0, 1, 40})
    for (const index_t depth : {0, 1, 64, 100, 130}) {
      const auto codes =
          test::random_codes<E>(3, depth, test::fill::uniform, test::side::lhs, random);
      test::on_every_isa([&](any_isa isa) {
        packed_matrix<E> out(3, depth, segment);
        for (index_t r = 0; r < 3; ++r)
          for (index_t w = 0; w < out.row_stride(); ++w) out.mutable_row(r)[w] = ~word{0};
        const word* const before = out.words().data();
        pack(codes.view(), out, on(isa));
        REQUIRE(out.words().data() == before);
        REQUIRE(unpack(out) == codes);
        REQUIRE(test::zero_tails(out));
      });
    }
  packed_matrix<E> out(3, 7);
  CHECK(test::error_of([&] { pack(matrix<code_t>(3, 8).view(), out); }) ==
        "pack: the input is 3x8, the output is 3x7");
}

TEMPLATE_TEST_CASE("append_row adds rows, doubles its memory, and changes nothing on error",
                   "[tensor]", binary, ternary, unsigned_bits<3>) {
  using E = TestType;
  INFO(test::reproduce());
  auto random = test::generator(101);
  const auto codes = test::random_codes<E>(200, 70, test::fill::uniform, test::side::lhs, random);
  packed_matrix<E> grown(0, 70);
  int moves = 0;
  for (index_t r = 0; r < 200; ++r) {
    const word* const before = grown.words().data();
    append_row(grown, std::span<const code_t>(codes.row(r)));
    moves += grown.words().data() != before ? 1 : 0;
  }
  CHECK(moves <= 10);  // 1, 2, 4, ... 256 rows
  CHECK(grown == pack<E>(codes.view()));
  CHECK(test::zero_tails(grown));

  const packed_matrix<E> before = grown;
  std::vector<code_t> wrong(70, 0);
  wrong[69] = 200;
  CHECK_THAT(test::error_of([&] { append_row(grown, std::span<const code_t>(wrong)); }),
             ContainsSubstring("row 200, element 69: 200 is no code"));
  wrong.pop_back();
  CHECK(test::error_of([&] { append_row(grown, std::span<const code_t>(wrong)); }) ==
        "append_row: 69 codes for a matrix of depth 70");
  CHECK(grown == before);
  CHECK_THAT(test::error_of([&] { grown.append_rows(-1); }),
             ContainsSubstring("append_rows: count is -1"));
  CHECK(grown == before);
}

TEST_CASE("rows may have no elements, and there may be no rows", "[tensor]") {
  packed_matrix<binary> none(0, 0), flat(3, 0), tall(0, 100);
  CHECK((none.bytes() == 0 && flat.bytes() == 0 && tall.bytes() == 0));
  append_row(flat, std::span<const code_t>());
  CHECK(flat.rows() == 4);
  CHECK(unpack(flat).rows() == 4);
  CHECK(pack<binary>(matrix_view<const code_t>(nullptr, 0, 100)) == tall);
  CHECK(pack<binary>(matrix_view<const code_t>(nullptr, 4, 0)) == flat);
  CHECK(pack<ternary>(std::span<const code_t>()).rows() == 1);
  append_row(tall, std::span<const code_t>(std::vector<code_t>(100, 1)));
  CHECK(tall.rows() == 1);
}

TEST_CASE("set_code writes one code and keeps the others", "[tensor]") {
  INFO(test::reproduce());
  auto random = test::generator(102);
  auto codes =
      test::random_codes<unsigned_bits<5>>(3, 130, test::fill::uniform, test::side::lhs, random);
  auto packed = pack<unsigned_bits<5>>(codes.view(), 48);
  for (index_t k = 0; k < 130; k += 3) {
    codes(1, k) = static_cast<code_t>(31 - codes(1, k));
    packed.set_code(1, k, codes(1, k));
  }
  CHECK(unpack(packed) == codes);
  CHECK(test::zero_tails(packed));
}

TEST_CASE("packed_matrix refuses impossible sizes", "[tensor]") {
  constexpr index_t huge = index_t{1} << 62;
  CHECK_THAT(test::error_of([] { packed_matrix<binary> m(-1, 5); }),
             ContainsSubstring("packed_matrix: rows is -1"));
  CHECK_THAT(test::error_of([] { packed_matrix<binary> m(1, -5); }),
             ContainsSubstring("packed_matrix: depth is -5"));
  CHECK_THAT(test::error_of([] { packed_matrix<binary> m(1, 5, -2); }),
             ContainsSubstring("segment is -2"));
  CHECK_THAT(test::error_of([] { packed_matrix<binary> m(huge, 2); }),
             ContainsSubstring("does not fit"));
  CHECK_THAT(test::error_of([] { packed_matrix<unsigned_bits<8>> m(2, huge); }),
             ContainsSubstring("does not fit"));
}

TEST_CASE("equality is shape, layout and codes", "[tensor]") {
  const packed_matrix<binary> a(2, 70), b(2, 71), c(2, 70, 32);
  packed_matrix<binary> d(2, 70);
  CHECK(a == d);
  d.set_code(1, 69, 1);
  CHECK_FALSE(a == d);
  CHECK_FALSE(a == b);
  CHECK_FALSE(a == c);
}

}  // namespace test_pack
