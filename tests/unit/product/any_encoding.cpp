// Products of matrices whose formats are values: every pair of formats, on every ISA, against the definition.
#include "lowbit/product/explain.hpp"
#include "lowbit/product/linear.hpp"
#include "support/all_formats.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"

namespace test_any_encoding {

using namespace lowbit;

namespace {

packed_matrix<any_encoding> packed(const code_format& format, const matrix<code_t>& codes) {
  packed_matrix<any_encoding> out(format, codes.rows(), codes.cols());
  for (index_t r = 0; r < codes.rows(); ++r)
    for (index_t c = 0; c < codes.cols(); ++c) out.set_code(r, c, codes(r, c));
  return out;
}

}  // namespace

TEST_CASE("products of every pair of formats equal the definition", "[product]") {
  INFO(test::reproduce());
  test::on_every_isa([](any_isa) {});  // fails if this CPU has others
  auto random = test::generator(8000);
  index_t pair = 0;
  const std::vector<test::known_format> all = test::all_formats();
  for (const test::known_format& a : all)
    for (const test::known_format& b : all) {
      const index_t m = 1 + pair % 11, n = 1 + pair * 7 % 70, depth = 1 + pair * 13 % 200;
      const auto lhs = a.random(m, depth, random), rhs = b.random(n, depth, random);
      const auto expected = test::product(a.meanings(lhs), b.meanings(rhs));
      const auto x = packed(a.format, lhs), y = packed(b.format, rhs);
      INFO(a.name << " x " << b.name << ", " << m << 'x' << n << 'x' << depth);
      for_each_isa([&](any_isa isa) {
        INFO(isa.name);
        REQUIRE(test::first_difference(gemm(x, y, on(isa)), expected) == "");
        REQUIRE(test::first_difference(gemm(x, prepare(y, on(isa)), on(isa)), expected) == "");
      });
      ++pair;
    }
}

TEST_CASE("operands of types and of values multiply each other", "[product]") {
  packed_matrix<ternary> x(9, 100);
  packed_matrix<unsigned_bits<2>> w(20, 100);
  for (index_t k = 0; k < 100; ++k) {
    x.set_code(k % 9, k, k % 2 == 0 ? ternary::plus : ternary::minus);
    w.set_code(k % 20, k, static_cast<code_t>(k % 4));
  }
  const packed_view<any_encoding> any_x = x, any_w = w;
  const auto expected = gemm(x, w);
  CHECK(gemm(any_x, w) == expected);
  CHECK(gemm(x, any_w) == expected);
  CHECK(gemm(any_x, any_w) == expected);
  CHECK(gemm(any_x, prepare(w)) == expected);
  CHECK(kernel_name(any_x, any_w) == kernel_name(x, w));
  CHECK(explain(any_x, any_w) == explain(x, w));
}

TEST_CASE("products of values refuse codes that stand for no integers", "[product]") {
  const packed_matrix<any_encoding> x(format_of<planes<2>>(), 3, 10), w(format_of<binary>(), 3, 10);
  CHECK_THROWS_WITH(gemm(x, w),
                    "gemm: codes of planes x codes of binary: multiply the planes, or use "
                    "matmul()");
  CHECK(gemm(x.view().plane(0), w) == gemm(w, w));
}

}  // namespace test_any_encoding
