// What a convolution is made of: convolution/geometry.hpp, window_table.hpp, padding_correction.hpp, row_bands.hpp.
#include "lowbit/convolution/geometry.hpp"
#include "lowbit/convolution/padding_correction.hpp"
#include "lowbit/convolution/row_bands.hpp"
#include "lowbit/convolution/window_table.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_tables {

using namespace lowbit;
using namespace lowbit::detail::convolution;

TEST_CASE("a geometry is refused with the same words by constructors and loaders", "[conv]") {
  const auto problem = [](tensor_shape f, const window& w, index_t groups, index_t limit) {
    const reason why = geometry(f, w, groups).problem(limit);
    return std::string(why ? why.text() : "");
  };
  const window w = square_window(3);
  CHECK(problem({4, 3, 3, 5}, w, 2, 65535).empty());
  CHECK(problem({4, 3, 2, 5}, w, 1, 65535) == "filters of 3x2 for a window of 3x3");
  CHECK(problem({4, 3, 3, 5}, w, 3, 65535) ==
        "3 groups for 4 output channels: they must divide them");
  CHECK(problem({4, 3, 3, 5}, w, 1, 2) ==
        "a window of size 3, stride 1, dilation 1 down: each must be 1 to 2");
  const geometry g({4, 3, 3, 5}, w, 2);
  CHECK((g.in_channels() == 10 && g.out_channels() == 4 && g.group_outputs() == 2));
  CHECK(g.depth() == 45);
  CHECK(g.output_shape({2, 7, 8, 10}, "op") == tensor_shape{2, 5, 6, 4});
  CHECK(test::error_of([&] {
          g.require_channels({2, 7, 8, 5}, "op");
        }) == "op: images of 7x8x5 for 2 groups of 5 channels");
  geometry from = g;
  const geometry to = static_cast<geometry&&>(from);
  CHECK((from.out_channels() == 0 && to.out_channels() == 4));
}

TEST_CASE("a window table says where every tap of every window lies", "[conv]") {
  struct run {
    index_t distance, first, taps;
  };
  const window w{{3, 2, 1, 0, 0}, {2, 1, 3, 0, 0}};
  const tensor_shape in{2, 7, 9, 1}, out{2, 3, 6, 1};
  const image_strides strides{1000, 50, 4};
  window_table<run> table(w, out, out.batch * out.height);
  int made = 0;
  const auto make = [&](index_t distance, index_t first, index_t taps) {
    ++made;
    return run{distance, first, taps};
  };
  table.lay_out(w, strides, false, make);
  REQUIRE((table.size() == out.pixels() && table.run_count() == 6));
  detail::core::for_each_window(in, w, [&](const detail::core::output_pixel& at, auto, auto) {
    for (index_t t = 0; t < 6; ++t) {
      const run& r = table.runs()[t];
      REQUIRE((r.first == t && r.taps == 1));
      const index_t y = detail::core::tap_position(w.vertical, at.y, t / 2),
                    x = detail::core::tap_position(w.horizontal, at.x, t % 2);
      REQUIRE(table.starts()[at.number] + r.distance == at.image * 1000 + y * 50 + x * 4);
    }
  });
  // The same strides are not laid out again; others are.
  made = 0;
  table.lay_out(w, strides, false, make);
  CHECK(made == 0);
  table.lay_out(w, {1000, 60, 4}, true, make);
  CHECK((made == 3 && table.run_count() == 3 && table.runs()[1].taps == 2));
  CHECK(table.runs()[2].distance == 120);
  CHECK(table.starts()[7] == 124);  // window (1, 1): two rows of the image down, one pixel across
}

TEST_CASE("a padding correction takes off what the padding's code added", "[conv]") {
  packed_tensor<ternary> filters({2, 3, 3, 5});
  for (index_t r = 0; r < 18; ++r)
    for (index_t c = 0; c < 5; ++c)
      filters.mutable_pixels().set_code(r, c,
                                        static_cast<code_t>((r * 7 + c) % 3 == 0   ? 0
                                                            : (r * 7 + c) % 3 == 1 ? 1
                                                                                   : 3));
  const window w = square_window(3, 2, 1);
  const geometry g(filters.shape(), w);
  const tensor_shape in{1, 4, 5, 5}, out = g.output_shape(in, "op");
  const auto no_sums = [](index_t) { return std::uint32_t{0}; };
  const padding_correction correction(filters.view(), -1);
  const class_terms terms = correction.terms_for(g, in, out, false, no_sums);
  CHECK(terms.count == 6);  // 4 rows: top and middle; 5 columns: left, middle and right
  const auto add = terms.offsets(2, false);
  detail::core::for_each_window(
      in, w,
      [&](const detail::core::output_pixel& at, detail::core::tap_range vertical,
          detail::core::tap_range horizontal) {
        for (index_t o = 0; o < 2; ++o) {
          std::int32_t on_padding = 0;
          for (index_t t = 0; t < 9; ++t)
            if (t / 3 < vertical.first || t / 3 >= vertical.last || t % 3 < horizontal.first ||
                t % 3 >= horizontal.last)
              for (index_t c = 0; c < 5; ++c)
                on_padding += value<ternary>(filters.code(o, t / 3, t % 3, c));
          REQUIRE(static_cast<std::int32_t>(add.rhs_of(at.number)[o]) == on_padding);
        }
      });
  // With bit sums both are in the terms, and the reference still gets the corrections alone.
  const class_terms both = correction.terms_for(
      g, in, out, true, [](index_t o) { return static_cast<std::uint32_t>(100 * (o + 1)); });
  for (index_t i = 0; i < both.count * 2; ++i)
    REQUIRE(both.terms[i] == terms.padding[i] + static_cast<std::uint32_t>(100 * (i % 2 + 1)));
  CHECK(both.offsets(2, true).rhs == both.padding.data());
  CHECK(both.offsets(2, false).rhs == both.terms.data());
  // Nothing is corrected without a surplus, or without padding.
  CHECK(padding_correction(filters.view(), 0).terms_for(g, in, out, false, no_sums).bytes() == 0);
  const geometry inside(filters.shape(), square_window(3));
  CHECK(correction.terms_for(inside, in, inside.output_shape(in, "op"), false, no_sums).count == 1);
}

TEST_CASE("bands of rows cover a result once, and hold the rows that they look at", "[conv]") {
  for (const tensor_shape in : {tensor_shape{3, 20, 30, 3}, tensor_shape{2, 300, 400, 16}})
    for (const window& w : {square_window(3, 1, 1), square_window(5, 2, 2), square_window(1, 3)}) {
      const tensor_shape out{in.batch, w.vertical.outputs(in.height),
                             w.horizontal.outputs(in.width), 1};
      const row_bands bands(w, in, out, 8);
      for (const index_t room : {bands.needed(), bands.needed() + 7, bands.all_rows()}) {
        index_t row = 0;
        while (row < bands.result_rows()) {
          const row_band band = bands.next(row, bands.result_rows(), room);
          REQUIRE((band.rows >= 1 && band.rows <= bands.most_rows()));
          REQUIRE((band.seen <= room && band.top + band.seen <= bands.all_rows()));
          for (index_t r = row; r < row + band.rows; ++r) {
            const index_t first =
                r / out.height * bands.height() + r % out.height * w.vertical.stride;
            REQUIRE((first >= band.top && first + w.vertical.extent() <= band.top + band.seen));
          }
          row += band.rows;
        }
        CHECK(row == bands.result_rows());
      }
    }
}

}  // namespace test_tables
