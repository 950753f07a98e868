#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/adamax.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/nn/schedules/learning_rate.hpp>

#include "support/catch.hpp"

namespace test_optimizers {

namespace nn = lowbit::nn;

namespace {

nn::parameter example() {
  nn::parameter p(1, 2);
  p.value << 1, -2;
  return p;
}

}  // namespace

TEST_CASE("sgd with momentum, by hand") {
  nn::parameter p = example();
  nn::sgd optimizer({&p}, {.rate = 0.5f, .momentum = 0.5f});
  p.gradient << 1, -2;
  optimizer.step();  // v = (1, -2)
  CHECK(p.value(0, 0) == 0.5f);
  CHECK(p.value(0, 1) == -1.0f);
  p.gradient << 0, 4;
  optimizer.step();  // v = (0.5, 3)
  CHECK(p.value(0, 0) == 0.25f);
  CHECK(p.value(0, 1) == -2.5f);
  p.gradient << 0, 0;
  optimizer.step(1.0f);  // v = (0.25, 1.5), another rate
  CHECK(p.value(0, 0) == 0.0f);
  CHECK(p.value(0, 1) == -4.0f);
}

TEST_CASE("adam, by hand") {
  nn::parameter p = example();
  nn::adam optimizer({&p}, {.rate = 0.1f, .b1 = 0.9f, .b2 = 0.99f, .epsilon = 1e-8f});
  // The first step has the length of the rate, whatever the gradient's size.
  p.gradient << 1e-3f, -50;
  optimizer.step();
  CHECK(p.value(0, 0) == Approx(0.9));
  CHECK(p.value(0, 1) == Approx(-1.9));
  // Second step of element 1: m = 0.9 * -5 + 0.1 * 10 = -3.5, corrected -3.5 / 0.19;
  // v = 0.99 * 25 + 0.01 * 100 = 25.75, corrected 25.75 / 0.0199.
  p.gradient << 0, 10;
  optimizer.step();
  const double step = (3.5 / 0.19) / std::sqrt(25.75 / 0.0199);
  CHECK(p.value(0, 1) == Approx(-1.9 + 0.1 * step));
  // Element 0: m = 0.9e-4, v = 0.99e-8.
  CHECK(p.value(0, 0) == Approx(0.9 - 0.1 * (0.9e-4 / 0.19) / std::sqrt(0.99e-8 / 0.0199)));
}

TEST_CASE("nesterov's momentum looks one step ahead") {
  nn::parameter p = example();
  nn::sgd optimizer({&p}, {.rate = 0.5f, .momentum = 0.5f, .nesterov = true});
  p.gradient << 1, -2;
  optimizer.step();  // v = (1, -2), step g + v / 2 = (1.5, -3)
  CHECK(p.value(0, 0) == 0.25f);
  CHECK(p.value(0, 1) == -0.5f);
  p.gradient << 0, 4;
  optimizer.step();  // v = (0.5, 3), step (0.25, 5.5)
  CHECK(p.value(0, 0) == 0.125f);
  CHECK(p.value(0, 1) == -3.25f);
}

TEST_CASE("adamw takes its decay off the value, not off the gradient") {
  nn::parameter p = example(), q = example();
  p.decay = 1;
  nn::adam decoupled({&p}, {.rate = 0.1f, .decay = 0.5f, .decoupled = true});
  nn::adam plain({&q}, {.rate = 0.1f});
  p.gradient << 3, 4;
  q.gradient << 3, 4;
  decoupled.step();
  plain.step();
  CHECK(p.value(0, 0) == Approx(q.value(0, 0) - 0.1 * 0.5 * 1));
  CHECK(p.value(0, 1) == Approx(q.value(0, 1) + 0.1 * 0.5 * 2));
  CHECK(*decoupled.moments()[0] == *plain.moments()[0]);
}

TEST_CASE("adamax, by hand, and its shifts") {
  nn::parameter p = example();
  nn::adamax optimizer({&p}, {.rate = 0.1f, .b1 = 0.5f, .b2 = 0.75f});
  p.gradient << 4, 0;
  optimizer.step();  // m = (2, 0), v = (4, 0); m / (1 - b1) / v = 1
  CHECK(p.value(0, 0) == Approx(0.9));
  CHECK(p.value(0, 1) == -2);
  p.gradient << -1, 0;
  optimizer.step();  // m = 0.5, v = 3
  CHECK(p.value(0, 0) == Approx(0.9 - 0.1 / 0.75 * 0.5 / 3));
  nn::parameter q = example();
  nn::adamax shifts({&q}, nn::shift_adamax_options());
  q.gradient << 3, -0.3f;
  shifts.step();  // AP2(2^-10 / 2^-3) = 2^-7, m = g / 8, AP2(3) = 4, AP2(0.3) = 0.25
  CHECK(q.value(0, 0) == 1 - 0x1p-7f * 0.375f / 4);
  CHECK(q.value(0, 1) == Approx(-2 + 0x1p-7 * 0.0375 / 0.25));
}

TEST_CASE("weights are clipped after each step") {
  nn::parameter p = example();
  p.clip = 1.5f;
  nn::clip_to_bound(p);
  CHECK(p.value(0, 0) == 1.0f);
  CHECK(p.value(0, 1) == -1.5f);
  nn::sgd optimizer({&p}, {.rate = 1, .momentum = 0});
  p.gradient << -7, 1;
  optimizer.step();
  CHECK(p.value(0, 0) == 1.5f);
  CHECK(p.value(0, 1) == -1.5f);
  nn::adam other({&p}, {.rate = 9});
  p.gradient << 1, 1;
  other.step();
  CHECK(p.value(0, 0) == -1.5f);
  p.clip = 0;
  p.value << 1e9f, -1e9f;
  nn::clip_to_bound(p);
  CHECK(p.value(0, 0) == 1e9f);
}

TEST_CASE("the cosine schedule falls from its start towards zero") {
  CHECK(nn::cosine_rate(2, 0, 10) == 2);
  CHECK(nn::cosine_rate(2, 5, 10) == Approx(1));
  CHECK(nn::cosine_rate(2, 10, 10) == Approx(0).margin(1e-7));
  CHECK(nn::cosine_rate(2, 0, 0) == 2);
  for (long i = 0; i < 9; ++i) CHECK(nn::cosine_rate(2, i, 10) > nn::cosine_rate(2, i + 1, 10));
}

TEST_CASE("schedules by their epochs") {
  const nn::step_lr steps{.rate = 1, .every = 2, .factor = 0.5};
  CHECK(steps(0) == 1);
  CHECK(steps(1.99) == 1);
  CHECK(steps(2) == 0.5f);
  CHECK(steps(5) == 0.25f);
  const nn::multi_step_lr some{.rate = 1, .milestones = {4, 1}, .factor = 0.5};
  CHECK(some(0.5) == 1);
  CHECK(some(1) == 0.5f);
  CHECK(some(9) == 0.25f);
  const auto falling = nn::exponential_lr_to(1e-2f, 1e-4f, 10);
  CHECK(falling(0) == Approx(1e-2f));
  CHECK(falling(5) == Approx(1e-3f));
  CHECK(falling(10) == Approx(1e-4f));
  const nn::cosine_lr cosine{.rate = 2, .epochs = 4};
  CHECK(cosine(2) == Approx(1));
  CHECK(cosine(7) == 0);
  const nn::warm_up warm{.epochs = 2, .first = 0.5, .then = steps};
  CHECK(warm(0) == 0.5f);
  CHECK(warm(1) == 0.75f);
  CHECK(warm(2) == 0.5f);
}

}  // namespace test_optimizers
