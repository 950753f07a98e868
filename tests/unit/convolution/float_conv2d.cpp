// Float convolutions and float stages: the definition in double, the same bits on every ISA.
#include "lowbit/convolution/float_conv2d.hpp"

#include <string_view>

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/epilogue/float_stages.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/convolutions.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_float_conv2d {

using namespace lowbit;

namespace {

std::vector<float> random_numbers(index_t n, std::uint64_t salt) {
  auto random = test::generator(salt);
  const auto x = test::random_floats(1, n, random);
  return {x.data(), x.data() + n};
}

/// The definition: one sum in double, taps in order, products exact.
matrix<float> naive(const tensor_view<const float>& x, const tensor_view<const float>& filters,
                    const window& w, std::span<const float> bias, tensor_shape out) {
  matrix<float> y(out.pixels(), out.channels);
  index_t row = 0;
  for (index_t n = 0; n < out.batch; ++n)
    for (index_t v = 0; v < out.height; ++v)
      for (index_t u = 0; u < out.width; ++u, ++row)
        for (index_t o = 0; o < out.channels; ++o) {
          double sum = bias.empty() ? 0 : double{bias[static_cast<std::size_t>(o)]};
          for (index_t i = 0; i < w.vertical.size; ++i)
            for (index_t j = 0; j < w.horizontal.size; ++j)
              for (index_t c = 0; c < x.shape.channels; ++c) {
                const index_t a = v * w.vertical.stride + i * w.vertical.dilation -
                                  w.vertical.before,
                              b = u * w.horizontal.stride + j * w.horizontal.dilation -
                                  w.horizontal.before;
                if (a >= 0 && a < x.shape.height && b >= 0 && b < x.shape.width)
                  sum += double{x(n, a, b, c)} * double{filters(o, i, j, c)};
              }
          y(row, o) = static_cast<float>(sum);
        }
  return y;
}

}  // namespace

TEST_CASE("real convolutions are the definition's, to the bit, on every ISA", "[conv]") {
  INFO(test::reproduce());
  const window windows[] = {
      square_window(3, 2, 1), square_window(1), {{3, 1, 2, 2, 0}, {2, 1, 3, 1, 2}}};
  std::uint64_t salt = 5000;
  const tensor_shape small{2, 7, 11}, narrow{3, 9, 7}, bands{2, 19, 130};
  for (const window& w : windows)
    for (const index_t channels : {1, 3, 17})
      for (const index_t filters : {1, 16, 37}) {
        // 17 channels of 130 pixels are 17.7 KB: seven rows of them are held at a time.
        tensor_shape in = filters == 1 ? narrow : channels == 17 && filters == 16 ? bands : small;
        in.channels = channels;
        const tensor_shape f{filters, w.vertical.size, w.horizontal.size, channels};
        const auto x = random_numbers(in.elements(), ++salt);
        const auto weights = random_numbers(f.elements(), ++salt),
                   bias = random_numbers(filters, ++salt);
        const tensor_view<const float> view = nchw(std::span(x), in);
        const float_conv2d layer(nhwc(std::span(weights), f), w, bias);
        auto work = layer.workspace(in);
        const auto expected =
            naive(view, nhwc(std::span(weights), f), w, bias, layer.output_shape(in));
        const auto check = [&](const matrix<float>& y) { CHECK(y == expected); };
        test::on_every_isa([&](auto tag) {
          matrix<float> y(expected.rows(), filters), z(expected.rows(), filters);
          layer(view, work, stage::store{y.view()}, on(tag));
          check(y);
          layer(view, work, stage::store{z.view()}, on(tag, test::some_threads{2}));
          check(z);
        });
      }
}

TEST_CASE("many images of a pixel and images of one row are the definition's, too", "[conv]") {
  INFO(test::reproduce());
  const window row{{1}, {9, 1, 1, 4, 4}}, whole{{3}, {2}};
  const std::pair<tensor_shape, window> cases[] = {{{70, 1, 1, 90}, square_window(1)},
                                                   {{37, 3, 2, 90}, whole},
                                                   {{1, 1, 3001, 4}, row},
                                                   {{2, 1, 3001, 4}, row}};
  for (const auto& [in, w] : cases) {
    const tensor_shape f{37, w.vertical.size, w.horizontal.size, in.channels};
    const auto x = random_numbers(in.elements(), 5900),
               weights = random_numbers(f.elements(), 5901);
    const auto view = nhwc(std::span<const float>(x), in);
    const float_conv2d layer(nhwc(std::span(weights), f), w);
    auto work = layer.workspace(in);
    const auto expected = naive(view, nhwc(std::span(weights), f), w, {}, layer.output_shape(in));
    for (const index_t threads : {1, 2, 7}) {
      matrix<float> y(expected.rows(), expected.cols());
      layer(view, work, stage::store{y.view()}, test::some_threads{threads});
      CHECK(y == expected);
    }
  }
}

TEST_CASE("real convolutions refuse what does not fit", "[conv]") {
  using test::error_of;
  const std::vector<float> weights(6 * 9 * 2), three(3), image(50);
  const auto filters = nhwc(std::span(weights), {6, 3, 3, 2});
  CHECK(error_of([&] { float_conv2d layer(filters, square_window(5)); }) ==
        "float_conv2d: filters of 3x3 for a window of 5x5");
  CHECK(error_of([&] { float_conv2d layer(filters, square_window(3), three); }) ==
        "float_conv2d: 3 biases for 6 output channels");
  const float_conv2d layer(filters, square_window(3));
  CHECK_THAT(error_of([&] {
               (void)layer.workspace({1, 5, 5, 3});
             }),
             ContainsSubstring("for 1 groups of 2 channels"));
  CHECK_THAT(error_of([&] {
               (void)layer.workspace({1, 2, 5, 2});
             }),
             ContainsSubstring("the output is empty"));
  auto work = layer.workspace({1, 5, 5, 2});
  matrix<float> y(9, 6), small(8, 6);
  CHECK_THAT(error_of([&] {
               layer(nhwc(std::span(image), {1, 5, 10, 1}), work, stage::store{y.view()});
             }),
             ContainsSubstring("a workspace for 1x5x5x2"));
  CHECK(error_of([&] {
          layer(nhwc(std::span(image), {1, 5, 5, 2}), work, stage::store{small.view()});
        }) == "stage::store: the product is 9x6, the output is 8x6");
}

TEST_CASE("a Bi-Real block in the tile is its steps one after the other", "[stages]") {
  INFO(test::reproduce());
  for (const index_t n : {1, 16, 37, 70}) {
    auto random = test::generator(5500 + static_cast<std::uint64_t>(n));
    const index_t rows = 11;
    const auto size = static_cast<std::size_t>(n);
    const auto bits = [&](index_t count) {
      return pack<binary>(
          test::random_codes<binary>(count, 100, test::fill::uniform, test::side::lhs, random)
              .view());
    };
    const auto a = bits(rows), b = bits(n);
    const auto shortcut = test::random_floats(rows, n, random);
    const auto gamma = random_numbers(n, 5501), beta = random_numbers(n, 5502),
               mean = random_numbers(n, 5503), zeta = random_numbers(n, 5504),
               scale = random_numbers(n, 5505), shift = random_numbers(n, 5506);
    const std::vector<float> variance(size, 30.0f);
    const batch_norm bn(gamma, beta, mean, variance, 1e-5f);
    const auto sums = gemm(a, b, on(isa::scalar{}));
    matrix<float> expected(rows, n), activated(rows, n);
    for (index_t m = 0; m < rows; ++m)
      for (index_t c = 0; c < n; ++c) {
        const auto i = static_cast<std::size_t>(c);
        expected(m, c) = bn(static_cast<float>(scaled(sums(m, c), scale[i])), c) + shortcut(m, c);
        const float x = static_cast<float>(double{expected(m, c)} - double{mean[i]});
        activated(m, c) = x > 0 ? static_cast<float>(double{x} + double{zeta[i]})
                                : static_cast<float>(double{x} * double{beta[i]} + double{zeta[i]});
      }
    matrix<float> out, after;
    packed_matrix<binary> plain, shifted;
    const auto check = [&] {
      CHECK(out == expected);
      CHECK(after == activated);
      for (index_t m = 0; m < rows; ++m)
        for (index_t c = 0; c < n; ++c) {
          REQUIRE(plain.code(m, c) == (is_negative(expected(m, c)) ? 0 : 1));
          REQUIRE(shifted.code(m, c) ==
                  (activated(m, c) < shift[static_cast<std::size_t>(c)] ? 0 : 1));
        }
    };
    test::on_every_isa([&](auto tag) {
      out = shortcut;  // the shortcut is the destination
      after = matrix<float>(rows, n);
      plain = shifted = packed_matrix<binary>(rows, n);
      const float_epilogue block(
          scale, stage::normalise{bn}, stage::add{out.view()}, stage::store{out.view()},
          stage::store_signs{plain.mutable_row(0), plain.row_stride(), {}},
          stage::rprelu{mean, beta, zeta}, stage::store{after.view()},
          stage::store_signs{shifted.mutable_row(0), shifted.row_stride(), shift});
      gemm_with(a, b, block, on(tag));
      check();
    });
  }
}

TEST_CASE("stages refuse results of another shape", "[stages]") {
  const packed_matrix<binary> a(3, 10), b(5, 10);
  matrix<float> out(3, 5), wrong(5, 3);
  const std::vector<float> four(4), five(5);
  const auto refused = [&](const auto& epilogue) {
    return test::error_of([&] { gemm_with(a, b, epilogue, on(isa::scalar{})); });
  };
  CHECK(refused(float_epilogue(four, stage::store{out.view()})) ==
        "float_epilogue: 4 scales: it takes none, one, or 5");
  CHECK(refused(float_epilogue({}, stage::store{wrong.view()})) ==
        "stage::store: the product is 3x5, the output is 5x3");
  CHECK(refused(float_epilogue({}, stage::add{wrong.view()})) ==
        "stage::add: the product is 3x5, the output is 5x3");
  CHECK(refused(float_epilogue({}, stage::rprelu{five, four, five})) ==
        "stage::rprelu: parameters of 4 channels for 5 columns");
  CHECK(refused(float_epilogue({}, stage::store_signs{nullptr, 0, {}})) ==
        "stage::store_signs: rows of 0 words for 5 columns");
}

}  // namespace test_float_conv2d
