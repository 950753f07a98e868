// core/for_each_window.hpp: every output pixel once, in order, with the taps that lie on the image. core/shape.hpp: the
// one check of two shapes.
#include "lowbit/core/for_each_window.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_for_each_window {

using namespace lowbit;
using detail::core::tap_range;

TEST_CASE("the walk over windows sees the taps on the image, by the definition", "[window]") {
  for (const index_t size : {1, 2, 3, 5})
    for (const index_t stride : {1, 2, 7})
      for (const index_t dilation : {1, 2, 9})
        for (const index_t before : {0, 1, 4}) {
          const window w{{size, stride, dilation, before, 1}, {2, 1, 1, 0, 3}};
          const tensor_shape in{2, 6, 3, 1};
          if (w.vertical.outputs(in.height) == 0) continue;
          index_t next = 0;
          detail::core::for_each_window(
              in, w,
              [&](const detail::core::output_pixel& to, tap_range vertical, tap_range horizontal) {
                REQUIRE(to.number == next++);
                REQUIRE(to.number ==
                        (to.image * w.vertical.outputs(6) + to.y) * w.horizontal.outputs(3) + to.x);
                const auto check = [](const window_axis& a, index_t output, index_t n,
                                      tap_range taps) {
                  for (index_t t = 0; t < a.size; ++t) {
                    const index_t at = detail::core::tap_position(a, output, t);
                    REQUIRE(at == output * a.stride + t * a.dilation - a.before);
                    REQUIRE((t >= taps.first && t < taps.last) == (at >= 0 && at < n));
                  }
                };
                check(w.vertical, to.y, in.height, vertical);
                check(w.horizontal, to.x, in.width, horizontal);
              });
          CHECK(next == 2 * w.vertical.outputs(6) * w.horizontal.outputs(3));
        }
}

TEST_CASE("the walk over some rows goes on where the walk in front of it ended", "[window]") {
  const tensor_shape in{3, 4, 5, 1}, out{3, 4, 5, 1};
  std::vector<index_t> seen;
  for (const index_t first : {0, 5, 9})
    detail::core::for_each_window(in, window{}, out, first,
                                  first == 0   ? 5
                                  : first == 5 ? 9
                                               : 12,
                                  [&](const detail::core::output_pixel& to, tap_range, tap_range) {
                                    seen.push_back(to.number);
                                  });
  REQUIRE(std::ssize(seen) == 60);
  for (index_t i = 0; i < 60; ++i) REQUIRE(seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("two shapes that differ are named with the operation", "[shape]") {
  using detail::core::require_same_shape;
  require_same_shape("op", {"a", {1, 2, 3, 4}}, {"b", {1, 2, 3, 4}});
  CHECK(test::error_of([] {
          require_same_shape("op", {"the result", {1, 2, 3, 4}}, {"the output", {1, 2, 3, 5}});
        }) == "op: the result is 1x2x3x4, the output is 1x2x3x5");
  CHECK(test::error_of([] {
          detail::core::require_same_sizes("op", {"the product", 2, 3}, {"the output", 3, 2});
        }) == "op: the product is 2x3, the output is 3x2");
}

}  // namespace test_for_each_window
