#include <lowbit/compress/relative_index.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_relative_index {

using namespace lowbit;

namespace {

struct entries {
  std::vector<code_t> stored;
  std::vector<index_t> from;
};
entries encode(const std::vector<index_t>& positions, int bits) {
  entries out;
  compress::for_each_gap(positions, bits, [&](code_t gap, index_t i) {
    out.stored.push_back(gap);
    out.from.push_back(i);
  });
  return out;
}
std::string refused(const std::vector<code_t>& stored, int bits, index_t length) {
  const reason why = relative_index_problem(stored, bits, length);
  return why ? why.text() : "nothing";
}

}  // namespace

TEST_CASE("gaps of every width decode to the positions") {
  auto random = test::generator(71);
  INFO(test::reproduce());
  for (const double share : {1.0, 0.5, 0.1, 0.01, 0.0})
    for (const index_t length : {index_t{0}, index_t{1}, index_t{77}, index_t{3000}}) {
      std::vector<index_t> positions;
      for (index_t k = 0; k < length; ++k)
        if (std::generate_canonical<double, 32>(random) < share) positions.push_back(k);
      for (int bits = 1; bits <= 8; ++bits) {
        const entries e = encode(positions, bits);
        CHECK(compress::entries_of(positions, bits) == static_cast<index_t>(e.stored.size()));
        CHECK(refused(e.stored, bits, length) == "nothing");
        std::vector<index_t> decoded;
        detail::kernel::for_each_position(e.stored, [&](index_t position, std::size_t i) {
          if (e.from[i] >= 0)
            decoded.push_back(position);
          else
            CHECK(e.stored[i] == (1 << bits) - 1);
        });
        CHECK(decoded == positions);
      }
    }
}

TEST_CASE("the longest gap needs no filler, one more needs one") {
  CHECK(encode({7}, 3).stored == std::vector<code_t>{7});
  CHECK(encode({8}, 3).stored == std::vector<code_t>{7, 0});
  CHECK(encode({16}, 3).stored == std::vector<code_t>{7, 7, 0});
  CHECK(encode({255, 511}, 8).stored == std::vector<code_t>{255, 255});
}

TEST_CASE("the best width has the fewest bits") {
  auto random = test::generator(72);
  INFO(test::reproduce());
  std::vector<index_t> positions;
  for (index_t k = 0; k < 20000; ++k)
    if (random() % 12 == 0) positions.push_back(k);
  for (const int value_bits : {0, 4, 8}) {
    const int best = compress::best_gap_bits(positions, value_bits);
    for (int bits = 1; bits <= 8; ++bits)
      CHECK(compress::entries_of(positions, best) * (best + value_bits) <=
            compress::entries_of(positions, bits) * (bits + value_bits));
  }
  CHECK(compress::best_gap_bits({}, 4) == 1);
}

TEST_CASE("gaps that are no entries of a row") {
  CHECK(refused({1, 2}, 3, 5) == "nothing");
  CHECK(refused({1, 2}, 3, 4) == "the last entry is at position 4 of 4 elements");
  CHECK(refused({8}, 3, 100) == "entry 0 stores 8, which has more than 3 bits");
  CHECK(refused({0, 0, 0}, 3, 2) == "3 entries in 2 elements");
  CHECK(refused({0}, 9, 2) == "gaps of 9 bits: there must be 1 to 8");
}

TEST_CASE("errors of gaps") {
  CHECK_THAT(test::error_of([] { encode({0}, 0); }), ContainsSubstring("gaps of 0 bits"));
  CHECK_THAT(test::error_of([] {
               encode({3, 3}, 4);
             }),
             ContainsSubstring("position 1 is 3 and follows 3"));
  CHECK_THAT(test::error_of([] { encode({-1}, 4); }), ContainsSubstring("position 0 is -1"));
}

}  // namespace test_relative_index
