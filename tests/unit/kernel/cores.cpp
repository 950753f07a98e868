// Tiles that add before they count and tiles that count, whatever core this is. They give the same integers, through
// whole products with every tail of rows, columns and depth.
#include <vector>

#include "lowbit/epilogue/integers.hpp"
#include "lowbit/product/product.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"

namespace test_cores {

using namespace lowbit;

namespace {

template <class A, class B>
void check(index_t m, index_t n, index_t depth) {
  auto random = test::generator(static_cast<std::uint64_t>(m * 1009 + n * 31 + depth));
  const auto a = test::random_codes<A>(m, depth, test::fill::uniform, test::side::lhs, random);
  const auto b = test::random_codes<B>(n, depth, test::fill::uniform, test::side::rhs, random);
  const matrix<std::int64_t> expected = test::product<A, B>(a, b);
  const auto x = pack<A>(a.view());
  const auto y = pack<B>(b.view());
  const packed_view<B> rows = y.view();
  test::on_every_tag([&](auto tag) {
    for (const int popcounts : test::cores_of<decltype(tag)>()) {
      using namespace detail::product;
      const auto* const packer =
          packer_among(methods_of<library_families>(tag), detail::kernel::factors_of<A, B>,
                       {m, n, rows.layout().words(), A::plane_count,
                        detail::kernel::factors_of<A, B>.rule.term_count, B::plane_count});
      panel_buffer panels;
      if (packer != nullptr)
        panels = make_panels(
            panel_format_of(packer, {n, rows.layout().words(), B::plane_count}, {popcounts}),
            format_of<B>(), operand_of(rows));
      matrix<std::int32_t> out(m, n);
      rhs_operand right = as_rhs(rows);
      right.panels = &panels;
      for_each_tile<A, B>(detail::kernel::factors_of<A, B>, x.view(), right,
                          store_integers{out.view()}, on(any_isa(tag)));
      INFO(A::name << " x " << B::name << ", " << m << 'x' << n << 'x' << depth << ", " << popcounts
                   << " popcounts per cycle; " << test::reproduce());
      CHECK(test::first_difference(out.view(), expected) == "");
    }
  });
}

template <class A, class B>
void check_shapes() {
  for (const index_t m : {1, 2, 3, 4, 5, 7, 8, 9, 13})
    for (const index_t n : {1, 33, 64, 65, 100}) check<A, B>(m, n, 300);
  for (const index_t depth : {1, 64, 192, 193, 256, 257, 1536, 1600, 4100})
    check<A, B>(11, 70, depth);
}

}  // namespace

TEST_CASE("tiles of every core agree: xor", "[kernel]") { check_shapes<binary, binary>(); }
TEST_CASE("tiles of every core agree: gated", "[kernel]") { check_shapes<ternary, ternary>(); }
TEST_CASE("tiles of every core agree: and", "[kernel]") {
  check_shapes<unsigned_bits<2>, signed_bits<2>>();
}

}  // namespace test_cores
