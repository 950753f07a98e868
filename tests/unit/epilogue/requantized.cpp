// epilogue/requantized.hpp: bytes out of sums, against the formula, and against the corners of the two roundings.
#include "lowbit/epilogue/requantized.hpp"

#include <vector>

#include "lowbit/product/gemm.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

using namespace lowbit;

namespace {

/// The epilogue alone, on a tile of one sum.
template <class T, class R>
int one(std::int32_t sum, const R& rescale, int zero_point = 0) {
  matrix<T> out(1, 1);
  const store_requantized to{out.view(), rescale, {}, zero_point};
  to.require_shape(1, 1);
  to(accumulator_tile{&sum, 1}, tile_place{0, 0, 1, 1});
  return out(0, 0);
}

}  // namespace

TEST_CASE("requantized: bytes of a product equal the formula on every ISA", "[epilogue]") {
  auto random = test::generator(91);
  const auto a =
      test::random_codes<unsigned_bits<8>>(9, 70, test::fill::uniform, test::side::lhs, random);
  const auto b =
      test::random_codes<signed_bits<8>>(21, 70, test::fill::uniform, test::side::rhs, random);
  const auto x = pack<unsigned_bits<8>>(a.view());
  const auto w = pack<signed_bits<8>>(b.view());
  const auto sums = test::product<unsigned_bits<8>, signed_bits<8>>(a, b);
  std::vector<fixed_multiplier> multipliers;
  std::vector<float> scales;
  std::vector<std::int32_t> bias;
  for (int n = 0; n < 21; ++n) {
    multipliers.push_back(fixed_multiplier::nearest(0.001 + 0.0003 * n));
    scales.push_back(0.001f + 0.0003f * static_cast<float>(n));
    bias.push_back(1000 - 97 * n);
  }
  test::on_every_isa([&](any_isa isa) {
    const auto prepared = prepare(w, x.format(), on(isa));
    matrix<std::int8_t> fixed(9, 21);
    matrix<std::uint8_t> floats(9, 21);
    gemm_with(x, prepared, store_requantized{fixed.view(), fixed_rescale{multipliers}, bias, -3},
              on(isa));
    gemm_with(x, prepared,
              store_requantized{floats.view(), float_rescale{scales}, bias, 128, 5, 250}, on(isa));
    for (index_t r = 0; r < 9; ++r)
      for (index_t n = 0; n < 21; ++n) {
        const auto at = static_cast<std::size_t>(n);
        const auto sum = static_cast<std::int32_t>(sums(r, n)) + bias[at];
        REQUIRE(fixed(r, n) == std::clamp(-3 + multipliers[at](sum), -128, 127));
        const auto scaled = static_cast<int>(
            round_half_even(static_cast<double>(static_cast<float>(sum) * scales[at])));
        REQUIRE(floats(r, n) == std::clamp(128 + scaled, 5, 250));
      }
  });
}

TEST_CASE("requantized: ties, saturation and the ends of int32", "[epilogue]") {
  const fixed_multiplier half[] = {fixed_multiplier::nearest(0.5)};
  const fixed_multiplier quarter[] = {fixed_multiplier::nearest(0.25)};
  const float halves[] = {0.5f};
  // gemmlowp rounds twice, so a tie of 1/2 goes up, one of -1/2 to zero; ONNX goes to even.
  CHECK(one<std::int8_t>(3, fixed_rescale{half}) == 2);
  CHECK(one<std::int8_t>(-3, fixed_rescale{half}) == -1);
  CHECK(one<std::int8_t>(-6, fixed_rescale{quarter}) == -2);
  CHECK(one<std::int8_t>(1, float_rescale{halves}) == 0);
  CHECK(one<std::int8_t>(3, float_rescale{halves}) == 2);
  CHECK(one<std::int8_t>(-3, float_rescale{halves}) == -2);
  CHECK(one<std::int8_t>(5, float_rescale{halves}) == 2);
  constexpr auto least = (std::numeric_limits<std::int32_t>::min)();
  constexpr auto most = (std::numeric_limits<std::int32_t>::max)();
  for (const int zero : {-128, 0, 127}) {
    CHECK(one<std::int8_t>(least, fixed_rescale{half}, zero) == -128);
    CHECK(one<std::int8_t>(most, fixed_rescale{half}, zero) == 127);
    CHECK(one<std::int8_t>(least, float_rescale{halves}, zero) == -128);
    CHECK(one<std::int8_t>(most, float_rescale{halves}, zero) == 127);
  }
  const float huge[] = {3e38f};
  CHECK(one<std::uint8_t>(most, float_rescale{huge}) == 255);
  CHECK(one<std::uint8_t>(least, float_rescale{huge}, 7) == 0);
}

TEST_CASE("requantized: shapes and numbers that do not fit are refused", "[epilogue]") {
  matrix<std::int8_t> out(2, 3);
  const float scales[] = {1, 1};
  const float one_scale[] = {1};
  const std::int32_t biases[] = {1, 2};
  CHECK_THROWS_WITH((store_requantized{out.view(), float_rescale{scales}}.require_shape(2, 3)),
                    ContainsSubstring("2 multipliers: it takes one, or 3"));
  CHECK_THROWS_WITH(
      (store_requantized{out.view(), float_rescale{one_scale}, biases}.require_shape(2, 3)),
      ContainsSubstring("2 biases: it takes one, or 3"));
  CHECK_THROWS_WITH((store_requantized{out.view(), float_rescale{one_scale}}.require_shape(2, 4)),
                    ContainsSubstring("2x4"));
  CHECK_THROWS_WITH(
      (store_requantized{out.view(), float_rescale{one_scale}, {}, 128}.require_shape(2, 3)),
      ContainsSubstring("a zero point of 128: it must be in -128 ... 127"));
  CHECK_THROWS_WITH(
      (store_requantized{out.view(), float_rescale{one_scale}, {}, 0, 5, 4}.require_shape(2, 3)),
      ContainsSubstring("bounds of 5 ... 4"));
}
