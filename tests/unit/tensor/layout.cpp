// tensor/depth_layout.hpp: where an element sits, against a model that lays elements down one by
// one.
#include "lowbit/tensor/depth_layout.hpp"

#include <vector>

#include "support/catch.hpp"

namespace test_layout {

using namespace lowbit;

namespace {

/// Bit positions of all elements: a new segment starts at the next free word.
std::vector<index_t> naive_bits(index_t depth, index_t segment) {
  std::vector<index_t> bits;
  index_t next = 0;
  for (index_t k = 0; k < depth; ++k) {
    if (segment > 0 && k > 0 && k % segment == 0 && segment < depth)
      while (next % word_bits != 0) ++next;
    bits.push_back(next++);
  }
  return bits;
}

}  // namespace

TEST_CASE("depth_layout places elements like the naive model", "[tensor]") {
  for (const index_t segment : {0, 1, 2, 31, 40, 48, 63, 64, 65, 80, 127, 128, 200, 1000})
    for (const index_t depth : {0, 1, 2, 39, 40, 41, 63, 64, 65, 127, 128, 129, 200, 257}) {
      INFO("depth " << depth << ", segment " << segment);
      const depth_layout layout(depth, segment);
      const std::vector<index_t> bits = naive_bits(depth, segment);
      for (index_t k = 0; k < depth; ++k)
        REQUIRE(layout.bit_index(k) == bits[static_cast<std::size_t>(k)]);
      CHECK(layout.words() == (bits.empty() ? 0 : bits.back() / word_bits + 1));
      index_t elements = 0;
      for (index_t i = 0; i < layout.runs(); ++i) {
        const depth_run run = layout.run(i);
        REQUIRE(run.depth > 0);
        REQUIRE(run.first_word * word_bits == layout.bit_index(elements));
        elements += run.depth;
      }
      CHECK(elements == depth);
    }
}

TEST_CASE("layouts without gaps compare equal", "[tensor]") {
  CHECK(depth_layout(200, 64) == depth_layout(200));
  CHECK(depth_layout(200, 200) == depth_layout(200));
  CHECK(depth_layout(200, 500) == depth_layout(200));
  CHECK_FALSE(depth_layout(200, 40) == depth_layout(200));
  CHECK_FALSE(depth_layout(200, 40) == depth_layout(200, 48));
  CHECK_FALSE(depth_layout(200) == depth_layout(201));
}

}  // namespace test_layout
