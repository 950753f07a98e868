// epilogue/: integers stored and added, scales and biases, chains; and that no compiler flag
// changes a float.
#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/integers.hpp"

#include <bit>
#include <limits>

#include "batch_norm.hpp"
#include "support/catch.hpp"

namespace test_stores {

using namespace lowbit;

namespace {

constexpr std::int32_t sums[2][4] = {{1, -2, 3, 99}, {40, 50, -60, 99}};
constexpr accumulator_tile tile{&sums[0][0], 4};
constexpr tile_place place{1, 2, 2, 3};

#if LOWBIT_X86
#define LOWBIT_TEST_FMA [[gnu::target("avx2,fma"), gnu::noinline]]
#else
#define LOWBIT_TEST_FMA [[gnu::noinline]]
#endif

/// The same formulas compiled with and without fused multiply-add.
struct plain {
  [[gnu::noinline]] static float scaled_sum(std::int32_t sum, float scale, float bias) {
    return static_cast<float>(scaled(sum, scale) + static_cast<double>(bias));
  }
  [[gnu::noinline]] static float normalised(float x, float mean, float scale, float beta) {
    return detail::epilogues::normalise(x, mean, scale, beta);
  }
};
struct fused {
  LOWBIT_TEST_FMA static float scaled_sum(std::int32_t sum, float scale, float bias) {
    return static_cast<float>(scaled(sum, scale) + static_cast<double>(bias));
  }
  LOWBIT_TEST_FMA static float normalised(float x, float mean, float scale, float beta) {
    return detail::epilogues::normalise(x, mean, scale, beta);
  }
};

bool has_fma() {
#if LOWBIT_X86
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return true;
#endif
}

}  // namespace

TEST_CASE("store_integers and add_integers touch their tile only", "[epilogue]") {
  matrix<std::int32_t> out(4, 6);
  store_integers{out.view()}(tile, place);
  add_integers{out.view()}(tile, place);
  for (index_t r = 0; r < 4; ++r)
    for (index_t c = 0; c < 6; ++c) {
      const bool inside = r >= 1 && r < 3 && c >= 2 && c < 5;
      CHECK(out(r, c) == (inside ? 2 * sums[r - 1][c - 2] : 0));
    }
  add_integers{out.view()}(tile, {0, 0, 0, 0});
  CHECK(out(0, 0) == 0);
}

TEST_CASE("add_integers wraps like any order of additions", "[epilogue]") {
  matrix<std::int32_t> out(1, 1);
  out(0, 0) = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t one = 1, minus = -1;
  add_integers{out.view()}({&one, 1}, {0, 0, 1, 1});
  CHECK(out(0, 0) == std::numeric_limits<std::int32_t>::min());
  add_integers{out.view()}({&minus, 1}, {0, 0, 1, 1});
  CHECK(out(0, 0) == std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("store_affine: scales per row, per column, for all, or none", "[epilogue]") {
  const std::vector<float> rows{9, 2, 0.5f}, cols{9, 9, 1, 10, 100}, bias{9, 9, 0.25f, -1, 0},
      one{3};
  matrix<float> out(3, 5);
  store_affine{out.view(), rows, cols, bias}(tile, place);
  for (index_t r = 0; r < 2; ++r)
    for (index_t c = 0; c < 3; ++c)
      CHECK(out(r + 1, c + 2) == static_cast<float>(sums[r][c]) *
                                         rows[static_cast<std::size_t>(r + 1)] *
                                         cols[static_cast<std::size_t>(c + 2)] +
                                     bias[static_cast<std::size_t>(c + 2)]);
  store_affine{out.view(), one, {}, one}(tile, place);
  CHECK(out(2, 4) == -60 * 3 + 3);
  store_affine{out.view(), {}, {}, {}}(tile, place);
  CHECK(out(2, 4) == -60);
  CHECK(out(0, 0) == 0);
}

TEST_CASE("a chain runs its parts in order on the same tile", "[epilogue]") {
  matrix<std::int32_t> integers(3, 5);
  matrix<float> float_epilogue(3, 5);
  const std::vector<float> half{0.5f};
  const chain bit_and(store_integers{integers.view()}, add_integers{integers.view()},
                      store_affine{float_epilogue.view(), half, {}, {}});
  STATIC_REQUIRE(epilogue<decltype(bit_and)>);
  bit_and(tile, place);
  CHECK(integers(1, 2) == 2);
  CHECK(float_epilogue(2, 4) == -30);
}

TEST_CASE("fused multiply-add changes no bit of an epilogue or a batch norm", "[epilogue]") {
  if (!has_fma()) return;
  INFO(test::reproduce());
  auto random = test::generator(210);
  std::normal_distribution<float> normal;
  std::uniform_int_distribution<std::int32_t> sum(-(1 << 30), 1 << 30);
  for (int i = 0; i < 200000; ++i) {
    const std::int32_t s = i % 2 == 0 ? sum(random) : sum(random) >> 20;
    const float a = normal(random), b = normal(random),
                c = i % 5 == 0 ? 1e-41f * a : 1e-3f * normal(random);
    const auto x = static_cast<float>(s);
    INFO(s << ' ' << a << ' ' << b << ' ' << c);
    REQUIRE(std::bit_cast<std::uint32_t>(plain::scaled_sum(s, c, b)) ==
            std::bit_cast<std::uint32_t>(fused::scaled_sum(s, c, b)));
    REQUIRE(std::bit_cast<std::uint32_t>(plain::normalised(x, a, c, b)) ==
            std::bit_cast<std::uint32_t>(fused::normalised(x, a, c, b)));
  }
}

}  // namespace test_stores
