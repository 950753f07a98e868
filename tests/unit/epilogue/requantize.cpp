// epilogue/multi_threshold.hpp: multi_thresholds equal quantizer(batch norm) for every sum, by brute force, and
// products write them as planes on every ISA.
#include "lowbit/epilogue/multi_threshold.hpp"

#include <algorithm>

#include "batch_norm.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/oracle.hpp"
#include "support/random_codes.hpp"
#include "support/tails.hpp"

namespace test_requantize {

using namespace lowbit;

namespace {

template <class E, class F>
std::string first_disagreement(const multi_thresholds<E>& s, const F& f, std::int32_t largest) {
  for (index_t c = 0; c < s.size(); ++c)
    for (std::int32_t sum = -largest; sum <= largest; ++sum)
      if (s(sum, c) != f(sum, c))
        return "channel " + std::to_string(c) + ", sum " + std::to_string(sum);
  return {};
}

/// A code of E that rises with sum / width, clipped to its ends; channels with odd number fall.
template <class E>
code_t step_code(std::int32_t sum, index_t channel) {
  const std::int32_t width = static_cast<std::int32_t>(channel) / 2;
  const int codes = 1 << E::plane_count;
  int position = width == 0 ? codes / 3 : (sum + 1000 * width) / width - 1000 + codes / 2;
  position = std::clamp(position, 0, codes - 1);
  if (channel % 2 == 1) position = codes - 1 - position;
  static const auto sorted = [] {
    auto all = test::all_codes(E{});
    std::ranges::sort(all, {}, [](code_t c) { return test::meaning(E{}, c); });
    return all;
  }();
  return sorted[static_cast<std::size_t>(position)];
}

}  // namespace

TEMPLATE_TEST_CASE("multi_thresholds agree with their functions for every sum", "[epilogue]",
                   binary, unsigned_bits<1>, unsigned_bits<2>, unsigned_bits<3>, signed_bits<2>,
                   signed_bits<4>, bipolar_bits<3>, unsigned_bits<8>) {
  for (const std::int32_t largest : {0, 1, 5, test::thorough ? 60 : 9}) {
    const auto s = requantize<TestType>(step_code<TestType>, 14, largest);
    INFO("largest sum " << largest);
    CHECK(first_disagreement(s, step_code<TestType>, largest) == "");
  }
}

TEST_CASE("batch norm and a quantizer: every sum, any gamma", "[epilogue]") {
  INFO(test::reproduce());
  for (const std::int32_t largest : {0, 1, 9, 784}) {
    const auto check = [&](const auto& q, const batch_norm& bn, float scale) {
      const auto float_path = [&](std::int32_t sum, index_t c) {
        return encode(q, bn(static_cast<float>(scaled(sum, scale)), c));
      };
      CHECK(first_disagreement(requantize(q, bn, scale, largest), float_path, largest) == "");
      CHECK(first_disagreement(requantize(q, bn, scale), float_path, largest) == "");
    };
    const auto adversarial = test::adversarial_norms();
    const auto random = test::random_norms(50, static_cast<float>(largest) / 3, 200);
    check(dorefa_activation<2>{}, adversarial.norm(), 1.0f);
    check(dorefa_activation<3>{}, random.norm(), 0.37f);
    check(sign{}, random.norm(), 1.0f);
  }
}

TEST_CASE("largest sums that leave no room are refused", "[epilogue]") {
  for (const std::int32_t largest : {-1, 2147483646, 2147483647})
    CHECK_THAT(
        test::error_of([&] {
          static_cast<void>(requantize<unsigned_bits<2>>(step_code<unsigned_bits<2>>, 3, largest));
        }),
        ContainsSubstring("largest sum is " + std::to_string(largest)));
}

// Each encoding compiles all bodies again: one from 0 up and one around it stand for all.
TEMPLATE_TEST_CASE("products store codes as planes on every ISA", "[epilogue]", unsigned_bits<2>,
                   signed_bits<3>) {
  INFO(test::reproduce());
  using E = TestType;
  for (const index_t cols : {1, 15, 16, 64, 77, 130}) {
    auto random = test::generator(840);
    const auto a = pack<binary>(
        test::random_codes<binary>(9, 90, test::fill::uniform, test::side::lhs, random).view());
    const auto b = pack<binary>(
        test::random_codes<binary>(cols, 90, test::fill::uniform, test::side::rhs, random).view());
    const auto stairs = requantize<E>(step_code<E>, cols, 90);
    const auto sums = gemm(a, b, on(isa::scalar{}));
    test::on_every_isa([&](auto tag) {
      packed_matrix<E> out(9, cols);
      const store_codes<E> store{stairs, out.mutable_row(0), out.row_stride(), out.plane_stride()};
      gemm_with(a, prepare(packed_matrix<binary>(b), on(tag)), store, on(tag));
      std::string wrong;
      for (index_t r = 0; r < 9; ++r)
        for (index_t c = 0; c < cols; ++c)
          if (out.code(r, c) != step_code<E>(sums(r, c), c))
            wrong = std::to_string(r) + ", " + std::to_string(c);
      CHECK(wrong == "");
      CHECK(test::zero_tails(out));
    });
  }
}

TEST_CASE("store_codes refuses a destination that does not fit", "[epilogue]") {
  const packed_matrix<binary> a(3, 70), b(100, 70);
  const auto stairs = requantize<unsigned_bits<2>>(step_code<unsigned_bits<2>>, 100, 70);
  std::vector<word> words(64);
  CHECK_THAT(
      test::error_of([&] {
        static_cast<void>(gemm_with(a, packed_matrix<binary>(99, 70),
                                    store_codes<unsigned_bits<2>>{stairs, words.data(), 4, 2}));
      }),
      ContainsSubstring("100 channels for 99 columns"));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(
                   gemm_with(a, b, store_codes<unsigned_bits<2>>{stairs, words.data(), 2, 1}));
             }),
             ContainsSubstring("planes of 1 words"));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(
                   gemm_with(a, b, store_codes<unsigned_bits<2>>{stairs, words.data(), 3, 2}));
             }),
             ContainsSubstring("rows of 3 words"));
}

}  // namespace test_requantize
