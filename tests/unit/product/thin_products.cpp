// Products with few rows on one side, which run row against row in either order (kernel/bits/row_family.hpp). Every
// element is that of the definition, and reaches the epilogue once, in its place.
#include <vector>

#include "lowbit/epilogue/integers.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"
#include "support/settings.hpp"

namespace test_thin_products {

using namespace lowbit;

namespace {

/// The thresholds' bits of a product, by their definition.
packed_matrix<binary> bits_of(const matrix<std::int64_t>& sums, const thresholds& channels) {
  packed_matrix<binary> out(sums.rows(), sums.cols());
  for (index_t r = 0; r < sums.rows(); ++r)
    for (index_t c = 0; c < sums.cols(); ++c)
      out.set_code(r, c, channels(static_cast<std::int32_t>(sums(r, c)), c) ? 1 : 0);
  return out;
}

template <class A, class B>
void check_product(index_t m, index_t n, index_t depth, index_t segment = 0) {
  auto random = test::generator(static_cast<std::uint64_t>(7000 + 31 * m + n));
  const auto a = test::random_codes<A>(m, depth, test::fill::uniform, test::side::lhs, random);
  const auto b = test::random_codes<B>(n, depth, test::fill::uniform, test::side::rhs, random);
  const auto lhs = pack<A>(a.view(), segment);
  const auto rhs = pack<B>(b.view(), segment);
  const matrix<std::int64_t> expected = test::product<A, B>(a, b);
  thresholds channels(n);
  for (index_t c = 0; c < n; ++c) channels.set(c, static_cast<std::int32_t>(c % 5 - 2), c % 3 == 0);
  const packed_matrix<binary> expected_bits = bits_of(expected, channels);
  INFO(A::name << " x " << B::name << ", " << m << 'x' << n << 'x' << depth << ", segments of "
               << segment << "; " << test::reproduce());
  test::on_every_isa([&](auto tag) {
    const auto prepared = prepare(rhs, on(tag));
    const auto check = [&](const auto& right) {
      // Gaps between the rows of the result stay as they are.
      std::vector<std::int32_t> memory(static_cast<std::size_t>(m * (n + 3)), 99), twice = memory;
      const matrix_view<std::int32_t> out(memory.data(), m, n, n + 3);
      for (index_t r = 0; r < m; ++r)
        for (index_t c = 0; c < n; ++c)
          twice[static_cast<std::size_t>(r * (n + 3) + c)] =
              static_cast<std::int32_t>(2 * expected(r, c));
      gemm(lhs, right, out, on(tag));
      REQUIRE(test::first_difference(out, expected) == "");
      gemm_add(lhs, right, out, on(tag));
      const bool added = memory == twice;
      REQUIRE(added);
      packed_matrix<binary> bits(m, n);
      gemm_with(lhs, right, store_threshold{channels, bits.mutable_row(0), bits.row_stride()},
                on(tag));
      REQUIRE(bits == expected_bits);
    };
    check(rhs);
    check(prepared);
  });
}

template <class A, class B>
void check_thin_products() {
  const auto check = [](index_t thin, index_t many, index_t depth) {
    check_product<A, B>(many, thin, depth);
    check_product<A, B>(thin, many, depth);
  };
  if constexpr (test::thorough) {
    for (const index_t thin : {1, 2, 3, 7, 8, 9, 15, 16, 17})
      for (const index_t depth : {1, 200, 515}) check(thin, 150, depth);
  } else {
    for (const index_t thin : {1, 2, 3, 8, 9, 17})
      for (const index_t depth : {200, 515}) check(thin, 66, depth);
  }
  for (index_t m = 1; m <= 3; ++m)
    for (index_t n = 1; n <= 3; ++n) check_product<A, B>(m, n, 70);
  check_product<A, B>(66, 2, 4700);  // long rows: full adders, and what they leave
  check_product<A, B>(2, 66, 4700);
  check_product<A, B>(70, 3, 300, 90);  // several runs
  check_product<A, B>(3, 70, 300, 90);
}

}  // namespace

TEST_CASE("thin products: binary x binary", "[ops]") { check_thin_products<binary, binary>(); }
TEST_CASE("thin products: ternary x ternary", "[ops]") { check_thin_products<ternary, ternary>(); }
TEST_CASE("thin products: unsigned 2 bits x signed 3 bits", "[ops]") {
  check_thin_products<unsigned_bits<2>, signed_bits<3>>();
}
TEST_CASE("thin products: signed 3 bits x binary", "[ops]") {
  check_thin_products<signed_bits<3>, binary>();
}

TEST_CASE("thin products: the order of the operands decides nothing", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(7100);
  const auto many = pack<binary>(
      test::random_codes<binary>(1000, 200, test::fill::uniform, test::side::lhs, random).view());
  const auto few = pack<unsigned_bits<2>>(
      test::random_codes<unsigned_bits<2>>(3, 200, test::fill::uniform, test::side::rhs, random)
          .view());
  test::on_every_isa([&](auto tag) {
    const auto tall = gemm(many, few, on(tag)), wide = gemm(few, many, on(tag));
    for (index_t r = 0; r < 1000; ++r)
      for (index_t c = 0; c < 3; ++c) REQUIRE(tall(r, c) == wide(c, r));
  });
}

}  // namespace test_thin_products
