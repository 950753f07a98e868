// product/partition.hpp: the parts of a product cover every element once and never share a word of columns.
#include "lowbit/product/partition.hpp"

#include <vector>

#include "support/catch.hpp"

namespace test_partition {

using namespace lowbit;
using detail::product::product_part;
using detail::product::product_partition;
using detail::product::product_shape;

TEST_CASE("parts cover every element once", "[ops]") {
  for (const index_t rows : {0, 1, 7, 49, 64, 100, 301})
    for (const index_t cols : {0, 1, 63, 64, 65, 200, 1000})
      for (const index_t quantum : {64, 128})
        for (const index_t threads : {1, 2, 3, 64}) {
          INFO(rows << 'x' << cols << ", quantum " << quantum << ", " << threads << " threads");
          const product_partition plan({rows, cols, 64, 1, 4}, quantum, threads);
          std::vector<int> visits(static_cast<std::size_t>(rows * cols));
          for (index_t i = 0; i < plan.parts(); ++i) {
            const product_part part = plan.part(i);
            REQUIRE(part.first_row < part.end_row);
            REQUIRE(part.first_col < part.end_col);
            REQUIRE(part.first_col % quantum == 0);
            REQUIRE((part.end_col % quantum == 0 || part.end_col == cols));
            for (index_t r = part.first_row; r < part.end_row; ++r)
              for (index_t c = part.first_col; c < part.end_col; ++c)
                ++visits[static_cast<std::size_t>(r * cols + c)];
          }
          bool once = true;
          for (const int v : visits) once = once && v == 1;
          REQUIRE(once);
        }
}

TEST_CASE("work is cut only where it pays, and then for all threads", "[ops]") {
  const auto parts = [](const product_shape& shape, index_t threads) {
    return product_partition(shape, 64, threads).parts();
  };
  CHECK(parts({1024, 1024, 16, 1, 1}, 1) == 1);
  CHECK(parts({64, 64, 1, 1, 1}, 8) == 1);
  CHECK(parts({1024, 1024, 16, 1, 1}, 2) == 8);
  CHECK(parts({1, 4096, 64, 1, 1}, 2) == 8);
  CHECK(parts({128, 128, 256, 1, 1}, 64) <= 256);
}

TEST_CASE("a block fits the caches, is even, and never empty", "[ops]") {
  using detail::product::blocks_of;
  const auto rows = [](const product_shape& shape) { return blocks_of(shape, 64, 1).rows; };
  CHECK(rows({100, 65, 0, 1, 1}) == 40);
  CHECK(rows({49, 65, 9, 1, 1}) == 49);       // under two strips of 32: not cut
  CHECK(rows({1024, 65, 16, 1, 1}) == 32);    // 32 rows of 128 bytes: 4 KiB
  CHECK(rows({1024, 64, 16, 1, 1}) == 1024);  // a single panel: nothing to keep the rows for
  CHECK(rows({1000, 65, 16, 1, 1}) == 40);    // 31 strips of 32.3
  CHECK(rows({1000, 65, 128, 1, 1}) == 24);   // 16 fit: 62 strips of 16.1
  CHECK(rows({1000, 65, 128, 4, 1}) == 8);    // never less than a tile
  const auto cols = [](index_t panel_bytes) {
    return blocks_of({64, 4096, 16, 1, 1}, 64, panel_bytes).cols;
  };
  CHECK(cols(8 * 1024) == 64 * 64);
  CHECK(cols(1024 * 1024) == 64);
}

}  // namespace test_partition
