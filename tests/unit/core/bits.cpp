// core/bits.hpp: bits between any two places, and none beside them.
#include "lowbit/core/bits.hpp"

#include "lowbit/core/random.hpp"
#include "support/catch.hpp"

namespace test_bits {

using namespace lowbit;

namespace {

bool bit(const word* row, index_t i) { return (row[i / word_bits] >> i % word_bits & 1) != 0; }

}  // namespace

TEST_CASE("bits move between any two places and leave their neighbours", "[bits]") {
  const random_stream random(95);
  word from[4], old[4];
  for (index_t i = 0; i < 4; ++i) {
    from[i] = random.bits(2 * i) | word{random.bits(2 * i + 1)} << 32;
    old[i] = ~from[i] * 3;
  }
  for (const index_t count : {0, 1, 5, 63, 64, 65, 100, 128})
    for (const index_t first : {0, 1, 17, 63, 64, 100})
      for (const index_t to_first : {0, 1, 31, 63, 64, 120}) {
        word to[4] = {old[0], old[1], old[2], old[3]};
        detail::core::move_bits(from, first, count, to, to_first);
        INFO(count << " bits from " << first << " to " << to_first);
        for (index_t i = 0; i < 256; ++i) {
          const bool moved = i >= to_first && i < to_first + count;
          REQUIRE(bit(to, i) == (moved ? bit(from, first + i - to_first) : bit(old, i)));
        }
      }
}

TEST_CASE("eight bytes become the planes of their bits, and back", "[bits]") {
  const random_stream random(96);
  for (index_t i = 0; i < 200; ++i) {
    const word x = random.bits(2 * i) | word{random.bits(2 * i + 1)} << 32;
    const word planes = detail::core::transpose_eight(x);
    for (int byte = 0; byte < 8; ++byte)
      for (int b = 0; b < 8; ++b)
        REQUIRE((planes >> (8 * b + byte) & 1) == (x >> (8 * byte + b) & 1));
    REQUIRE(detail::core::transpose_eight(planes) == x);
  }
}

TEST_CASE("no word without a bit of the run is touched", "[bits]") {
  word from[2] = {~word{0}, ~word{0}};
  word to[1] = {0};
  detail::core::move_bits(from, 64, 64, to, 0);  // from[2] and to[1] do not exist
  CHECK(to[0] == ~word{0});
  detail::core::put_bits(0, 4, to, 60);
  CHECK(to[0] == ~word{0} >> 4);
}

}  // namespace test_bits
