// Pooling, channels and the K map against their definitions, a number at a time.
#include "lowbit/pooling/code_pool.hpp"

#include <algorithm>
#include <limits>

#include "lowbit/convolution/k_map.hpp"
#include "lowbit/core/image_tensor.hpp"
#include "lowbit/encode/channels.hpp"
#include "lowbit/encode/encode_tensor.hpp"
#include "lowbit/pooling/any_code_pool.hpp"
#include "lowbit/pooling/float_pool.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

using namespace lowbit;

namespace {

constexpr window windows[] = {square_window(2, 2),
                              square_window(3, 2, 1),
                              square_window(3, 1, 0, 2),
                              {{1, 1, 1, 0, 0}, {4, 3, 1, 2, 3}},
                              {{7}, {6}}};
constexpr tensor_shape images{2, 7, 6, 70};

template <class E>
packed_tensor<E> random_images(tensor_shape s, std::uint64_t salt, index_t segment = 0) {
  auto random = test::generator(salt);
  const auto codes =
      test::random_codes<E>(s.pixels(), s.channels, test::fill::uniform, test::side::lhs, random);
  return pack<E>(nhwc(codes.view(), s), segment);
}

std::vector<float> random_numbers(index_t n, std::uint64_t salt) {
  auto random = test::generator(salt);
  const auto x = test::random_floats(1, n, random);
  return {x.data(), x.data() + n};
}

/// f(n, y, x) of every pixel of a window on the image.
template <class F>
void visit(const window& w, tensor_shape in, index_t n, index_t y, index_t x, F f) {
  for (index_t i = 0; i < w.vertical.size; ++i)
    for (index_t j = 0; j < w.horizontal.size; ++j) {
      const index_t row = y * w.vertical.stride + i * w.vertical.dilation - w.vertical.before,
                    col = x * w.horizontal.stride + j * w.horizontal.dilation - w.horizontal.before;
      if (row >= 0 && row < in.height && col >= 0 && col < in.width) f(n, row, col);
    }
}

template <class F>
void for_each_element(tensor_shape s, F f) {
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t x = 0; x < s.width; ++x)
        for (index_t c = 0; c < s.channels; ++c) f(n, y, x, c);
}

template <class E>
void check_extremes(index_t segment) {
  const auto x = random_images<E>(images, 4000, segment);
  for (const window& w : windows) {
    const auto largest = max_pool(x.view(), w), smallest = min_pool(x.view(), w);
    CHECK(largest.shape().height == w.vertical.outputs(7));
    for_each_element(largest.shape(), [&](index_t n, index_t y, index_t i, index_t c) {
      int most = -1000, min_of = 1000;
      visit(w, images, n, y, i, [&](index_t m, index_t row, index_t col) {
        const int v = test::meaning(E{}, x.code(m, row, col, c));
        most = std::max(most, v), min_of = std::min(min_of, v);
      });
      REQUIRE(test::meaning(E{}, largest.code(n, y, i, c)) == most);
      REQUIRE(test::meaning(E{}, smallest.code(n, y, i, c)) == min_of);
    });
    packed_tensor<E> again(largest.shape(), segment);
    for_each_element(largest.shape(), [&](index_t n, index_t y, index_t i, index_t c) {
      again.set_code(n, y, i, c, largest.code(n, y, i, c));
    });
    CHECK(again == largest);  // no bit beyond the last channel
  }
}

}  // namespace

TEST_CASE("the largest and the smallest codes under a window", "[pool]") {
  INFO(test::reproduce());
  for (const index_t segment : {0, 35}) {
    check_extremes<binary>(segment);
    check_extremes<unsigned_bits<3>>(segment);
    check_extremes<signed_bits<2>>(segment);
    check_extremes<bipolar_bits<2>>(segment);
    check_extremes<ternary>(segment);
  }
}

TEST_CASE("signs that are pooled are the signs of what is pooled", "[pool]") {
  const auto x = random_images<binary>(images, 4001);
  thresholds t(70);
  for (index_t c = 0; c < 70; ++c) t.set(c, 0, c % 3 == 1);
  packed_tensor<binary> out({2, 3, 3, 70});
  const window w = square_window(2, 2);
  pool_signs(x.view(), w, t, out);
  const auto largest = max_pool(x.view(), w), smallest = min_pool(x.view(), w);
  for_each_element(out.shape(), [&](index_t n, index_t y, index_t i, index_t c) {
    REQUIRE(out.code(n, y, i, c) == (t.flip(c) ? smallest : largest).code(n, y, i, c));
  });
  CHECK(out.pixels().words().size() == largest.pixels().words().size());
  CHECK(test::error_of([&] { pool_signs(x.view(), w, thresholds(69), out); }) ==
        "pool_signs: 69 thresholds for images of 70 channels in segments of 0");
}

/// Float pools of images with so many channels on one ISA against loops over the definition.
void check_float_pools(any_isa isa, index_t channels) {
  const tensor_shape in{2, 7, 6, channels};
  auto floats = random_numbers(in.elements(), 4002);
  floats[5] = -0.0f;
  const auto x = nhwc(std::span(floats), in);
  std::vector<float> planes(floats.size());
  const auto other = nchw(std::span(planes), in);
  for_each_element(
      in, [&](index_t n, index_t y, index_t i, index_t c) { other(n, y, i, c) = x(n, y, i, c); });
  for (const window& w : windows) {
    const tensor_shape s{2, w.vertical.outputs(7), w.horizontal.outputs(6), channels};
    std::vector<float> a(static_cast<std::size_t>(s.elements())), b(a), c(a);
    const auto most = nhwc(std::span(a), s), mean = nhwc(std::span(b), s),
               last = nchw(std::span(c), s);
    max_pool(x, w, most, on(isa));
    average_pool(x, w, mean, on(isa));
    average_pool(other, w, last, on(isa));
    for_each_element(s, [&](index_t n, index_t y, index_t i, index_t k) {
      float best = -1e30f;
      double sum = 0;
      int taps = 0;
      visit(w, in, n, y, i, [&](index_t m, index_t row, index_t col) {
        best = std::max(best, x(m, row, col, k));
        sum += double{x(m, row, col, k)};
        ++taps;
      });
      REQUIRE(most(n, y, i, k) == best);
      REQUIRE(mean(n, y, i, k) == static_cast<float>(sum / taps));
      REQUIRE(last(n, y, i, k) == mean(n, y, i, k));
    });
  }
  matrix<float> means(2, channels), once(2, channels);
  global_average_pool(x, means.view(), on(isa));
  average_pool(x, {{7}, {6}}, nhwc(once.view(), {2, 1, 1, channels}), on(isa));
  CHECK(means == once);
}

TEST_CASE("pools of real images, in either order of memory, on every ISA", "[pool]") {
  test::on_every_isa([](any_isa isa) {
    for (const index_t channels : {70, 45, 8, 3}) {
      INFO(channels << " channels");
      check_float_pools(isa, channels);
    }
  });
}

TEST_CASE("NaN is never the largest number, but where there is no number", "[pool]") {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              inf = std::numeric_limits<float>::infinity(),
              lowest = -std::numeric_limits<float>::max();
  // Two numbers under a window, and the larger of them.
  const float cases[][3] = {
      {nan, nan, nan},   {nan, 2, 2},       {1, nan, 1},           {-inf, -inf, -inf},
      {nan, -inf, -inf}, {-inf, nan, -inf}, {lowest, nan, lowest}, {-inf, lowest, lowest},
      {inf, nan, inf},   {-3, -2, -2},      {-inf, -3, -3}};
  const auto same = [](float a, float b) {
    return is_nan(a) ? is_nan(b) : bits_of(a) == bits_of(b);
  };
  test::on_every_isa([&](any_isa isa) {
    for (const index_t channels : {70, 9}) {
      image_tensor<float> x({1, 1, 2, channels}), y({1, 1, 1, channels});
      for (index_t c = 0; c < channels; ++c)
        for (index_t i = 0; i < 2; ++i) x.mutable_pixels()(i, c) = cases[c % 11][i];
      max_pool(x.view(), {{1}, {2}}, y.mutable_view(), on(isa));
      for (index_t c = 0; c < channels; ++c) {
        INFO(cases[c % 11][0] << " and " << cases[c % 11][1] << " gave " << y.pixels()(0, c));
        CHECK(same(y.pixels()(0, c), cases[c % 11][2]));
      }
      // Channels apart, and a padding.
      std::vector<float> planes(static_cast<std::size_t>(2 * channels)), out(planes);
      const auto outlined = nchw(std::span(planes), {1, 1, 2, channels});
      for (index_t c = 0; c < channels; ++c)
        for (index_t i = 0; i < 2; ++i) outlined(0, 0, i, c) = cases[c % 11][i];
      const window w{{1}, {3, 2, 1, 2, 1}};
      const auto last = nchw(std::span(out), {1, 1, 2, channels});
      max_pool(outlined, w, last, on(isa));
      for (index_t c = 0; c < channels; ++c) {
        CHECK(same(last(0, 0, 0, c), cases[c % 11][0]));  // the window sees the first alone
        CHECK(same(last(0, 0, 1, c), cases[c % 11][2]));
      }
    }
  });
}

TEST_CASE("averages of codes are those of what they stand for", "[pool]") {
  const auto x = random_images<unsigned_bits<2>>(images, 4003);
  const dorefa_activation<2> q;
  const window w = square_window(3, 2, 1);
  matrix<float> out(2 * 4 * 3, 70);
  const auto view = nhwc(out.view(), {2, 4, 3, 70});
  average_pool(q, x.view(), w, view);
  for_each_element(view.shape, [&](index_t n, index_t y, index_t i, index_t c) {
    double sum = 0;
    int taps = 0;
    visit(w, images, n, y, i, [&](index_t m, index_t row, index_t col) {
      sum += double{decode(q, x.code(m, row, col, c))};
      ++taps;
    });
    REQUIRE(std::abs(double{view(n, y, i, c)} - sum / taps) < 1e-6);
  });
}

TEST_CASE("averages of so many codes that their sum needs more than 32 bits", "[pool]") {
  // One pixel of code 255, seen at every place of an image of 2902 x 2902: a sum of 2147509020.
  packed_tensor<unsigned_bits<8>> one({1, 1, 1, 3});
  for (index_t c = 0; c < 3; ++c) one.set_code(0, 0, 0, c, static_cast<code_t>(255 - c));
  const packed_tensor_view<unsigned_bits<8>> x(one.view().data(), {1, 2902, 2902, 3}, one.layout(),
                                               0, 0, 0, one.view().plane_stride());
  matrix<float> mean(1, 3);
  average_pool(dorefa_activation<8>{}, x, square_window(2902), nhwc(mean.view(), {1, 1, 1, 3}));
  for (index_t c = 0; c < 3; ++c)
    CHECK(mean(0, c) == decode(dorefa_activation<8>{}, static_cast<code_t>(255 - c)));
}

TEST_CASE("windows that do not fit are refused by pools", "[pool]") {
  const auto x = random_images<binary>(images, 4004);
  using test::error_of;
  CHECK_THAT(error_of([&] { (void)max_pool(x.view(), square_window(9)); }),
             ContainsSubstring("the output is empty"));
  CHECK(error_of([&] { (void)max_pool(x.view(), square_window(2, 2, 2)); }) ==
        "max_pool: window 0 down lies on the padding alone");
  packed_tensor<binary> wrong({2, 3, 2, 70});
  CHECK_THAT(error_of([&] { max_pool(x.view(), square_window(2, 2), wrong); }),
             ContainsSubstring("the result is 2x3x3x70"));
}

TEST_CASE("channels are put together and taken apart", "[channels]") {
  INFO(test::reproduce());
  for (const index_t first : {1, 31, 63, 64, 65, 130})
    for (const index_t second : {1, 33, 64, 127}) {
      const auto a = random_images<ternary>({2, 2, 3, first}, 4005);
      const auto b = random_images<ternary>({2, 2, 3, second}, 4006);
      const auto bit_and = concat_channels({a.view(), b.view(), a.view()});
      REQUIRE(bit_and.shape() == tensor_shape{2, 2, 3, 2 * first + second});
      CHECK(slice_channels(bit_and.view(), 0, first) == a);
      CHECK(slice_channels(bit_and.view(), first, second) == b);
      CHECK(slice_channels(bit_and.view(), first + second, first) == a);
    }
  const auto a = random_images<binary>({1, 2, 2, 5}, 4007);
  packed_tensor<binary> to({1, 2, 2, 7});
  CHECK(test::error_of([&] { copy_channels(a.view(), 2, 4, to, 0); }) ==
        "copy_channels: 4 channels from 2 of 5 to 0 of 7");
  CHECK_THAT(test::error_of([&] { copy_channels(a.view().rows(0, 1), 0, 2, to, 0); }),
             ContainsSubstring("from images of 1x1x2 to images of 1x2x2"));
}

TEST_CASE("the K map is the mean of what each window saw", "[conv]") {
  const tensor_shape s{2, 4, 5, 3};
  const auto floats = random_numbers(s.elements(), 4008);
  const auto x = nhwc(std::span(floats), s);
  const window w{{3, 2, 1, 1, 1}, {2, 1, 2, 0, 1}};
  std::vector<float> means(40), k(2 * 2 * 4);
  mean_magnitudes(x, means);
  k_map(means, s, w, k);
  std::size_t next = 0;
  for (index_t n = 0; n < 2; ++n)
    for (index_t y = 0; y < 2; ++y)
      for (index_t i = 0; i < 4; ++i) {
        double sum = 0;
        visit(w, s, n, y, i, [&](index_t m, index_t row, index_t col) {
          for (index_t c = 0; c < 3; ++c) sum += std::abs(double{x(m, row, col, c)}) / 3;
        });
        REQUIRE(std::abs(double{k[next++]} - sum / 6) < 1e-6);
      }
  CHECK_THAT(test::error_of([&] {
               k_map(means, {1, 4, 5, 3}, w, k);
             }),
             ContainsSubstring("40 means for 20 pixels"));
}

TEST_CASE("the largest code of any quantizer is that of the largest float", "[pooling]") {
  const std::vector<std::vector<code_t>> orders{{0, 1, 2, 3}, {2, 3, 0, 1}, {3, 0, 1}, {1, 2, 0}};
  const auto numbers = random_numbers(images.elements(), 31);
  for (const auto& order : orders)
    for (const window& w : windows) {
      std::vector<float> from;
      for (std::size_t i = 1; i < order.size(); ++i) from.push_back(static_cast<float>(i) / 2 - 1);
      const code_boundaries codes(from, order, order[0]);
      image_tensor<float> x(images);
      std::copy(numbers.begin(), numbers.end(), x.mutable_pixels().data());
      for (float& f : std::span(x.mutable_pixels().data(), numbers.size()))
        if (is_nan(f)) f = 0;
      const auto encoded = [&](const image_tensor<float>& floats) {
        packed_tensor<any_encoding> out(format_of<unsigned_bits<2>>(), floats.shape());
        for (index_t r = 0; r < floats.shape().pixels(); ++r)
          for (index_t c = 0; c < floats.shape().channels; ++c)
            out.mutable_pixels().set_code(r, c, codes(floats.pixels()(r, c)));
        return out;
      };
      const tensor_shape out = detail::pooling::pooled_shape(images, w, "test");
      image_tensor<float> pooled(out);
      max_pool(x.view(), w, pooled.mutable_view());
      packed_tensor<any_encoding> y(format_of<unsigned_bits<2>>(), out);
      max_pool(encoded(x).view(), w, code_order(codes), y);
      CHECK(y == encoded(pooled));
    }
}
