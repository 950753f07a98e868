// Properties of products that need no oracle: what must hold between results.
#include "lowbit/encoding/planes.hpp"
#include "support/kernels.hpp"
#include "sweep.hpp"

namespace test_properties {

using namespace lowbit;

namespace {

/// The bits of a matrix turned over: each +1 becomes -1.
matrix<code_t> negated(const matrix<code_t>& codes) {
  matrix<code_t> out = codes;
  for (index_t r = 0; r < out.rows(); ++r)
    for (index_t k = 0; k < out.cols(); ++k) out(r, k) = static_cast<code_t>(1 - out(r, k));
  return out;
}

matrix<code_t> columns(const matrix<code_t>& codes, index_t first, index_t count) {
  matrix<code_t> out(codes.rows(), count);
  for (index_t r = 0; r < out.rows(); ++r)
    for (index_t k = 0; k < count; ++k) out(r, k) = codes(r, first + k);
  return out;
}

template <class E>
matrix<code_t> draw(index_t rows, index_t depth, std::uint64_t salt) {
  auto random = test::generator(salt);
  return test::random_codes<E>(rows, depth, test::fill::uniform, test::side::lhs, random);
}

}  // namespace

TEST_CASE("a . a = K, a . -a = -K, and sums have the parity of K", "[differential]") {
  INFO(test::reproduce());
  for (const index_t k : test::edges) {
    const auto codes = draw<binary>(5, k, 1);
    const auto a = pack<binary>(codes.view()), minus = pack<binary>(negated(codes).view());
    test::on_every_isa([&](auto tag) {
      const auto same = gemm(a, a, on(tag)), opposite = gemm(a, minus, on(tag));
      for (index_t m = 0; m < 5; ++m) {
        INFO("K = " << k << ", row " << m);
        CHECK(same(m, m) == k);
        CHECK(opposite(m, m) == -k);
        for (index_t n = 0; n < 5; ++n) {
          CHECK(same(m, n) == -opposite(m, n));
          CHECK(((same(m, n) - k) & 1) == 0);
        }
      }
    });
  }
}

TEST_CASE("the transposed product is the product of the transposed", "[differential]") {
  INFO(test::reproduce());
  const auto a = pack<ternary>(draw<ternary>(9, 300, 2).view());
  const auto b = pack<binary>(draw<binary>(10, 300, 3).view());
  test::on_every_isa([&](auto tag) {
    const auto ab = gemm(a, b, on(tag)), ba = gemm(b, a, on(tag));
    for (index_t m = 0; m < 9; ++m)
      for (index_t n = 0; n < 10; ++n) REQUIRE(ab(m, n) == ba(n, m));
  });
}

TEST_CASE("splitting the depth adds up, also through gemm_add", "[differential]") {
  INFO(test::reproduce());
  const auto a = draw<binary>(9, 300, 4), b = draw<binary>(9, 300, 5);
  const auto x = pack<binary>(a.view());
  const auto y = pack<binary>(b.view());
  for (const index_t split : {0, 1, 63, 64, 65, 150, 299, 300})
    test::on_every_isa([&](auto tag) {
      INFO("split at " << split);
      matrix<std::int32_t> sum(9, 9);
      for (const auto& [first, count] :
           {std::pair{index_t{0}, split}, std::pair{split, 300 - split}})
        gemm_add(pack<binary>(columns(a, first, count).view()),
                 pack<binary>(columns(b, first, count).view()), sum.view(), on(tag));
      REQUIRE(sum == gemm(x, y, on(tag)));
    });
}

TEST_CASE("a row's result does not depend on its neighbours", "[differential]") {
  INFO(test::reproduce());
  const auto a = pack<binary>(draw<binary>(13, 200, 6).view()),
             b = pack<binary>(draw<binary>(11, 200, 7).view());
  test::on_every_isa([&](auto tag) {
    const auto all = gemm(a, b, on(tag));
    for (index_t m = 0; m < 13; ++m) {
      const auto one = gemm(a.view().rows(m, 1), b, on(tag));
      for (index_t n = 0; n < 11; ++n) REQUIRE(one(0, n) == all(m, n));
    }
  });
}

TEST_CASE("bit-serial planes recombine to the integer product", "[differential]") {
  INFO(test::reproduce());
  const auto a = draw<unsigned_bits<2>>(9, 130, 8), b = draw<unsigned_bits<2>>(6, 130, 9);
  const auto whole = gemm(pack<unsigned_bits<2>>(a.view()), pack<unsigned_bits<2>>(b.view()));
  const auto x = pack<planes<2, plane_kind::unipolar>>(a.view());
  const auto y = pack<planes<2, plane_kind::unipolar>>(b.view());
  test::on_every_isa([&](auto tag) {
    matrix<std::int32_t> sum(9, 6);
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        const auto part = gemm(x.view().plane(i), y.view().plane(j), on(tag));
        for (index_t m = 0; m < 9; ++m)
          for (index_t n = 0; n < 6; ++n) sum(m, n) += part(m, n) << (i + j);
      }
    REQUIRE(sum == whole);
  });
}

TEST_CASE("words between rows do not matter", "[differential]") {
  INFO(test::reproduce());
  const auto packed = pack<ternary>(draw<ternary>(9, 200, 10).view());
  const index_t words = packed.plane_stride(), row = 3 * words + 5;
  // Plane 0, poison, plane 1, poison; and poison behind each row.
  std::vector<word> memory(static_cast<std::size_t>(9 * row), ~word{0});
  for (index_t r = 0; r < 9; ++r)
    for (int p = 0; p < 2; ++p)
      for (index_t w = 0; w < words; ++w)
        memory[static_cast<std::size_t>(r * row + p * (words + 2) + w)] =
            packed.view().plane_row(r, p)[w];
  const packed_view<ternary> poisoned(memory.data(), 9, packed.layout(), row, words + 2);
  CHECK(unpack(poisoned) == unpack(packed));
  test::on_every_isa([&](auto tag) {
    const auto other = pack<binary>(draw<binary>(3, 200, 11).view());
    CHECK(gemm(poisoned, other, on(tag)) == gemm(packed, other, on(tag)));
    CHECK(gemm(other, poisoned, on(tag)) == gemm(other, packed, on(tag)));
  });
}

}  // namespace test_properties
