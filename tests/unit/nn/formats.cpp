// Formats with one exponent per tensor: what moves the exponent, what does not, and layers that train with short words.
#include <cmath>
#include <lowbit/nn/formats/dynamic_fixed_point_format.hpp>
#include <lowbit/nn/formats/flexpoint_format.hpp>
#include <lowbit/nn/layers/activation.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/low_precision.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/nn/train_step.hpp>

#include "numeric.hpp"
#include "support/settings.hpp"

namespace test_formats {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::random_stream;
using nn::float_matrix;

namespace {

/// Numbers with a long tail, as gradients have: a uniform number to the third power, times `size`.
std::vector<float> tensor(std::uint64_t seed, float size, index_t count = 20000) {
  std::vector<float> x;
  for (index_t i = 0; i < count; ++i) {
    const float u = 2 * random_stream(seed).uniform(i) - 1;
    x.push_back(size * u * u * u);
  }
  return x;
}

/// The range behind each of `windows` windows of 4 batches with these numbers.
std::vector<int> ranges(nn::dynamic_fixed_point_format& format, const std::vector<float>& numbers,
                        int windows) {
  std::vector<int> found;
  for (int i = 0; i < windows; ++i) {
    for (int batch = 0; batch < 4; ++batch) {
      std::vector<float> x = numbers;
      format.use(x, 25);
    }
    found.push_back(format.integer_bits());
  }
  return found;
}

nn::dynamic_fixed_point_format fixed_point(int bits = 9, double limit = 1e-4) {
  return nn::dynamic_fixed_point_format(
      {.bits = bits, .update_bits = bits + 2, .limit = limit, .window = 100});
}

bool on_grid(const float_matrix& m, int exponent, int words) {
  for (const float v : nn::elements(m)) {
    const double word = std::ldexp(double{v}, -exponent);
    if (word != std::nearbyint(word) || std::abs(word) > words) return false;
  }
  return true;
}

/// Vectors in three classes, each around a point of its own.
struct clouds {
  float_matrix x;
  std::vector<index_t> labels;

  clouds(index_t n, std::uint64_t seed) : x(random_matrix(n, 16, seed, 1.2f)) {
    const float_matrix centres = random_matrix(3, 16, 77);
    for (index_t i = 0; i < n; ++i) {
      labels.push_back(i % 3);
      x.row(i) += centres.row(i % 3);
    }
  }
};

using dense = nn::low_precision<nn::linear<nn::real, nn::real>>;
using hidden = nn::low_precision<nn::activation>;

auto network(const nn::tensor_format& format) {
  const auto layer = [&](index_t from, index_t to, std::uint64_t number) {
    return dense(nn::linear<nn::real, nn::real>(from, to, random_stream(3, number), {.bias = true}),
                 format);
  };
  return nn::sequential(layer(16, 10, 0), hidden(nn::activation(10, nn::relu{}), format),
                        layer(10, 3, 1));
}

}  // namespace

TEST_CASE("dynamic fixed point: the range climbs and falls by one bit per window") {
  nn::dynamic_fixed_point_format format = fixed_point();
  const std::vector<float> small = tensor(1, 0.9f), large = tensor(1, 14);
  // 14 u^3 reaches 8 in more than one number of 10^4, and 16 in none. Of 0.9 u^3 it is 1/2 and 1.
  CHECK(ranges(format, small, 3) == std::vector<int>{0, 0, 0});
  CHECK(ranges(format, large, 6) == std::vector<int>{1, 2, 3, 4, 4, 4});
  CHECK(ranges(format, small, 6) == std::vector<int>{3, 2, 1, 0, 0, 0});
}

TEST_CASE("dynamic fixed point: the range of stationary numbers settles, and never turns round") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    for (const double limit : {0.0, 1e-4, 1e-3, 0.05})
      for (const float start : {1e-3f, 1.0f, 300.0f}) {
        INFO("seed " << seed << ", limit " << limit << ", start " << start);
        nn::dynamic_fixed_point_format format = fixed_point(static_cast<int>(1 + seed), limit);
        (void)ranges(format, tensor(seed, start), 1);
        const int before = format.integer_bits();
        const std::vector<float> numbers = tensor(seed + 100, 1, 2000);
        const std::vector<int> path = ranges(format, numbers, 16);
        const int settled = path.back(), direction = settled < before ? -1 : 1;
        for (std::size_t i = 0; i < path.size(); ++i) {
          const int from = i == 0 ? before : path[i - 1];
          CHECK(path[i] == (from == settled ? settled : from + direction));
        }
        // Where it stays, by the controller's definition.
        const auto rate = [&](int integer_bits) {
          const double largest = std::ldexp(1, integer_bits) -
                                 std::ldexp(1, format.exponent() + integer_bits - settled);
          double over = 0;
          for (const float x : numbers) over += std::abs(double{x}) >= largest ? 1 : 0;
          return over / 2000;
        };
        CHECK(rate(settled) <= limit);
        CHECK(rate(settled - 1) > limit);
      }
}

TEST_CASE("dynamic fixed point: the first numbers give the range, zeros give none") {
  nn::dynamic_fixed_point_format format = fixed_point();
  std::vector<float> zeros(10), x{0.3f, -0.02f, 5};
  format.use(zeros, 1000);
  CHECK(zeros == std::vector<float>(10));
  format.use(x, 1);
  CHECK(format.integer_bits() == 3);
  CHECK(format.exponent() == -6);
  CHECK(x == std::vector<float>{0.296875f, -0.015625f, 5});
  std::vector<float> far{9, -9, 0.3f};
  format.round_numbers(far, nn::precision::update);
  CHECK(far == std::vector<float>{8 - 0x1p-8f, -8 + 0x1p-8f, 77 * 0x1p-8f});
  CHECK(test::error_of([] { nn::dynamic_fixed_point_format({.limit = 1}); }) ==
        "nn::dynamic_fixed_point_format: limit 1 must be in [0, 1), window 10000 at least 1");
  CHECK(test::error_of([] { nn::dynamic_fixed_point_format({.bits = 16}); }) ==
        "scaled_integer: bits is 16: it must be 1 to 15");
}

TEST_CASE("flexpoint: every use is met by the prediction from those before") {
  nn::flexpoint_format format;
  // Words that reach 1 are filled to 3e-3 of their range, more than the 2^-9 that a start asks for; then they are
  // shifted until the largest is about half of the range.
  const int first_exponent = -22;
  float largest = 3e-3f;
  for (int use = 0; use < 200; ++use) {
    std::vector<float> x = tensor(static_cast<std::uint64_t>(use), largest, 500);
    const std::vector<float> before = x;
    const int exponent = format.exponent();
    format.use(x, 1);
    INFO("use " << use);
    // No number saturates, and each becomes the nearest word.
    const double step = std::ldexp(1, use == 0 ? first_exponent : exponent);
    double farthest = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      farthest = std::fmax(farthest, std::abs(double{x[i]} - double{before[i]}));
    CHECK(farthest <= step / 2);
    largest *= 1.04f;
  }
  std::vector<float> zeros(7);
  const int exponent = format.exponent();
  format.use(zeros, 1);
  CHECK(format.exponent() == exponent);
  CHECK(test::error_of([] { nn::flexpoint_format({.least = 3, .most = 2}); }) ==
        "nn::flexpoint_format: exponents from 3 to 2: they must be in -126 ... 120");
}

TEST_CASE("formats go on from their state") {
  const auto check = [](nn::tensor_format& one, nn::tensor_format& other) {
    const auto use = [](nn::tensor_format& f, std::uint64_t seed) {
      std::vector<float> x = tensor(seed, std::exp2(static_cast<float>(seed % 7)), 100);
      f.use(x, 30);
      return x;
    };
    for (std::uint64_t seed = 0; seed < 25; ++seed) (void)use(one, seed);
    std::vector<double> state;
    one.write_state(state);
    std::span<const double> from(state);
    other.read_state(from);
    CHECK(from.empty());
    for (std::uint64_t seed = 25; seed < 60; ++seed) {
      CHECK(use(one, seed) == use(other, seed));
      CHECK(one.exponent() == other.exponent());
    }
    state[1] = 1e6;
    from = state;
    CHECK(test::error_of([&] { other.read_state(from); }).substr(0, 23) ==
          "nn::read_state: 1e+06 s");
  };
  nn::dynamic_fixed_point_format a = fixed_point(), b = fixed_point();
  check(a, b);
  nn::flexpoint_format c, d;
  check(c, d);
}

TEST_CASE("a layer of low precision rounds every tensor once, and computes with the words") {
  const nn::linear<nn::real, nn::real> inside(6, 4, random_stream(5), {.bias = true});
  dense layer(inside, fixed_point(5));
  nn::linear<nn::real, nn::real> twin = inside;
  const float_matrix x = random_matrix(8, 6, 21), g = random_matrix(8, 4, 22, 0.01f);
  const float_matrix stored = inside.weights().value;
  (void)layer.forward(x);  // finds the ranges
  (void)layer.backward(g);
  const auto rounded = [](const nn::tensor_format& f, float_matrix m, nn::precision p) {
    f.round_numbers(nn::elements(m), p);
    return m;
  };
  using enum nn::precision;
  for (int pass = 0; pass < 2; ++pass) {
    const float_matrix y = layer.forward(x).pixels(), dx = layer.backward(g).pixels();
    // A range that the stored weights end at may have saturated them.
    CHECK(layer.layer().weights().value == rounded(layer.of_value(0), stored, update));
    twin.weights().value = rounded(layer.of_value(0), layer.layer().weights().value, propagation);
    CHECK(y == rounded(layer.of_results(), twin.forward(x).pixels(), propagation));
    CHECK(dx == twin.backward(rounded(layer.of_errors(), g, propagation)).pixels());
    CHECK(layer.layer().weights().gradient ==
          rounded(layer.of_gradient(0), twin.weights().gradient, propagation));
    CHECK(layer.layer().bias().gradient ==
          rounded(layer.of_gradient(1), twin.bias().gradient, propagation));
    CHECK(on_grid(y, layer.of_results().exponent(), 31));
    CHECK(on_grid(layer.layer().weights().value, layer.of_value(0).exponent() - 2, 127));
    CHECK_FALSE(on_grid(layer.layer().weights().value, layer.of_value(0).exponent(), 31));
  }
  // Evaluation moves nothing; a copy has formats of its own.
  layer.set_training(false);
  dense copy = layer;
  std::vector<double> before, after;
  layer.write_state(before);
  for (int i = 0; i < 3; ++i) (void)layer.forward(float_matrix(100 * x));
  layer.write_state(after);
  CHECK(before == after);
  copy.set_training(true);
  for (int i = 0; i < 20; ++i) (void)copy.forward(float_matrix(100 * x));
  CHECK(copy.of_results().exponent() > layer.of_results().exponent());
  CHECK(test::error_of([&] { (void)layer.backward(float_matrix(8, 3)); }).substr(0, 17) ==
        "nn::low_precision");
}

TEST_CASE("networks learn with words of 10 and 12 bits, and with those of Flexpoint") {
  const clouds train(150, 1), test(90, 2);
  const nn::dynamic_fixed_point_format fixed({.window = 1500});
  const nn::flexpoint_format flexpoint;
  for (const nn::tensor_format* const format :
       {static_cast<const nn::tensor_format*>(&fixed),
        static_cast<const nn::tensor_format*>(&flexpoint)}) {
    auto net = network(*format), again = network(*format);
    const auto run = [&](auto& trained) {
      nn::sgd optimizer(trained.parameters(), {.momentum = 0.5f});
      for (std::int64_t step = 0; step < 150; ++step)
        (void)nn::train_step(trained, optimizer, train.x, train.labels, 0.1f, {step, 0, 1});
      trained.set_training(false);
      const float_matrix logits = trained.forward(test.x).pixels();
      double right = 0;
      for (index_t i = 0; i < 90; ++i) {
        index_t answer = 0;
        logits.row(i).maxCoeff(&answer);
        right += answer == test.labels[static_cast<std::size_t>(i)] ? 1 : 0;
      }
      CHECK(right > 80);
      return logits;
    };
    CHECK(run(net) == run(again));
    const auto& first = std::get<0>(net.layers());
    CHECK(first.of_value(0).exponent() < first.of_results().exponent());
    CHECK(first.of_gradient(0).exponent() < first.of_value(0).exponent());
  }
}

}  // namespace test_formats
