// product/route.hpp: which family a product takes, and whose panels are taken for what.
#include "lowbit/product/route.hpp"

#include "lowbit/product/product.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"

namespace test_route {

using namespace lowbit;
using detail::kernel::cost_of_panels;
using detail::kernel::cost_of_rows;
using detail::kernel::panel_costs;
using detail::kernel::product_shape;
using detail::kernel::streams_lhs;

TEST_CASE("panels must be filled and worth packing", "[product]") {
  // A word takes 1 against a panel of 64 rows, 1.5 row against row and 0.5 more in a run; packing takes 10.
  const auto panels_win = [](index_t rows, index_t cols, bool packed) {
    const product_shape shape{rows, cols, 16, 1, 1, 1, 16};
    const panel_costs costs{1.5, 8, 0, 10};
    const detail::kernel::panel_layout layout{64, 1, shape.words, 4 * 64 * 8 * shape.words};
    return cost_of_panels(shape, layout, costs, packed) <= cost_of_rows(shape, costs);
  };
  // Twice the time row against row: panels pay from half of their rows on.
  CHECK(panels_win(1, 64, true));
  CHECK(panels_win(1, 32, true));
  CHECK_FALSE(panels_win(1, 31, true));
  CHECK_FALSE(panels_win(1000, 31, true));
  CHECK(panels_win(1, 65, true));  // 128 against 130
  // Packing costs ten rows.
  CHECK_FALSE(panels_win(9, 6400, false));
  CHECK(panels_win(10, 6400, false));
  CHECK(panels_win(1000, 64, false));
}

TEST_CASE("panels beyond the second cache cost more, for all rows together", "[product]") {
  const panel_costs costs{2.2, 2, 0.8, 12, 1, 1.8};
  const auto panels_win = [&](index_t rows, index_t cols) {
    const product_shape shape{rows, cols, 64, 1, 1, 1, 64};
    const detail::kernel::panel_layout layout{64, 1, 64, 4 * 64 * 8 * 64};
    return cost_of_panels(shape, layout, costs, true) <= cost_of_rows(shape, costs);
  };
  CHECK(panels_win(1, 512));        // 1 MiB of panels
  CHECK_FALSE(panels_win(1, 576));  // more
  CHECK(panels_win(3, 4096));
}

TEST_CASE("few columns and more rows: the lhs is streamed", "[product]") {
  CHECK(streams_lhs({1000, 1}));
  CHECK(streams_lhs({1000, 15}));
  CHECK_FALSE(streams_lhs({1000, 16}));
  CHECK_FALSE(streams_lhs({5, 5}));
  CHECK(streams_lhs({6, 5}));
}

TEST_CASE("a route packs for eight lhs rows or more, and reads panels of its own only",
          "[product]") {
  const packed_matrix<binary> w(512, 640);
  test::on_every_tag([&](auto tag) {
    const auto chosen = [&](index_t rows, const auto& right) {
      using namespace detail::product;
      const auto& of = detail::kernel::factors_of<binary, binary>;
      const rhs_operand rhs = as_rhs(right);
      return route_of(methods_of<library_families>(tag), of, shape_of(of, rows, rhs, 10),
                      rhs.panels);
    };
    const auto prepared = prepare(w, on(tag)), foreign = prepare(w, on(isa::scalar{}));
    const bool panels =
        detail::kernel::panels_serve<decltype(tag)>(detail::kernel::factors_of<binary, binary>);
    CHECK((chosen(7, w).how->packer == nullptr));
    CHECK((chosen(7, foreign).how->packer == nullptr));
    CHECK((chosen(100, w).how->packer != nullptr) == panels);
    CHECK(chosen(100, w).must_pack() == panels);
    CHECK(chosen(100, foreign).must_pack() == panels);
    CHECK(chosen(7, prepared).packed == panels);
    CHECK(chosen(100, prepared).packed == panels);
    CHECK((prepared.panels().format.packer != nullptr) == panels);
  });
}

TEST_CASE("panels of another ISA or layout are of another format", "[product]") {
  const packed_matrix<binary> bits(64, 128);
  const packed_matrix<unsigned_bits<2>> codes(64, 128);
  test::on_every_tag([&](auto tag) {
    if constexpr (detail::kernel::panels_serve<decltype(tag)>(
                      detail::kernel::factors_of<binary, binary>)) {
      const auto format = prepare(bits, on(tag)).panels().format;
      CHECK(format == prepare(bits, on(tag)).panels().format);
      CHECK_FALSE(format == prepare(codes, on(tag)).panels().format);
      CHECK_FALSE(format == prepare(packed_matrix<binary>(64, 64), on(tag)).panels().format);
      CHECK_FALSE(format == prepare(bits, on(isa::scalar{})).panels().format);
    }
  });
}

}  // namespace test_route
