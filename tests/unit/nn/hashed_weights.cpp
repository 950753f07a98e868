// HashedNets: where the hash puts weights, the product, and the training of shared values.
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/hashed.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/product/hashed_linear.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_hashed_weights {

using namespace lowbit;

namespace {

hashed_matrix random_hashed(index_t rows, index_t cols, std::size_t buckets, index_t seed,
                            std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal;
  hashed_matrix w{rows, cols, seed, std::vector<float>(buckets)};
  for (float& v : w.values) v = normal(random);
  return w;
}

}  // namespace

TEST_CASE("the hash puts weights where files expect them") {
  const auto check = [](std::uint32_t row, std::uint32_t col, std::uint32_t seed,
                        std::uint32_t buckets, std::uint32_t bucket, bool minus) {
    const auto at = detail::kernel::hashed_place_of(row, col, seed, buckets);
    CHECK(at.bucket == bucket);
    CHECK(at.flip == (minus ? 0x80000000u : 0u));
  };
  check(0, 0, 0, 1000, 869, true);
  check(0, 1, 0, 1000, 851, false);
  check(1, 0, 0, 1000, 34, true);
  check(999, 783, 7, 12250, 7776, false);
  check(0xffffffffu, 0xffffffffu, 0xffffffffu, 3, 1, false);
}

TEST_CASE("buckets and signs are even and independent") {
  constexpr std::uint32_t buckets = 50;
  constexpr index_t rows = 300, cols = 784;
  std::vector<int> count(buckets), minus(buckets);
  hashed_matrix w{rows, cols, 3, std::vector<float>(buckets)};
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < cols; ++c) {
      const auto at = w.place(r, c);
      REQUIRE(at.bucket < buckets);
      ++count[at.bucket];
      minus[at.bucket] += at.flip != 0 ? 1 : 0;
    }
  for (std::size_t b = 0; b < buckets; ++b) {  // 4704 each; five standard deviations
    CHECK(std::abs(count[b] - 4704) < 5 * 68);
    CHECK(std::abs(minus[b] - count[b] / 2) < 5 * 34);
  }
}

TEST_CASE("products with hashed weights have the bits of the dense chain") {
  INFO(test::reproduce());
  std::uint64_t salt = 500;
  for (const auto& [rows, cols] : {std::pair<index_t, index_t>{1, 1}, {7, 256}, {30, 777}})
    for (const std::size_t buckets : {std::size_t{1}, std::size_t{37}, std::size_t{5000}}) {
      const hashed_matrix w = random_hashed(rows, cols, buckets, 11, salt++);
      const matrix<float> dense = w.decoded();
      std::vector<float> bias;
      if (salt % 2 == 0) bias.assign(static_cast<std::size_t>(rows), 0.25f);
      for (const index_t images : {index_t{0}, index_t{1}, index_t{11}}) {
        matrix<float> x(images, cols), expected(images, rows);
        auto random = test::generator(salt);
        std::normal_distribution<float> normal;
        for (index_t i = 0; i < images * cols; ++i) x.data()[i] = normal(random);
        for (index_t m = 0; m < images; ++m)
          for (index_t n = 0; n < rows; ++n) {
            double sum = 0;
            for (index_t k = 0; k < w.cols; ++k)
              sum += static_cast<double>(x(m, k)) * static_cast<double>(dense(n, k));
            const double shift = bias.empty() ? 0 : 0.25;
            expected(m, n) =
                static_cast<float>(static_cast<double>(static_cast<float>(sum)) + shift);
          }
        test::on_every_isa(
            [&](isa_tag auto isa) { CHECK(hashed_matmul(x, w, bias, on(isa)) == expected); });
      }
    }
}

TEST_CASE("the gradient of a shared value is the signed sum over its weights") {
  nn::parameter weights(9, 31), values(1, 17);
  const nn::hashed_parameter h{&weights, &values, 5};
  nn::sgd sgd({&values}, {.rate = 1, .momentum = 0});
  nn::hashed optimizer(sgd, {h});
  std::vector<float> expected(17);
  for (index_t r = 0; r < 9; ++r)
    for (index_t c = 0; c < 31; ++c) {
      weights.gradient(r, c) = static_cast<float>((r * 31 + c) % 11 - 5);  // sums are exact
      const auto at = h.matrix().place(r, c);
      expected[at.bucket] += at.flip != 0 ? -weights.gradient(r, c) : weights.gradient(r, c);
    }
  optimizer.step(0);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(values.gradient.data()[i] == expected[i]);
}

TEST_CASE("the gradient of a shared value is the change of a loss") {
  nn::parameter weights(6, 8), values(1, 5);
  nn::fill_uniform(values, random_stream(1), 1);
  const nn::hashed_parameter h{&weights, &values, 2};
  nn::sgd sgd({&values}, {.rate = 1, .momentum = 0});
  nn::hashed optimizer(sgd, {h});
  const random_stream target(3);
  const auto loss = [&](const hashed_matrix& w) {
    double all = 0;
    for (index_t i = 0; i < 48; ++i) {
      const double d =
          static_cast<double>(w(i / 8, i % 8)) - static_cast<double>(target.uniform(i));
      all += d * d / 2;
    }
    return all;
  };
  for (index_t i = 0; i < 48; ++i)
    weights.gradient.data()[i] = weights.value.data()[i] - target.uniform(i);
  const hashed_matrix before = h.matrix();
  optimizer.step(0);
  for (std::size_t b = 0; b < 5; ++b) {
    hashed_matrix more = before, less = before;
    more.values[b] += 0x1p-10f;
    less.values[b] -= 0x1p-10f;
    CHECK(static_cast<double>(values.gradient.data()[b]) ==
          Approx((loss(more) - loss(less)) / 0x1p-9).margin(1e-4));
  }
}

TEST_CASE("weights follow their shared values, and a target that can be met is met") {
  nn::parameter weights(20, 30), values(1, 40), free(1, 1);
  nn::fill_uniform(values, random_stream(4), 1);
  const nn::hashed_parameter h{&weights, &values, 9};
  nn::adam adam({&values, &free}, {.rate = 0.05f});
  nn::hashed optimizer(adam, {h});
  const hashed_matrix target = random_hashed(20, 30, 40, 9, 510);
  for (int step = 0; step < 600; ++step) {
    for (index_t r = 0; r < 20; ++r)
      for (index_t c = 0; c < 30; ++c) weights.gradient(r, c) = weights.value(r, c) - target(r, c);
    optimizer.step(0.05f * static_cast<float>(600 - step) / 600);
    const hashed_matrix now = h.matrix();
    if (step % 100 == 0)
      for (index_t r = 0; r < 20; ++r)
        for (index_t c = 0; c < 30; ++c) CHECK(weights.value(r, c) == now(r, c));
  }
  for (std::size_t b = 0; b < 40; ++b)
    CHECK(values.value.data()[b] == Approx(target.values[b]).margin(1e-3));
  CHECK(optimizer.steps() == 600);
  CHECK(optimizer.moments().size() == adam.moments().size());
}

TEST_CASE("errors of hashed weights") {
  hashed_matrix w = random_hashed(3, 4, 5, 0, 520);
  const auto refused = [](const hashed_matrix& m) {
    const reason why = m.problem();
    return std::string(why ? why.text() : "nothing");
  };
  CHECK(refused(w) == "nothing");
  w.seed = -1;
  CHECK(refused(w) == "a hash with seed -1: it must have 32 bits");
  w.seed = 0;
  w.rows = -2;
  CHECK_THAT(refused(w), ContainsSubstring("a hashed matrix of -2x4"));
  w.rows = 3;
  w.values[4] = std::nanf("");
  CHECK(refused(w) == "shared value 4 is nan");
  w.values.clear();
  CHECK_THAT(refused(w), ContainsSubstring("a hashed matrix of 0 values"));
  const matrix<float> x(2, 4);
  CHECK_THAT(test::error_of([&] { static_cast<void>(hashed_matmul(x, w)); }),
             ContainsSubstring("hashed_matmul: a hashed matrix of 0 values"));
  w.values = {1};
  w.cols = 5;
  CHECK_THAT(test::error_of([&] { static_cast<void>(hashed_matmul(x, w)); }),
             ContainsSubstring("x is 2x4, weights are 3x5"));
  w.cols = 4;
  CHECK_THAT(test::error_of([&] { static_cast<void>(hashed_matmul(x, w, std::vector<float>(2))); }),
             ContainsSubstring("2 biases for 3 outputs"));
  nn::parameter weights(2, 2), none(1, 0);
  nn::sgd sgd({&none});
  CHECK_THAT(test::error_of([&] {
               nn::hashed(sgd, {{&weights, &none, 0}});
             }),
             ContainsSubstring("nn::hashed: a hashed matrix of 0 values"));
}

}  // namespace test_hashed_weights
