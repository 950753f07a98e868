// Dense layers behind images: network/flatten.hpp, layer::float_linear, and windows that cover the whole image.
#include "lowbit/network/flatten.hpp"

#include "lowbit/product/float_linear.hpp"
#include "lowbit/product/linear.hpp"
#include "support/convolutions.hpp"
#include "support/matchers.hpp"
#include "support/networks.hpp"

namespace test_dense {

using namespace lowbit;

namespace {

/// The bits of an image as numbers, pixel after pixel: what a framework's flatten of NHWC images gives.
std::vector<float> signs_of(const packed_tensor<binary>& x, index_t image) {
  std::vector<float> out;
  for (index_t y = 0; y < x.shape().height; ++y)
    for (index_t i = 0; i < x.shape().width; ++i)
      for (index_t c = 0; c < x.shape().channels; ++c)
        out.push_back(x.code(image, y, i, c) != 0 ? 1.0f : -1.0f);
  return out;
}

template <class E>
void check_flatten(index_t channels, index_t segment) {
  INFO(E::name << ", " << channels << " channels in segments of " << segment);
  packed_tensor<E> x({2, 3, 2, channels}, segment);
  const random_stream random(80);
  index_t next = 0;
  for (index_t r = 0; r < x.shape().pixels(); ++r)
    for (index_t c = 0; c < channels; ++c)
      x.mutable_pixels().set_code(
          r, c, static_cast<code_t>(random.bits(next++) % (1u << E::plane_count)));
  const packed_matrix<E> rows = flatten(x), part = flatten(x.view().region(1, 1, 2, 1));
  REQUIRE((rows.rows() == 2 && rows.depth() == 6 * channels && rows.layout().segment() == 0));
  for (index_t n = 0; n < 2; ++n)
    for (index_t k = 0; k < rows.depth(); ++k) {
      const index_t pixel = k / channels, c = k % channels;
      REQUIRE(rows.code(n, k) == x.code(n, pixel / 2, pixel % 2, c));
      if (pixel < 2) REQUIRE(part.code(n, k) == x.code(n, 1 + pixel, 1, c));
    }
}

}  // namespace

TEST_CASE("flattened images are rows of their codes without gaps", "[dense]") {
  for (const index_t channels : {1, 5, 48, 63, 64, 65, 130}) {
    check_flatten<binary>(channels, 0);
    check_flatten<unsigned_bits<3>>(channels, 0);
    check_flatten<binary>(channels, 5);
  }
  CHECK(flatten(packed_tensor<binary>({0, 3, 3, 48})).rows() == 0);
}

TEST_CASE("float_matmul gives the same bytes for every executor", "[dense]") {
  test::floats n{random_stream(81)};
  const auto x = n.bits({1, 1, 70, 1000});
  const auto w = n.images({1, 1, 33, 1000});
  const std::vector<float> bias = n.many(33);
  const auto expected = float_matmul(x.pixels(), w.pixels().view(), bias);
  for (const index_t threads : {1, 2, 3, 7}) {
    CHECK(float_matmul(x.pixels(), w.pixels().view(), bias, test::some_threads{threads}) ==
          expected);
    CHECK(float_matmul(x.pixels(), w.pixels().view(), bias,
                       on(isa::scalar{}, test::some_threads{threads})) == expected);
  }
  const std::vector<float> signs = signs_of(x, 0);
  const std::span<const float> last(signs.data() + 69 * 1000, 1000);
  CHECK(expected(69, 32) ==
        static_cast<float>(double{float_dot(w.pixels().row(32), last)} + double{bias[32]}));
}

TEST_CASE("real layers read images of any number of channels", "[dense][network]") {
  for (const index_t channels : {1, 48, 64, 65, 130}) {
    INFO(channels << " channels");
    test::floats n{random_stream(82)};
    const sequential net(layer::conv2d_threshold<binary, binary>(
                             n.bits({channels, 3, 3, 20}), square_window(3, 2, 1),
                             test::make_thresholds(n, channels, 20)),
                         layer::float_linear(n.images({10, 3, 3, channels}), n.many(10)));
    const auto x = n.bits({4, 5, 5, 20});
    auto work = net.workspace(x.shape());
    auto y = net.make_output(work);
    const auto& [front, classes] = net.layers();
    auto hidden_work = front.workspace(x.shape());
    packed_tensor<binary> hidden({4, 3, 3, channels});
    front(x.view(), hidden_work, hidden, on(isa::scalar{}));
    for (const index_t threads : {1, 3}) {
      net(x.view(), work, y, test::some_threads{threads});
      for (index_t image = 0; image < 4; ++image) {
        const auto signs = signs_of(hidden, image);
        for (index_t o = 0; o < 10; ++o) {
          const std::span<const float> row(
              classes.data().weights.pixels().data() + o * 9 * channels, signs.size());
          REQUIRE(y.pixels()(image, o) ==
                  static_cast<float>(double{float_dot(row, signs)} +
                                     double{classes.data().bias[static_cast<std::size_t>(o)]}));
        }
      }
    }
    // By hand, with the operations.
    const matrix_view<const float> rows(classes.data().weights.pixels().data(), 10, 9 * channels);
    CHECK(float_matmul(flatten(hidden), rows, classes.data().bias) == y.pixels());
  }
}

TEST_CASE("a window over the whole image is a dense layer on codes", "[dense][network]") {
  test::floats n{random_stream(83)};
  const auto x = n.bits({3, 3, 3, 48});
  const auto filters = n.bits({10, 3, 3, 48});
  const thresholds t = test::make_thresholds(n, 10, 30);
  const layer::conv2d_threshold<binary, binary> dense(filters, square_window(3), t);
  auto work = dense.workspace(x.shape());
  packed_tensor<binary> y({3, 1, 1, 10});
  dense(x.view(), work, y, on(isa::scalar{}));
  CHECK(y.pixels() == linear<binary>(flatten(filters), t)(flatten(x)));
  const auto sums = gemm(flatten(x), flatten(filters));
  for (index_t image = 0; image < 3; ++image)
    for (index_t o = 0; o < 10; ++o) {
      const auto a = signs_of(x, image), b = signs_of(filters, o);
      float sum = 0;
      for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
      REQUIRE(sums(image, o) == static_cast<std::int32_t>(sum));
      REQUIRE((y.code(image, 0, 0, o) != 0) == t(sums(image, o), o));
    }
}

TEST_CASE("a real dense layer refuses another shape, with both shapes", "[dense][network]") {
  test::floats n{random_stream(84)};
  const layer::float_linear classes(n.images({10, 3, 3, 48}), n.many(10));
  CHECK(test::error_of([&] {
          static_cast<void>(classes.workspace({2, 3, 4, 48}));
        }) == "layer::float_linear: images of 3x4x48 for weights of 3x3x48");
  CHECK(test::error_of([&] {
          layer::float_linear(n.images({10, 3, 3, 48}), n.many(9));
        }) == "layer::float_linear: 9 biases for 10 outputs: one each");
  CHECK(test::error_of([&] {
          layer::float_linear(n.images({10, 3, 0, 48}), n.many(10));
        }) ==
        "layer::float_linear: weights of 10x3x0x48 (outputs, height, width, channels): each must "
        "be at least 1");
  auto work = classes.workspace({2, 3, 3, 48});
  image_tensor<float> y({3, 1, 1, 10});
  CHECK(test::error_of([&] {
          classes(n.bits({3, 3, 3, 48}).view(), work, y, on(isa::scalar{}));
        }) == "layer::float_linear: 3 images of 432 bits with a workspace for 2 of 432");
}

}  // namespace test_dense
