// quantize/: word codes, the controllers that choose their scales, and kernels that are functions.
#include <cmath>
#include <map>
#include <vector>

#include "lowbit/quantize/methods/circulant_filter.hpp"
#include "lowbit/quantize/methods/lbcnn_kernels.hpp"
#include "lowbit/quantize/number/flexpoint.hpp"
#include "lowbit/quantize/number/minifloat.hpp"
#include "lowbit/quantize/number/scaled_integer.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_word_codes {

using namespace lowbit;

TEST_CASE("flexpoint: codes, saturation, largest mantissa", "[quantize]") {
  STATIC_REQUIRE(word_quantizer<flexpoint<16>>);
  const flexpoint<16> q{-13};
  const std::vector<float> x{-3, 0.3f, 100, -100, std::nanf("")};
  std::vector<std::int16_t> m(5);
  CHECK(encode_words(q, x, m) == 32768);
  CHECK((m[0] == -24576 && m[2] == 32767 && m[3] == -32768));
  CHECK(q.decode(m[0]) == -3);
  CHECK(std::abs(q.decode(m[1]) - 0.3f) <= 0x1p-14f);
  CHECK_THAT(test::error_of([&] { (void)encode_words(q, x, std::span(m).first(2)); }),
             ContainsSubstring("x has 5 elements, out 2"));
  CHECK_THAT(test::error_of([&] { (void)encode_words(flexpoint<16>{900}, x, m); }),
             ContainsSubstring("exponent is 900"));
}

TEST_CASE("autoflex: steady numbers keep their exponent, growing ones are met", "[quantize]") {
  autoflex<16> controller(-8);
  int saturated = 0;
  for (int i = 0; i < 100; ++i) {
    const float largest = 4 * std::exp2(static_cast<float>(i) / 20);
    const int m = controller.format().encode(largest);
    saturated += m >= 32767 ? 1 : 0;
    controller.update(m);
  }
  CHECK(saturated == 0);
  const int exponent = controller.format().exponent;
  for (int i = 0; i < 40; ++i) controller.update(controller.format().encode(128));
  CHECK(controller.format().exponent == exponent);
  autoflex<16> fresh(20);
  bool started = false;
  for (int i = 0; i < 10 && !started; ++i) started = fresh.start(fresh.format().encode(3e-4f));
  CHECK(started);
  CHECK(fresh.format().encode(3e-4f) > 1 << 6);
}

TEST_CASE("scaled_integer: symmetric, overflow counts the end", "[quantize]") {
  const scaled_integer q{9, 1};
  CHECK((q.decode(q.encode(5)) == 511.0f / 256 && q.encode(-5) == -511));
  CHECK((q.overflows(511.0f / 256) && !q.overflows(1.99f)));
  CHECK(q.overflow_rate(std::vector<float>{0, 5, -5, 1}) == 0.5);
  CHECK(q.overflow_rate({}) == 0);
  CHECK((scaled_integer_move(0.01, 1) == 1 && scaled_integer_move(0, 0) == -1 &&
         scaled_integer_move(0, 0.1) == 0));
  std::vector<std::int16_t> none;
  CHECK_THAT(test::error_of([&] {
               (void)encode_words(scaled_integer{16, 0}, {}, none);
             }),
             ContainsSubstring("bits is 16"));
}

TEST_CASE("minifloat: every code is its own value, and neighbours are nearest", "[quantize]") {
  const minifloat<4, 3> q;
  for (int c = 0; c < 256; ++c) {
    const auto code = static_cast<std::int16_t>(c);
    INFO("code " << c);
    CHECK(q.encode(q.decode(code)) == code);
  }
  CHECK((q.decode(q.zero) == 0 && q.encode(0) == q.zero && q.encode(-0.0f) == q.zero));
  CHECK((q.decode(q.encode(1e30f)) == 480 && q.encode(std::nanf("")) == q.zero));
  CHECK(q.decode(q.encode(1.0625f)) == 1.125f);  // half away from zero
  CHECK(q.decode(q.encode(1.96875f)) == 2);      // the carry
  CHECK(q.encode(0x1.fffffep-8f) == q.zero);     // below the least, before rounding
  CHECK(q.decode(q.encode(-0x1p-7f)) == -0x1p-7f);
}

TEST_CASE("circulant filters: a full turn, and gradients that are adjoint", "[quantize]") {
  const std::vector<float> w{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::span<const float, 9> filter(w.data(), 9);
  CHECK(turned_filter(filter, 1) == std::array<float, 9>{4, 1, 2, 7, 5, 3, 8, 9, 6});
  CHECK(turned_filter(filter, 8) == turned_filter(filter, 0));
  INFO(test::reproduce());
  auto random = test::generator(77);
  std::normal_distribution<float> normal;
  for (const index_t copies : {4, 8}) {
    matrix<float> g(copies, 9);
    for (index_t i = 0; i < copies * 9; ++i) g.data()[i] = normal(random);
    const auto expanded = circulant_filter(filter, copies);
    const auto dw = circulant_gradient(g.view());
    double forward = 0, backward = 0;  // <expand(w), g> = <w, gradient(g)>
    for (index_t i = 0; i < copies * 9; ++i)
      forward += static_cast<double>(expanded.data()[i]) * static_cast<double>(g.data()[i]);
    for (std::size_t i = 0; i < 9; ++i)
      backward += static_cast<double>(w[i]) * static_cast<double>(dw[i]);
    CHECK(forward == Approx(backward).margin(1e-4));
  }
  CHECK_THAT(test::error_of([&] { (void)circulant_filter(filter, 5); }),
             ContainsSubstring("5 copies: it must be 4"));
}

TEST_CASE("lbcnn kernels: a share of signs, the same for a seed", "[quantize]") {
  const auto w = lbcnn_kernels(16, 288, 0.1, random_stream(5));
  std::map<float, int> count;
  for (index_t i = 0; i < 16 * 288; ++i) ++count[w.data()[i]];
  CHECK(count.size() == 3);
  CHECK(count[1] + count[-1] <= 460);
  CHECK(count[1] + count[-1] > 390);  // a few places are drawn twice
  CHECK(std::abs(count[1] - count[-1]) < 90);
  CHECK(lbcnn_kernels(16, 288, 0.1, random_stream(5)) == w);
  CHECK_FALSE(lbcnn_kernels(16, 288, 0.1, random_stream(6)) == w);
  CHECK(test::error_of([] { (void)lbcnn_kernels(1, 1, 2, random_stream(1)); }) ==
        "lbcnn_kernels: share is 2: it must be in [0, 1]");
}

}  // namespace test_word_codes
