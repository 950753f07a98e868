// nn/integer: training without floats. Its arithmetic by definition, and weights that are the same everywhere.
#include <cmath>
#include <lowbit/nn/integer/wage_network.hpp>
#include <string>
#include <thread>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_integer_training {

namespace nn = lowbit::nn;
using lowbit::code_t;
using lowbit::index_t;

namespace {

/// Pictures in ten classes: each has a pattern, and noise on it.
struct pictures {
  lowbit::matrix<code_t> images;
  std::vector<code_t> labels;

  pictures(index_t n, index_t size, std::uint64_t seed) : images(n, size) {
    const lowbit::random_stream patterns(4), random(seed);
    for (index_t i = 0; i < n; ++i) {
      labels.push_back(static_cast<code_t>(i % 10));
      for (index_t k = 0; k < size; ++k) {
        const std::uint32_t pattern = (patterns.bits(i % 10 * size + k) & 1u) * 100;
        images(i, k) = static_cast<code_t>(pattern + random.bits(i * size + k) % 150);
      }
    }
  }
};

/// Two threads, each with a half of the parts.
struct two_threads {
  static index_t concurrency() noexcept { return 2; }
  template <class F>
  static void parallel_for(index_t n, const F& f) {
    std::thread other([&] {
      for (index_t i = 1; i < n; i += 2) f(i);
    });
    for (index_t i = 0; i < n; i += 2) f(i);
    other.join();
  }
};

constexpr nn::wage_options coarse{.weight_bits = 2, .grid_bits = 8};

}  // namespace

TEST_CASE("the nearest power of two, by integers") {
  for (std::int32_t x = 1; x < 100000; ++x)
    if (nn::nearest_log2(x) != static_cast<int>(std::lround(std::log2(static_cast<double>(x)))))
      FAIL("x = " << x);
  CHECK(nn::nearest_log2(0x7fffffff) == 31);
  CHECK(nn::nearest_log2(46340) == 15);  // below 2^15.5 = 46340.95
  CHECK(nn::nearest_log2(46341) == 16);
}

TEST_CASE("shifts round to nearest, or at random") {
  for (std::int32_t x = -300; x <= 300; ++x)
    for (const int bits : {0, 1, 3, 5}) {
      CHECK(nn::shifted(x, bits) == std::lround(static_cast<double>(x) / (1 << bits)));
      std::int64_t sum = 0;
      for (std::uint32_t u = 0; u < 1u << bits; ++u)
        sum += nn::stochastic_shifted(x, bits, u | 0xffff0000u << bits);
      CHECK(sum == x);  // every uniform number once: exact on average
    }
  CHECK(nn::shifted(-5, -3) == -40);
}

TEST_CASE("integers alone learn, with weights of 8 bits and of 2") {
  const pictures train(600, 64, 1), test(200, 64, 2);
  for (const nn::wage_options& options : {nn::wage_options{}, coarse}) {
    nn::wage_network net({64, 32, 10}, 3, options);
    const index_t batch = 20;
    for (index_t step = 0; step < 150; ++step) {
      const index_t first = step * batch % 600;
      net.train_step({train.images.data() + first * 64, batch, 64},
                     {train.labels.data() + first, static_cast<std::size_t>(batch)},
                     step < 100 ? 0 : -2);
      const std::int32_t stored = (1 << (options.grid_bits - 1)) - 1,
                         used = (1 << (options.weight_bits - 1)) - 1;
      for (const nn::wage_layer& layer : net.layers())
        for (index_t i = 0; i < layer.stored.rows() * layer.stored.cols(); ++i) {
          const std::int32_t w = layer.stored.data()[i], q = layer.used.data()[i];
          const std::int32_t nearest = nn::shifted(w, options.grid_bits - options.weight_bits);
          if (std::abs(w) > stored || q != nn::clipped(nearest, used)) FAIL("step " << step);
        }
    }
    const auto answers = net.answers(test.images.view());
    index_t right = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) right += answers[i] == test.labels[i] ? 1 : 0;
    INFO(options.weight_bits << " bits");
    CHECK(right >= (options.weight_bits == 8 ? 180 : 150));
  }
}

TEST_CASE("weights after 1000 steps are the same on every ISA") {
  const pictures train(320, 64, 5);
  const auto hash = [&](lowbit::any_isa isa) {
    nn::wage_network net({64, 32, 10}, 7);
    for (index_t step = 0; step < 1000; ++step) {
      const index_t first = step * 16 % 320;
      net.train_step({train.images.data() + first * 64, 16, 64}, {train.labels.data() + first, 16},
                     -1, lowbit::on(isa));
    }
    return net.hash();
  };
  lowbit::for_each_isa([&](lowbit::any_isa isa) {
    INFO(isa.name);
    CHECK(hash(isa) == 0xd71ea504409fcd5au);  // as it was when this test was written
  });
}

TEST_CASE("two threads train the same weights") {
  const pictures train(256, 784, 6);
  const auto hash = [&](const auto& where) {
    nn::wage_network net({784, 100, 10}, 7);
    for (int step = 0; step < 5; ++step)
      net.train_step(train.images.view(), train.labels, -1, where);
    return net.hash();
  };
  CHECK(hash(two_threads{}) == hash(lowbit::serial_executor{}));
}

TEST_CASE("what an integer network refuses") {
  const auto error_of = [](std::initializer_list<index_t> sizes, nn::wage_options options) {
    return test::error_of([&] { nn::wage_network(sizes, 1, options); });
  };
  CHECK(error_of({784}, {}) ==
        "nn::wage_network: 1 sizes, one of them 784: needs two or more from 1 to 4096");
  CHECK(error_of({784, 0, 10}, {}) ==
        "nn::wage_network: 3 sizes, one of them 0: needs two or more from 1 to 4096");
  CHECK(
      error_of({4, 2}, {.weight_bits = 9}) ==
      "nn::wage_network: 9, 8 and 8 bits of weights, activations and errors: each must be 2 to 8");
  CHECK(error_of({4, 2}, {.grid_bits = 17}) ==
        "nn::wage_network: 17 bits of stored weights must be 8 to 16, centre 36 0 to 127");
  nn::wage_network net({64, 10}, 1);
  const pictures some(3, 64, 1), others(3, 65, 1);
  const std::uint64_t before = net.hash();
  const auto step_error = [&](const pictures& p, std::vector<code_t> labels, int rate) {
    return test::error_of([&] { net.train_step(p.images.view(), labels, rate); });
  };
  CHECK(step_error(others, {1, 2, 3}, 0) == "nn::wage_network: images of 65 bytes for 64 inputs");
  CHECK(step_error(some, {1, 2}, 0) ==
        "nn::wage_network: 3 images and 2 labels: needs 1 to 4096 of both");
  CHECK(step_error(some, {1, 2, 10}, 0) == "nn::wage_network: label 10: there are 10 classes");
  CHECK(step_error(some, {1, 2, 3}, 5) == "nn::wage_network: rate 5: it must be -12 to 4");
  CHECK(net.hash() == before);
}

}  // namespace test_integer_training
