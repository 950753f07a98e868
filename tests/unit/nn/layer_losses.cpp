// Losses of one layer: ELQ's penalty of what quantizing weights changes, FTProp's hinge towards targets.
#include <cmath>
#include <lowbit/nn/losses/loss_error.hpp>
#include <lowbit/nn/losses/target_loss.hpp>
#include <lowbit/quantize/methods/ternary_threshold.hpp>

#include "numeric.hpp"
#include "support/settings.hpp"

namespace test_layer_losses {

namespace nn = lowbit::nn;
using lowbit::index_t;
using nn::float_matrix;

namespace {

float_matrix ternary(const float_matrix& w) {
  const auto q = lowbit::ternary_threshold<>::symmetric(0.4f);
  return w.unaryExpr([&](float v) { return lowbit::decode(q, lowbit::encode(q, v)); });
}

/// L(w) = ||w A - B||^2 / 2: what the first-order change leaves out is ||(w - q) A||^2 / 2.
struct quadratic {
  Eigen::MatrixXd a = random_matrix(6, 9, 81).cast<double>(),
                  b = random_matrix(4, 9, 82).cast<double>();

  double loss(const float_matrix& w) const { return (w.cast<double>() * a - b).squaredNorm() / 2; }
  float_matrix gradient(const float_matrix& w) const {
    return ((w.cast<double>() * a - b) * a.transpose()).cast<float>();
  }
};

}  // namespace

TEST_CASE("the loss error is the first-order change of the loss between weights and their levels") {
  const quadratic problem;
  const float_matrix w = random_matrix(4, 6, 83), q = ternary(w);
  const nn::loss_error_result error = nn::loss_error(w, q, problem.gradient(q), 0.5, 0.25);
  const double second = ((w - q).cast<double>() * problem.a).squaredNorm() / 2;
  CHECK(error.change == Approx(problem.loss(w) - problem.loss(q) - second).epsilon(1e-5));
  CHECK(error.loss ==
        Approx(0.5 * std::abs(error.change) + 0.25 * (w - q).cast<double>().squaredNorm()));
  CHECK(test::error_of([&] { (void)nn::loss_error(w, float_matrix(4, 5), q, 1, 1); }) ==
        "nn::loss_error: w is 4x6, quantized is 4x5");
}

TEST_CASE("its gradient, on both sides of no change and there") {
  float_matrix w = random_matrix(3, 5, 84);
  const float_matrix q = ternary(w), g = random_matrix(3, 5, 85);
  for (const float side : {1.0f, -1.0f}) {
    const float_matrix slope = side * g;
    const auto error = nn::loss_error(w, q, slope, 0.7, 0.3);
    check_gradient(
        w, error.gradient, [&] { return nn::loss_error(w, q, slope, 0.7, 0.3).loss; }, 1e-3f);
  }
  CHECK(nn::loss_error(w, q, g, 1, 0).change == Approx(-nn::loss_error(w, q, -g, 1, 0).change));
  // Weights that are their levels: nothing to pay, nothing to move.
  const auto none = nn::loss_error(q, q, g, 1, 1);
  CHECK(none.loss == 0);
  CHECK(none.gradient.isZero());
}

TEST_CASE("with the penalty, quantizing the trained weights changes the loss less") {
  const quadratic problem;
  // Straight-through descent from several starts; the mean change of the loss at its end.
  const auto train = [&](double a, double b) {
    double sum = 0;
    for (std::uint64_t start = 0; start < 10; ++start) {
      float_matrix w = random_matrix(4, 6, 90 + start);
      for (int step = 0; step < 300; ++step) {
        const float_matrix q = ternary(w), g = problem.gradient(q);
        w -= 0.01f * (g + nn::loss_error(w, q, g, a, b).gradient);
      }
      sum += std::abs(problem.loss(ternary(w)) - problem.loss(w)) / 10;
    }
    return sum;
  };
  const double without = train(0, 0);
  CHECK(train(0, 2) < 0.8 * without);
  CHECK(train(0.2, 2) < 0.8 * without);
}

TEST_CASE(
    "a layer's loss towards its targets: values, derivative, and the surrogates of training") {
  float_matrix known(1, 4), arrived(1, 4);
  known << 0.5f, -3, -0.25f, 7;
  arrived << -2, 0.5f, 4, 0;  // targets 1, -1, -1, none
  const auto weighted = nn::target_loss(known, arrived, nn::target_weight::upstream);
  CHECK(weighted.loss == Approx(2 * 0.5 + 0.5 * 0 + 4 * 0.75));
  CHECK(weighted.gradient == (float_matrix(1, 4) << -2, 0, 4, 0).finished());
  const auto alike = nn::target_loss(known, arrived, nn::target_weight::one);
  CHECK(alike.loss == Approx(0.5 + 0 + 0.75));
  CHECK(alike.gradient == (float_matrix(1, 4) << -1, 0, 1, 0).finished());

  float_matrix x = random_matrix(5, 6, 87, 2);
  const float_matrix g = random_matrix(5, 6, 88);
  const lowbit::ste::soft_hinge soft;
  for (const auto by : {nn::target_weight::upstream, nn::target_weight::one})
    check_gradient(x, nn::target_loss(x, g, by, soft).gradient,
                   [&] { return nn::target_loss(x, g, by, soft).loss; });
  const auto trained = nn::target_loss(x, g, nn::target_weight::upstream);
  for (index_t i = 0; i < x.size(); ++i)
    CHECK(trained.gradient.data()[i] == lowbit::ste::saturated_hinge{}(x.data()[i], g.data()[i]));
  CHECK(test::error_of([&] { (void)nn::target_loss(x, known, nn::target_weight::one); }) ==
        "nn::target_loss: x is 5x6, upstream is 1x4");
}

}  // namespace test_layer_losses
