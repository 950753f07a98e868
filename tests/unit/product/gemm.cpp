// product/gemm.hpp: shapes, outputs with strides, accumulation, errors. The sweep over encodings and
// shapes is in tests/differential.
#include "lowbit/product/gemm.hpp"

#include <limits>
#include <vector>

#include "lowbit/encoding/planes.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_gemm {

using namespace lowbit;

namespace {

struct operands {
  matrix<code_t> a, b;
  packed_matrix<ternary> lhs;
  packed_matrix<unsigned_bits<3>> rhs;
  operands(index_t m, index_t n, index_t k, index_t segment = 0) {
    auto random = test::generator(300);
    a = test::random_codes<ternary>(m, k, test::fill::uniform, test::side::lhs, random);
    b = test::random_codes<unsigned_bits<3>>(n, k, test::fill::uniform, test::side::rhs, random);
    lhs = pack<ternary>(a.view(), segment);
    rhs = pack<unsigned_bits<3>>(b.view(), segment);
  }
  matrix<std::int64_t> expected() const { return test::product<ternary, unsigned_bits<3>>(a, b); }
};

/// Rows of +1 times rows of +1 and of -1: every bit that a kernel can count is set in one of them.
template <class E>
void check_all_ones(index_t depth, code_t one, code_t minus_one) {
  packed_matrix<E> plus(9, depth), minus(9, depth);
  for (index_t r = 0; r < 9; ++r)
    for (index_t k = 0; k < depth; ++k) plus.set_code(r, k, one), minus.set_code(r, k, minus_one);
  test::on_every_isa([&](auto tag) {
    const auto same = gemm(plus, plus, on(tag)), opposite = gemm(plus, minus, on(tag));
    for (index_t m = 0; m < 9; ++m)
      for (index_t n = 0; n < 9; ++n) REQUIRE((same(m, n) == depth && opposite(m, n) == -depth));
  });
}

}  // namespace

TEST_CASE("gemm: a new matrix, matrices or views on either side", "[ops]") {
  INFO(test::reproduce());
  const operands o(5, 7, 100);
  test::on_every_isa([&](auto tag) {
    CHECK(test::first_difference(gemm(o.lhs, o.rhs, on(tag)), o.expected()) == "");
    CHECK(test::first_difference(gemm(o.lhs.view(), o.rhs, on(tag)), o.expected()) == "");
    CHECK(test::first_difference(gemm(o.lhs, o.rhs.view(), on(tag)), o.expected()) == "");
  });
  CHECK(test::first_difference(gemm(o.lhs, o.rhs), o.expected()) == "");
  CHECK(gemm(o.lhs.view().rows(2, 3), o.rhs.view())(1, 4) == o.expected()(3, 4));
}

TEST_CASE("gemm into a strided buffer writes its elements and no gap", "[ops]") {
  const operands o(5, 7, 100);
  const auto expected = o.expected();
  test::on_every_isa([&](auto tag) {
    std::vector<std::int32_t> memory(5 * 11 + 2, 12345);
    const matrix_view<std::int32_t> out(memory.data() + 1, 5, 7, 11);
    gemm(o.lhs, o.rhs, out, on(tag));
    CHECK(test::first_difference(out, expected) == "");
    gemm_add(o.lhs, o.rhs, out, on(tag));
    gemm_add(o.lhs, o.rhs, out, on(tag));
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const std::size_t r = (i - 1) / 11, c = (i - 1) % 11;
      const bool inside = i > 0 && r < 5 && c < 7;
      REQUIRE(memory[i] ==
              (inside ? 3 * expected(static_cast<index_t>(r), static_cast<index_t>(c)) : 12345));
    }
  });
}

TEST_CASE("gemm: any dimension may be 0", "[ops]") {
  for (const index_t m : {0, 1, 5})
    for (const index_t n : {0, 1, 5})
      for (const index_t k : {0, 1, 70}) {
        INFO(m << 'x' << n << 'x' << k);
        const operands o(m, n, k);
        test::on_every_isa([&](auto tag) {
          CHECK(test::first_difference(gemm(o.lhs, o.rhs, on(tag)), o.expected()) == "");
        });
      }
  matrix<std::int32_t> out(2, 2);
  out(1, 1) = 7;
  const operands empty(2, 2, 0);
  gemm_add(empty.lhs, empty.rhs, out.view());
  CHECK(out(1, 1) == 7);
  gemm(empty.lhs, empty.rhs, out.view());
  CHECK(out(1, 1) == 0);
}

TEST_CASE("gemm: segments on both sides, or the same result without", "[ops]") {
  for (const index_t segment : {1, 30, 48, 80}) {
    INFO("segment " << segment);
    const operands o(5, 7, 200, segment);
    test::on_every_isa([&](auto tag) {
      CHECK(test::first_difference(gemm(o.lhs, o.rhs, on(tag)), o.expected()) == "");
    });
  }
}

TEST_CASE("gemm_with: each element reaches the epilogue once", "[ops]") {
  const operands o(9, 21, 100);
  const auto expected = o.expected();
  struct counting {
    matrix_view<std::int32_t> sums;
    matrix_view<std::int32_t> visits;
    void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
      for (index_t r = 0; r < place.rows; ++r)
        for (index_t c = 0; c < place.cols; ++c) {
          sums(place.row + r, place.col + c) = tile(r, c);
          ++visits(place.row + r, place.col + c);
        }
    }
  };
  test::on_every_isa([&](auto tag) {
    matrix<std::int32_t> sums(9, 21), visits(9, 21);
    const counting each{sums.view(), visits.view()};
    gemm_with(o.lhs, o.rhs, detail::epilogues::any_epilogue(each), on(tag));
    CHECK(test::first_difference(sums, expected) == "");
    for (index_t m = 0; m < 9; ++m)
      for (index_t n = 0; n < 21; ++n) REQUIRE(visits(m, n) == 1);
  });
}

TEST_CASE("gemm: planes are multiplied pair by pair", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(301);
  matrix<code_t> a(3, 90), b(2, 90);
  for (index_t k = 0; k < 90; ++k) {
    for (index_t r = 0; r < 3; ++r) a(r, k) = static_cast<code_t>(random() % 8);
    for (index_t r = 0; r < 2; ++r) b(r, k) = static_cast<code_t>(random() % 4);
  }
  const auto x = pack<planes<3>>(a.view());
  const auto w = pack<planes<2, plane_kind::unipolar>>(b.view());
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 2; ++j) {
      const auto c = gemm(x.view().plane(i), w.view().plane(j));
      for (index_t m = 0; m < 3; ++m)
        for (index_t n = 0; n < 2; ++n) {
          int sum = 0;
          for (index_t k = 0; k < 90; ++k) sum += (2 * (a(m, k) >> i & 1) - 1) * (b(n, k) >> j & 1);
          REQUIRE(c(m, n) == sum);
        }
    }
}

TEST_CASE("gemm: wrong shapes are errors with the shapes, and write nothing", "[ops]") {
  const packed_matrix<binary> a(5, 100), b(7, 96), c(7, 100), segmented(7, 100, 40);
  CHECK(test::error_of([&] { (void)gemm(a, b); }) ==
        "gemm: lhs is 5x100, rhs is 7x96: depth differs");
  CHECK(test::error_of([&] { (void)gemm(a, segmented); }) ==
        "gemm: lhs is packed in segments of 0, rhs in segments of 40 (0: no gaps): repack one");
  matrix<std::int32_t> wrong(7, 5);
  wrong(0, 0) = 3;
  CHECK(test::error_of([&] { gemm(a, c, wrong.view()); }) ==
        "gemm: the product is 5x7, the output is 7x5");
  CHECK(test::error_of([&] { gemm_add(a, c, wrong.view()); }) ==
        "gemm_add: the product is 5x7, the output is 7x5");
  matrix<std::int32_t> right(5, 7);
  right(0, 0) = 3;
  CHECK_THAT(test::error_of([&] { gemm(a, b, right.view()); }), ContainsSubstring("depth differs"));
  CHECK(right(0, 0) == 3);
  CHECK(wrong(0, 0) == 3);
}

TEST_CASE("gemm: depth is accepted up to the rule's bound and refused above", "[ops]") {
  // No rows, so no memory.
  const packed_matrix<unsigned_bits<8>> fits(0, 33025), deep(0, 33026);
  const packed_matrix<binary> widest(0, 2147483647), wider(0, 2147483648);
  test::on_every_isa([&](auto tag) {
    CHECK(gemm(fits, fits, on(tag)).rows() == 0);
    CHECK(test::error_of([&] { (void)gemm(deep, deep, on(tag)); }) ==
          "gemm: depth 33026: sums of unsigned_bits x unsigned_bits with 8 x 8 planes fit 32 bits "
          "only up to depth 33025");
    CHECK(gemm(widest, widest, on(tag)).rows() == 0);
    CHECK_THAT(test::error_of([&] { (void)gemm(wider, wider, on(tag)); }),
               ContainsSubstring("only up to depth 2147483647"));
  });
}

TEST_CASE("gemm: sums reach the ends of int32 at the largest depth", "[ops]") {
  // Nine rows: enough for the kernels that reorder the right operand.
  matrix<code_t> codes(9, 33025);
  for (index_t r = 0; r < 9; ++r)
    for (index_t k = 0; k < 33025; ++k) codes(r, k) = 255;
  const auto row = pack<unsigned_bits<8>>(codes.view());
  test::on_every_isa([&](auto tag) {
    CHECK(gemm(row.view().rows(0, 1), row.view().rows(8, 1), on(tag))(0, 0) == 33025 * 255 * 255);
    CHECK(gemm(row, row.view().rows(2, 2), on(tag))(8, 1) == 33025 * 255 * 255);
  });
}

TEST_CASE("gemm: no counter inside a kernel overflows at great depths", "[ops]") {
  // Around the depths where byte, 16-bit and block counters end: 15 words, 31 steps of 128 bits,
  // 255 / 4 steps, 65,472 and 2^16.
  for (const index_t depth : {959, 960, 961, 3071, 3072, 3073, 3967, 3968, 3969, 65471, 65472,
                              65473, 65535, 65536, 65537, 200001}) {
    if (!test::thorough && depth % 64 != 1) continue;
    INFO("depth " << depth);
    check_all_ones<binary>(depth, 1, 0);
    check_all_ones<ternary>(depth, 1, 3);
  }
}

TEST_CASE("prepare: the same products with a right operand reordered once", "[ops]") {
  INFO(test::reproduce());
  for (const index_t n : {0, 1, 7, 16, 17, 33, 65, 130})
    for (const index_t m : {0, 1, 3, 8, 9}) {
      const operands o(m, n, 100);
      const auto expected = o.expected();
      INFO(m << "x" << n);
      test::on_every_isa([&](auto tag) {
        const auto prepared = prepare(o.rhs, on(tag));
        CHECK((prepared.rows() == n && prepared.depth() == 100));
        CHECK(prepared.codes() == o.rhs);
        CHECK(test::first_difference(gemm(o.lhs, prepared, on(tag)), expected) == "");
        // Prepared for one ISA, used on another.
        CHECK(test::first_difference(
                  gemm(o.lhs, prepare(o.rhs, on(any_isa(isa::scalar{}))), on(tag)), expected) ==
              "");
        CHECK(test::first_difference(gemm(o.lhs, prepared, on(any_isa(isa::scalar{}))), expected) ==
              "");
      });
    }
  const operands o(3, 5, 100);
  CHECK(test::first_difference(gemm(o.lhs, prepare(o.rhs)), o.expected()) == "");
}

}  // namespace test_gemm
