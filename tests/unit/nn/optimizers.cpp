#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/nn/schedules/cosine.hpp>

#include "support/catch.hpp"

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
