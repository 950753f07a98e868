#include <lowbit/core/xxh32.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace test_xxh32 {

using namespace lowbit;

namespace {

std::uint32_t hash(const std::string& text, std::uint32_t seed = 0) {
  return xxh32(std::vector<std::uint8_t>(text.begin(), text.end()), seed);
}

}  // namespace

TEST_CASE("XXH32 has its published values") {
  CHECK(hash("") == 0x02cc5d05u);
  CHECK(hash("a") == 0x550d7456u);
  CHECK(hash("abc") == 0x32d153ffu);
  CHECK(hash("Nobody inspects the spammish repetition") == 0xe2293b2fu);
}

TEST_CASE("XXH32 of two numbers is that of their eight bytes") {
  for (const std::uint32_t seed : {0u, 7u, 0xffffffffu})
    for (const std::uint32_t a : {0u, 1u, 999u, 0x12345678u, 0xffffffffu})
      for (const std::uint32_t b : {0u, 783u, 0x80000000u, 0xffffffffu}) {
        std::vector<std::uint8_t> bytes;
        for (const std::uint32_t n : {a, b})
          for (int i = 0; i < 32; i += 8) bytes.push_back(static_cast<std::uint8_t>(n >> i & 255));
        CHECK(xxh32_of_pair(a, b, seed) == xxh32(bytes, seed));
      }
  // From a program of its own, which has the published values as well.
  CHECK(xxh32_of_pair(0, 0, 0) == 0xdeb39513u);
  CHECK(xxh32_of_pair(999, 783, 7) == 0xa2852be0u);
  CHECK(xxh32_of_pair(0xffffffffu, 0xffffffffu, 0xffffffffu) == 0xa01706a2u);
}

}  // namespace test_xxh32
