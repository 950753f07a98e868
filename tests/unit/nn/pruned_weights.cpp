// Weights that are pruned or share values, under every optimizer.
#include <lowbit/compress/pruning.hpp>
#include <lowbit/compress/sharing.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/adamax.hpp>
#include <lowbit/nn/optimizers/masked.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/nn/optimizers/tied.hpp>
#include <memory>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_pruned_weights {

using namespace lowbit;
using nn::elements;

namespace {

using maker = std::unique_ptr<nn::optimizer> (*)(nn::parameter&);
/// Optimizers whose steps do not vanish with the gradient.
const maker optimizers[] = {
    [](nn::parameter& p) -> std::unique_ptr<nn::optimizer> {
      return std::make_unique<nn::sgd>(
          std::vector{&p}, nn::sgd_options{.rate = 0.1f, .momentum = 0.9f, .decay = 0.01f});
    },
    [](nn::parameter& p) -> std::unique_ptr<nn::optimizer> {
      return std::make_unique<nn::sgd>(
          std::vector{&p},
          nn::sgd_options{.rate = 0.1f, .momentum = 0.9f, .decay = 0.01f, .nesterov = true});
    },
    [](nn::parameter& p) -> std::unique_ptr<nn::optimizer> {
      return std::make_unique<nn::adam>(std::vector{&p}, nn::adam_options{.decay = 0.01f});
    },
    [](nn::parameter& p) -> std::unique_ptr<nn::optimizer> {
      return std::make_unique<nn::adam>(std::vector{&p},
                                        nn::adam_options{.decay = 0.01f, .decoupled = true});
    },
    [](nn::parameter& p) -> std::unique_ptr<nn::optimizer> {
      return std::make_unique<nn::adamax>(std::vector{&p});
    }};

nn::parameter random_parameter(std::uint64_t salt) {
  nn::parameter p(7, 13);
  nn::fill_uniform(p, random_stream(salt), 1);
  p.decay = 1;
  return p;
}
void random_gradient(nn::parameter& p, std::uint64_t salt) {
  const random_stream stream(salt, 1);
  for (index_t i = 0; i < p.gradient.size(); ++i) p.gradient.data()[i] = 2 * stream.uniform(i) - 1;
}

}  // namespace

TEST_CASE("pruned weights stay 0 under momentum, moments and decay") {
  for (const maker make : optimizers) {
    nn::parameter p = random_parameter(1), free = p;
    const auto inner = make(p), alone = make(free);
    nn::masked optimizer(*inner, {&p});
    for (std::uint64_t step = 0; step < 5; ++step) {  // moments are not 0 when pruning begins
      random_gradient(p, step);
      random_gradient(free, step);
      optimizer.step(0.1f);
      alone->step(0.1f);
    }
    CHECK(p.value == free.value);  // a mask of ones changes nothing
    const float threshold =
        compress::prune_threshold(elements(std::as_const(p.value)), compress::prune_by::share(0.5));
    compress::prune(elements(p.value), threshold, elements(optimizer.kept(0)));
    const nn::float_matrix pruned = p.value;
    std::vector<nn::float_matrix> moments;
    for (const nn::float_matrix* const m : inner->moments()) moments.push_back(*m);
    for (std::uint64_t step = 5; step < 30; ++step) {
      random_gradient(p, step);
      random_gradient(free, step);
      optimizer.step(0.1f);
      alone->step(0.1f);
      for (index_t i = 0; i < p.value.size(); ++i) {
        const bool kept = optimizer.kept(0).data()[i] != 0;
        CHECK((p.value.data()[i] == 0) == !kept);
        if (kept) CHECK(p.value.data()[i] == free.value.data()[i]);  // others move as without
      }
    }
    CHECK(p.value != pruned);
    for (std::size_t k = 0; k < moments.size(); ++k)
      for (index_t i = 0; i < p.value.size(); ++i)
        if (optimizer.kept(0).data()[i] == 0)
          CHECK(std::fabs(inner->moments()[k]->data()[i]) < std::fabs(moments[k].data()[i]));
  }
}

TEST_CASE("a pruned weight that is not a number becomes 0") {
  nn::parameter p(1, 2);
  nn::sgd sgd({&p}, {.rate = 1, .momentum = 0});
  nn::masked optimizer(sgd, {&p});
  optimizer.kept(0) << 0, 1;
  p.value << std::nanf(""), 1;
  p.gradient << std::nanf(""), 0.5f;
  optimizer.step(1);
  CHECK(p.value(0, 0) == 0);
  CHECK(p.value(0, 1) == 0.5f);
}

TEST_CASE("masks are among the moments") {
  nn::parameter p = random_parameter(2);
  nn::adam adam({&p});
  nn::masked optimizer(adam, {&p});
  optimizer.kept(0)(2, 3) = 0;
  const auto all = optimizer.moments();
  REQUIRE(all.size() == adam.moments().size() + 1);
  CHECK((*all.back())(2, 3) == 0);
  CHECK(optimizer.steps() == 0);
  optimizer.step(0.1f);
  CHECK(optimizer.steps() == 1);
  CHECK(adam.steps() == 1);
}

TEST_CASE("a mask of another shape is refused") {
  nn::parameter p = random_parameter(3);
  nn::sgd sgd({&p});
  nn::masked optimizer(sgd, {&p});
  optimizer.kept(0) = nn::float_matrix::Ones(7, 12);
  CHECK_THAT(test::error_of([&] { optimizer.step(1); }),
             ContainsSubstring("mask 0 is 7x12, its parameter is 7x13"));
}

TEST_CASE("a centroid moves along the sum of its members' gradients") {
  nn::parameter p(1, 5);
  p.value << 1, 0, 1, -2, 1;
  p.gradient << 0.5f, 8, 0.25f, 4, -1;
  nn::sgd sgd({&p}, {.rate = 1, .momentum = 0});
  nn::tied optimizer(sgd, {{&p, {1, 0, 1, 2, 1}}});
  optimizer.step(0.5f);
  const nn::float_matrix expected{{1.125f, 0, 1.125f, -4, 1.125f}};
  CHECK(p.value == expected);
  CHECK(nn::summed_gradients(std::vector<code_t>{3, 3}, std::vector<float>{1, 2})[3] == 3);
}

TEST_CASE("the gradient of a centroid is the change of a loss") {
  // L = sum of (w[i] - y[i])^2 / 2 with w[i] = c[code[i]], whose derivative by c is known.
  nn::parameter p = random_parameter(4);
  std::vector<float> y;
  for (index_t i = 0; i < p.value.size(); ++i) y.push_back(random_stream(5).uniform(i));
  auto shared = compress::share_weights(elements(std::as_const(p.value)), {}, {.bits = 3});
  shared.write(elements(p.value));
  for (index_t i = 0; i < p.value.size(); ++i)
    p.gradient.data()[i] = p.value.data()[i] - y[static_cast<std::size_t>(i)];
  const auto sum = nn::summed_gradients(shared.codes, elements(std::as_const(p.gradient)));
  const auto loss = [&](std::size_t code, double shift) {
    double all = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double w = static_cast<double>(shared.codebook[shared.codes[i]]) +
                       (shared.codes[i] == code ? shift : 0);
      all += (w - static_cast<double>(y[i])) * (w - static_cast<double>(y[i])) / 2;
    }
    return all;
  };
  for (std::size_t c = 0; c < 8; ++c)
    CHECK(static_cast<double>(sum[c]) ==
          Approx((loss(c, 1e-4) - loss(c, -1e-4)) / 2e-4).margin(1e-4));
}

TEST_CASE("members stay equal under every optimizer, and zeros stay") {
  for (const maker make : optimizers) {
    nn::parameter p = random_parameter(6);
    std::vector<std::uint8_t> kept(static_cast<std::size_t>(p.value.size()), 1);
    compress::prune(elements(p.value), 0.5f, kept);
    auto shared = compress::share_weights(elements(std::as_const(p.value)), kept, {.bits = 3});
    shared.write(elements(p.value));
    const auto before = shared.codebook;
    const auto inner = make(p);
    nn::tied optimizer(*inner, {{&p, shared.codes}});
    for (std::uint64_t step = 0; step < 20; ++step) {
      random_gradient(p, step);
      optimizer.step(0.01f);
      shared.read(elements(std::as_const(p.value)));  // refuses members that differ
    }
    CHECK(shared.codebook != before);
    CHECK(shared.codebook[0] == 0);
  }
}

TEST_CASE("errors of tied parameters") {
  nn::parameter p(1, 3);
  p.value << 1, 2, 1;
  nn::sgd sgd({&p});
  CHECK_THAT(test::error_of([&] {
               nn::tied(sgd, {{&p, {1, 2}}});
             }),
             ContainsSubstring("2 codes for 1x3 values"));
  CHECK_THAT(test::error_of([&] {
               nn::tied(sgd, {{&p, {1, 1, 1}}});
             }),
             ContainsSubstring("values 0 and 1 have code 1 and are 1 and 2"));
  CHECK_THAT(test::error_of([&] {
               nn::tied(sgd, {{&p, {0, 1, 0}}});
             }),
             ContainsSubstring("value 0 has code 0 and is 1"));
  CHECK(test::error_of([&] { nn::tied(sgd, {{&p, {0, 1, 0}, false}}); }) == "no error");
}

}  // namespace test_pruned_weights
