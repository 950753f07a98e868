// Windows, paddings, strides and shapes whose products wrap, or whose loops would take minutes. Every operation of
// these rooms refuses them before it allocates or loops. Large but empty shapes are served at once.
#include <limits>

#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/convolution/float_conv2d.hpp"
#include "lowbit/convolution/k_map.hpp"
#include "lowbit/convolution/transposed_conv2d.hpp"
#include "lowbit/core/image_tensor.hpp"
#include "lowbit/encode/channels.hpp"
#include "lowbit/pooling/float_pool.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_sizes {

using namespace lowbit;

namespace {

constexpr index_t most = std::numeric_limits<index_t>::max();
constexpr index_t half = index_t{1} << (std::numeric_limits<index_t>::digits - 1);  // 2^62
/// 2^33 times 2^31 on machines of 64 bits: two sizes whose product is 0 modulo 2^64.
constexpr index_t tall = index_t{1} << (std::numeric_limits<index_t>::digits / 2 + 2),
                  wide = index_t{1} << (std::numeric_limits<index_t>::digits / 2);

struct size_case {
  const char* what;
  window w;
  tensor_shape in{1, 8, 8, 64};
};

const size_case wrapped[] = {
    {"reach", {{1}, {3, 1, half, half, half}}},
    {"padding of one axis", {{1, 1, 1, half, half}, {1}}},
    {"padding and image", {{1, 1, 1, most, 0}, {1}}},
    {"padding behind and image", {{1}, {1, 1, 1, 0, most - 3}}},
    {"paddings of both axes", {{1, 1, 1, half, 0}, {1, 1, 1, half, 0}}},
    {"pixels with their padding, a multiple of 2^64",
     {{1, wide, 1, tall - 8, 0}, {1, wide, 1, wide - 8, 0}}},
    {"elements with their padding", {{1, half, 1, half / 64, 0}, {1, 1, 1, 1, 0}}},
    {"no images of huge axes", {{1}, {1}}, {0, tall, wide, 64}},
    {"no channels of huge images", {{1}, {1}}, {1, tall, wide, 0}},
};

template <class F>
void check_refused(const F& f) {
  for (const size_case& c : wrapped) {
    INFO(c.what);
    CHECK_THAT(test::error_of([&] { f(c.w, c.in); }), ContainsSubstring("-bit size"));
  }
}

}  // namespace

TEST_CASE("convolutions refuse windows and images whose sizes wrap", "[sizes]") {
  check_refused([](const window& w, tensor_shape in) {
    const packed_tensor<binary> filters({1, w.vertical.size, w.horizontal.size, in.channels});
    const conv2d<binary, binary> layer(filters, w);
    static_cast<void>(layer.workspace(in));
  });
  check_refused([](const window& w, tensor_shape in) {
    const image_tensor<float> filters({1, w.vertical.size, w.horizontal.size, in.channels});
    const float_conv2d layer(filters.view(), w);
    static_cast<void>(layer.workspace(in));
  });
}

TEST_CASE("pools and the K map refuse windows and images whose sizes wrap", "[sizes]") {
  const float number = 1;
  float result = 0;
  const auto images = [&](tensor_shape in) {  // whose channels are one number, however many
    return tensor_view<const float>{&number, in, 0, 0, 0, 0};
  };
  check_refused([&](const window& w, tensor_shape in) {
    max_pool(images(in), w, nhwc(&result, {1, 1, 1, 1}));
  });
  check_refused([&](const window& w, tensor_shape in) {
    average_pool(images(in), w, nhwc(&result, {1, 1, 1, 1}));
  });
  check_refused([&](const window& w, tensor_shape in) {
    const packed_tensor_view<binary> x(nullptr, in, depth_layout(in.channels), 0, 0, 0, 0);
    static_cast<void>(max_pool(x, w));
  });
  check_refused([&](const window& w, tensor_shape in) {
    k_map(std::span(&number, 1), in, w, std::span(&result, 1));
  });
  CHECK_THAT(test::error_of([&] {
               mean_magnitudes(images({2, tall, wide, 1}), {&result, 1});
             }),
             ContainsSubstring("2x"));
}

TEST_CASE("windows of more taps than a size counts are refused", "[sizes]") {
  const window w{{tall, 1, 1, 0, 0}, {wide, 1, 1, 0, 0}};
  CHECK_THAT(
      test::error_of([&] { detail::core::fail_if(detail::core::window_problem(w), "pool"); }),
      ContainsSubstring("pool: "));
  // Taps without channels are not gone through.
  constexpr window large{{wide / 16}, {wide / 16}};
  const tensor_shape none{4, wide / 16, wide / 16, 0};
  CHECK_THAT(
      test::error_of([&] {
        conv2d<ternary, binary> layer(packed_tensor<binary>({0, wide / 16, wide / 16, 1}), large);
      }),
      ContainsSubstring("fit 32 bits only up to"));
  const conv2d<ternary, binary> layer(packed_tensor<binary>(none), large);
  CHECK(layer.out_channels() == 4);
  const float_conv2d real(image_tensor<float>(none).view(), large);
  CHECK(real.out_channels() == 4);
}

TEST_CASE("transposed convolutions refuse what they cannot enlarge, and take any stride",
          "[sizes]") {
  using layer_type = transposed_conv2d<binary, binary>;
  const packed_tensor<binary> filters({2, 1, 1, 64});
  const layer_type far(filters, square_window(1, half));  // one phase, not half * half of them
  CHECK(far.output_shape({1, 1, 1, 64}) == tensor_shape{1, 1, 1, 2});
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(far.output_shape({1, 4, 1, 64}));
             }),
             ContainsSubstring("3 x "));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(far.output_shape({1, 2, 2, 64}));
             }),
             ContainsSubstring("-bit size"));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(far.output_shape({1, 0, 2, 64}));
             }),
             ContainsSubstring("nothing is left"));
  CHECK_THAT(test::error_of([&] { layer_type l(filters, square_window(1, most)); }),
             ContainsSubstring("-bit size"));
  const packed_tensor<binary> x({1, 1, 1, 64});
  auto work = far.workspace(x.shape());
  matrix<std::int32_t> y(1, 2);
  far(x, work, store_integers{y.view()});
  CHECK((y(0, 0) == 64 && y(0, 1) == 64));
}

TEST_CASE("pools look at few of many windows", "[sizes]") {
  float result[3] = {};
  const float floats[3] = {1, 5, 3};
  const auto x = nhwc(floats, {1, 1, 3, 1});
  // Every window of half the numbers of a size reaches beyond the image; none lies on the padding alone.
  constexpr index_t far = half / 4;
  const window over{{1}, {far, far, 1, far - 1, far - 2}};
  max_pool(x, over, nhwc(result, {1, 1, 2, 1}));
  CHECK((result[0] == 1 && result[1] == 5));
  average_pool(x, over, nhwc(result, {1, 1, 2, 1}));
  CHECK((result[0] == 1 && result[1] == 4));
  // The distance of taps that are not there, or of which the image has only one, has no size.
  const window outlined{{1, 1, most, 0, 0}, {2, 1, half / 2, half / 2, 0}};
  max_pool(tensor_view<const float>{floats, {1, 1, 3, 1}, 3, half, 1, 1}, outlined,
           nhwc(result, {1, 1, 3, 1}));
  CHECK((result[0] == 1 && result[1] == 5 && result[2] == 3));
  // Windows on the padding alone, in front, behind, and with taps that step over the image.
  const auto refused = [&](const window_axis& horizontal) {
    return test::error_of([&] {
      static_cast<void>(detail::pooling::pooled_shape({1, 1, 3, 1}, {{1}, horizontal}, "max_pool"));
    });
  };
  CHECK(refused({2, 1, 1, 2, 0}) == "max_pool: window 0 across lies on the padding alone");
  CHECK(refused({2, 1, 1, 1, half}) == "max_pool: window 4 across lies on the padding alone");
  CHECK(refused({2, 3, 1, 0, half}) == "max_pool: window 1 across lies on the padding alone");
  CHECK(refused({2, 1, 4, 3, 3}) == "max_pool: window 2 across lies on the padding alone");
  CHECK(refused({2, 2, 4, 2, 2}) == "no error");
  CHECK(refused({3, 1, half / 8, half / 8, half / 8}) == "no error");
  CHECK(refused({3, 1, half / 8, half / 8 + 1, half / 8}) ==
        "max_pool: window 0 across lies on the padding alone");
  CHECK(refused({5, 2, 7, 14, 17}) == "max_pool: window 2 across lies on the padding alone");
}

TEST_CASE("windows on the padding alone are those without taps, whatever the window", "[sizes]") {
  for (index_t n = 0; n < 5; ++n)
    for (index_t size = 1; size < 4; ++size)
      for (index_t stride = 1; stride < 4; ++stride)
        for (index_t dilation = 1; dilation < 8; ++dilation)
          for (index_t before = 0; before < 15; ++before)
            for (const index_t after : {0, 1, 5, 9}) {
              const window_axis a{size, stride, dilation, before, after};
              const index_t outputs = a.outputs(n);
              if (outputs == 0) continue;
              std::string expected = "no error";
              for (index_t o = outputs - 1; o >= 0; --o) {
                bool any = false;
                for (index_t tap = 0; tap < size; ++tap) {
                  const index_t at = o * stride + tap * dilation - before;
                  any = any || (at >= 0 && at < n);
                }
                if (!any)
                  expected = "p: window " + std::to_string(o) + " a lies on the padding alone";
              }
              const std::string text =
                  test::error_of([&] { detail::pooling::require_inside(a, n, "a", "p"); });
              if (text != expected) {
                INFO(n << ": " << size << " s" << stride << " d" << dilation << ' ' << before << '+'
                       << after);
                REQUIRE(text == expected);
              }
            }
}

TEST_CASE("what is large and empty is served at once", "[sizes]") {
  const tensor_shape none{1, wide / 16, wide / 16, 0};
  const packed_tensor<binary> x(none);
  CHECK(max_pool(x.view(), square_window(2)).shape().height == wide / 16 - 1);
  const image_tensor<float> y(none);
  image_tensor<float> z(none);
  average_pool(y.view(), square_window(1), z.mutable_view());
  const conv2d<binary, binary> layer(packed_tensor<binary>({8, 1, 1, 64}), square_window(1));
  CHECK(layer.workspace({0, wide, wide / 128, 64}).output().pixels() == 0);
  CHECK_THAT(
      test::error_of([&] {
        static_cast<void>(concat_channels(
            {packed_tensor_view<binary>(nullptr, {0, 1, 1, most}, depth_layout(most), 0, 0, 0, 0),
             x.view(),
             packed_tensor_view<binary>(nullptr, {0, 1, 1, 1}, depth_layout(1), 0, 0, 0, 0)}));
      }),
      ContainsSubstring("concat_channels: "));
}

}  // namespace test_sizes
