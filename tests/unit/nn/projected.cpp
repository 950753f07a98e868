// Training through a function of all weights (nn/optimizers/projected.hpp), against the same steps written out.
#include "lowbit/nn/optimizers/projected.hpp"

#include "lowbit/nn/optimizers/adam.hpp"
#include "lowbit/nn/optimizers/sgd.hpp"
#include "support/catch.hpp"

using namespace lowbit;
using nn::float_matrix;

namespace {

/// The largest weight of a row stays, the others become 0.
void keep_largest(const float_matrix& latent, float_matrix& used) {
  used.setZero();
  for (index_t r = 0; r < latent.rows(); ++r) {
    index_t at = 0;
    latent.row(r).maxCoeff(&at);
    used(r, at) = latent(r, at);
  }
}

}  // namespace

TEST_CASE("latent weights move along the gradient of the projected ones", "[nn]") {
  nn::parameter w(2, 3), other(1, 1);
  w.value << 1, 2, 3, 6, 5, 4;
  other.value << 7;
  nn::sgd sgd({&w, &other}, {.momentum = 0});
  nn::projected optimizer(sgd, {&w},
                          [](std::size_t number, const float_matrix& latent, float_matrix& used) {
                            CHECK(number == 0);
                            keep_largest(latent, used);
                          });
  float_matrix latent(2, 3), used(2, 3);
  latent << 1, 2, 3, 6, 5, 4;
  for (int step = 0; step < 5; ++step) {
    keep_largest(latent, used);
    CHECK(w.value == used);
    CHECK(optimizer.latent(0) == latent);
    w.gradient << 0, -1, 1, 2, 0, 0;  // of what the network used
    other.gradient << 1;
    optimizer.step(0.5f);
    latent -= 0.5f * w.gradient;
  }
  CHECK(w.value(0, 1) == 4.5f);  // the second weight has overtaken the third
  CHECK(w.value(0, 2) == 0);
  CHECK(other.value(0, 0) == 7 - 2.5f);
  CHECK(optimizer.steps() == 5);
}

TEST_CASE("latent weights are among the moments", "[nn]") {
  nn::parameter w(1, 2);
  w.value << 3, -4;
  nn::adam adam({&w});
  nn::projected optimizer(adam, {&w},
                          [](std::size_t, const float_matrix& latent, float_matrix& used) {
                            used = latent.array().sign();
                          });
  const auto moments = optimizer.moments();
  REQUIRE(moments.size() == adam.moments().size() + 1);
  CHECK((*moments.back())(0, 1) == -4);
  CHECK(w.value(0, 1) == -1);
}
