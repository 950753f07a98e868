// core/random.hpp: the known answers of Philox4x32-10, and streams that do not depend on order.
#include "lowbit/core/random.hpp"

#include "support/catch.hpp"

namespace test_random {

using namespace lowbit;

TEST_CASE("Philox4x32-10 gives the known answers of Random123", "[core]") {
  using four = std::array<std::uint32_t, 4>;
  STATIC_REQUIRE(philox4x32({0, 0, 0, 0}, {0, 0}) ==
                 four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  STATIC_REQUIRE(
      philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
      four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  STATIC_REQUIRE(
      philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
      four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is Philox at (position / 4, stream) under the seed", "[core]") {
  constexpr std::uint64_t seed = 0x123456789abcdef0, stream = 0xfedcba9876543210;
  const random_stream floats(seed, stream);
  for (const index_t i :
       {index_t{0}, index_t{1}, index_t{7}, index_t{1} << 33, (index_t{1} << 62) + 3}) {
    const auto position = static_cast<std::uint64_t>(i) / 4;
    const auto block =
        philox4x32({static_cast<std::uint32_t>(position),
                    static_cast<std::uint32_t>(position >> 32), 0x76543210u, 0xfedcba98u},
                   {0x9abcdef0u, 0x12345678u});
    CHECK(floats.bits(i) == block[static_cast<std::size_t>(i % 4)]);
  }
}

TEST_CASE("a number depends on seed, stream and position only", "[core]") {
  const random_stream a(1), b(1, 0), other_seed(2), other_stream(1, 1);
  std::array<std::uint32_t, 1000> forward{};
  for (index_t i = 0; i < 1000; ++i) forward[static_cast<std::size_t>(i)] = b.bits(i);
  int equal_seed = 0, equal_stream = 0;
  for (index_t i = 999; i >= 0; --i) {
    CHECK(a.bits(i) == forward[static_cast<std::size_t>(i)]);
    equal_seed += a.bits(i) == other_seed.bits(i) ? 1 : 0;
    equal_stream += a.bits(i) == other_stream.bits(i) ? 1 : 0;
  }
  CHECK(equal_seed <= 1);
  CHECK(equal_stream <= 1);
}

TEST_CASE("uniforms are 64 uniform numbers from any position", "[core]") {
  const random_stream floats(0x123456789abcdef0, 0xfedcba9876543210);
  constexpr index_t far = index_t{1} << 34;  // where the counter's second word begins
  for (const index_t first : {index_t{0}, index_t{1}, index_t{2}, index_t{3}, index_t{64},
                              index_t{1001}, far - 64, far - 63, far - 31, far - 2, far}) {
    float together[64];
    floats.uniforms(first, together);
    for (index_t i = 0; i < 64; ++i) {
      INFO("number " << first << " + " << i);
      REQUIRE(together[i] == floats.uniform(first + i));
    }
  }
}

TEST_CASE("uniform numbers lie from 0 to below 1, with the moments of a uniform", "[core]") {
  const random_stream floats(7);
  double sum = 0, squares = 0;
  float min_of = 1, most = 0;
  constexpr int n = 1 << 16;
  for (index_t i = 0; i < n; ++i) {
    const float u = floats.uniform(i);
    min_of = u < min_of ? u : min_of;
    most = u > most ? u : most;
    sum += static_cast<double>(u);
    squares += static_cast<double>(u) * static_cast<double>(u);
  }
  CHECK((min_of >= 0 && most < 1));
  CHECK(sum / n == Approx(0.5).margin(0.005));
  CHECK(squares / n == Approx(1.0 / 3).margin(0.005));
}

}  // namespace test_random
