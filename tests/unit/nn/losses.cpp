// Losses and penalties: values of known cases, gradients against finite differences and closed forms, errors.
#include <array>
#include <cmath>
#include <lowbit/nn/layers/distribution_penalty.hpp>
#include <lowbit/nn/losses/distillation.hpp>
#include <lowbit/nn/losses/squared_error.hpp>
#include <lowbit/nn/losses/squared_hinge.hpp>
#include <lowbit/nn/losses/vnq_divergence.hpp>
#include <lowbit/nn/losses/weight_penalties.hpp>

#include "numeric.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_losses {

namespace nn = lowbit::nn;
using nn::float_matrix;

namespace {

constexpr std::array<int, 5> labels{0, 3, 1, 1, 2};

/// A batch of 5 images and 4 classes.
float_matrix some_logits(std::uint64_t seed) { return random_matrix(5, 4, seed, 2); }

}  // namespace

TEST_CASE("label smoothing moves the targets") {
  float_matrix z = some_logits(41);
  const auto smooth = nn::softmax_cross_entropy(z, labels, 0.2);
  check_gradient(z, smooth.gradient,
                 [&] { return nn::softmax_cross_entropy(z, labels, 0.2).loss; });
  // 0.8 of the loss of the label and 0.2 of the mean loss of all classes.
  double all = 0;
  for (int c = 0; c < 4; ++c)
    all += nn::softmax_cross_entropy(z, std::array<int, 5>{c, c, c, c, c}).loss / 4;
  CHECK(smooth.loss == Approx(0.8 * nn::softmax_cross_entropy(z, labels).loss + 0.2 * all));
  CHECK(test::error_of([&] { (void)nn::softmax_cross_entropy(z, labels, 1); }) ==
        "softmax_cross_entropy: smoothing is 1: it must be in [0, 1)");
}

TEST_CASE("squared hinge") {
  float_matrix z(1, 3);
  z << 0.5f, -2, 0.25f;
  const auto known = nn::squared_hinge(z, std::array<int, 1>{0});
  CHECK(known.loss == Approx((0.25 + 0 + 1.5625) / 3));
  CHECK(known.gradient(0, 0) == Approx(-2 * 0.5 / 3));
  CHECK(known.gradient(0, 1) == 0);
  CHECK(known.gradient(0, 2) == Approx(2 * 1.25 / 3));
  float_matrix more = some_logits(42);
  check_gradient(more, nn::squared_hinge(more, labels).gradient,
                 [&] { return nn::squared_hinge(more, labels).loss; });
  CHECK(test::error_of([&] { (void)nn::squared_hinge(more, std::array<int, 1>{0}); }) ==
        "squared_hinge: 5 rows, 1 labels");
}

TEST_CASE("squared errors from one-hot targets") {
  float_matrix y = some_logits(43);
  const float_matrix target = nn::one_hot(labels, 4, 1, -1);
  CHECK(target(1, 3) == 1);
  CHECK(target.sum() == 5 - 15);
  const auto mean = nn::mean_squared_error(y, target), sum = nn::sum_squared_error(y, target);
  CHECK(sum.loss == Approx(mean.loss * 4 / 2));
  CHECK((sum.gradient - (y - target) / 5).cwiseAbs().maxCoeff() < 1e-6f);
  check_gradient(y, mean.gradient, [&] { return nn::mean_squared_error(y, target).loss; });
  CHECK(test::error_of([&] { (void)nn::mean_squared_error(y, float_matrix(5, 3)); }) ==
        "mean_squared_error: y is 5x4, target is 5x3");
  CHECK(test::error_of([&] { (void)nn::one_hot(labels, 3); }) ==
        "nn::one_hot: label 3 of row 1: there are 3 classes");
}

TEST_CASE("distillation at a temperature: value, derivative and closed form") {
  const float_matrix teacher = some_logits(44);
  float_matrix student = some_logits(45);
  for (const double t : {1.0, 4.0}) {
    INFO("temperature " << t);
    const auto loss = nn::distillation(teacher, student, t);
    check_gradient(student, loss.gradient,
                   [&] { return nn::distillation(teacher, student, t).loss; });
    for (lowbit::index_t r = 0; r < 5; ++r)
      for (lowbit::index_t c = 0; c < 4; ++c) {
        const auto p = [&](const float_matrix& z) {
          return std::exp(double{z(r, c)} / t) / (z.row(r).cast<double>().array() / t).exp().sum();
        };
        CHECK(double{loss.gradient(r, c)} ==
              Approx(t * (p(student) - p(teacher)) / 5).margin(1e-7));
      }
    CHECK(nn::distillation(student, student, t).loss == Approx(0).margin(1e-12));
    CHECK(loss.loss > 0);
  }
}

TEST_CASE("apprentice adds three losses, and scheme B has the teacher's gradient too") {
  float_matrix teacher = some_logits(46), student = some_logits(47);
  const auto loss = nn::apprentice(teacher, student, labels, {0.5, 2, 0.25});
  CHECK(loss.loss == Approx(0.5 * nn::softmax_cross_entropy(teacher, labels).loss +
                            2 * nn::softmax_cross_entropy(student, labels).loss +
                            0.25 * nn::soft_cross_entropy(teacher, student).loss));
  check_gradient(student, loss.student_gradient, [&] {
    return nn::apprentice(teacher, student, labels, {0.5, 2, 0.25}).loss;
  });
  // The soft targets are constants to the teacher.
  check_gradient(teacher, loss.teacher_gradient,
                 [&] { return 0.5 * nn::softmax_cross_entropy(teacher, labels).loss; });
}

TEST_CASE("distribution loss: 0 inside its band alone, and its derivative") {
  // Mean and deviation of a channel; two values of each are mean - deviation and mean + deviation.
  const auto loss_of = [](float mean, float deviation) {
    float_matrix x(4, 1);
    x << mean - deviation, mean + deviation, mean - deviation, mean + deviation;
    return nn::distribution_loss(x);
  };
  for (const float mean : {-3.0f, -1.5f, -0.5f, 0.0f, 1.0f, 2.5f})
    for (const float deviation : {0.25f, 1.25f, 2.25f, 3.5f, 4.5f}) {
      INFO("mean " << mean << ", deviation " << deviation);
      const auto loss = loss_of(mean, deviation);
      const float size = std::abs(mean);
      const bool inside = deviation <= 4 && size <= deviation && size + deviation >= 2;
      CHECK((loss.band + loss.mismatch == 0) == inside);
      if (inside) CHECK(loss.gradient.cwiseAbs().maxCoeff() == 0);
    }
  float_matrix x = random_matrix(6, 3, 48, 1);
  x.col(1).array() -= 3;
  x.col(2) *= 8;
  check_gradient(x, nn::distribution_loss(x).gradient, [&] {
    const auto loss = nn::distribution_loss(x);
    return loss.band + loss.mismatch;
  });
  CHECK(nn::distribution_loss(float_matrix(0, 3)).band == 0);
}

TEST_CASE("the layer of the distribution loss adds its gradient in the first half of training") {
  nn::distribution_penalty layer(0.5f);
  const float_matrix x = random_matrix(6, 3, 49, 1), g = random_matrix(6, 3, 50, 1);
  CHECK(layer.forward(x).pixels() == x);
  const float_matrix penalty = 0.5f * nn::distribution_loss(x).gradient;
  CHECK(penalty.cwiseAbs().maxCoeff() > 0);
  CHECK(layer.backward(g).pixels() == g + penalty);
  layer.set_progress(0.5);
  CHECK(layer.backward(g).pixels() == g);
  layer.set_progress(0);
  layer.set_training(false);
  CHECK(layer.backward(g).pixels() == g);
}

TEST_CASE("weights are pulled towards -alpha and +alpha") {
  float_matrix w = random_matrix(3, 4, 51, 2);
  for (const auto by : {nn::distance::absolute, nn::distance::squared}) {
    const auto penalty = nn::towards_levels(w, 0.75, 0.5, by);
    check_gradient(
        w, penalty.gradient, [&] { return nn::towards_levels(w, 0.75, 0.5, by).loss; }, 1e-3f);
    const double above = nn::towards_levels(w, 0.7501, 0.5, by).loss,
                 below = nn::towards_levels(w, 0.7499, 0.5, by).loss;
    CHECK(penalty.alpha_gradient == Approx((above - below) / 2e-4).epsilon(1e-6));
  }
  const float_matrix there = float_matrix::Constant(2, 2, -0.75f);
  CHECK(nn::towards_levels(there, 0.75, 1, nn::distance::absolute).gradient.isZero());
}

TEST_CASE("orthogonality: derivative, both Gram matrices, and descent makes rows orthogonal") {
  for (const auto& [rows, cols] : {std::pair(3, 5), std::pair(5, 3)}) {
    float_matrix w = random_matrix(rows, cols, 52, 1);
    check_gradient(w, nn::orthogonality(w, 0.5).gradient,
                   [&] { return nn::orthogonality(w, 0.5).loss; });
    CHECK(nn::orthogonality(w, 0.5).loss ==
          Approx(nn::orthogonality(float_matrix(w.transpose()), 0.5).loss));
    const double before = nn::orthogonality(w, 0.5).loss;
    for (int i = 0; i < 200; ++i) w -= 0.1f * nn::orthogonality(w, 0.5).gradient;
    CHECK(nn::orthogonality(w, 0.5).loss < 1e-6 * before);
  }
}

TEST_CASE("the divergence of variational network quantization has these derivatives") {
  for (const double theta : {-0.31, -0.2, -0.07, 0.0, 0.011, 0.13, 0.2, 0.4})
    for (const double sigma : {0.01, 0.05, 0.4}) {
      INFO("theta " << theta << ", sigma " << sigma);
      const auto d = nn::divergence_from_spikes(theta, sigma, 0.16, 0.075);
      const auto value = [](double t, double s) {
        return nn::divergence_from_spikes(t, s, 0.16, 0.075).value;
      };
      const double h = 1e-6;
      const double by_theta = (value(theta + h, sigma) - value(theta - h, sigma)) / (2 * h);
      const double by_sigma = (value(theta, sigma + h) - value(theta, sigma - h)) / (2 * h);
      CHECK(d.by_theta == Approx(by_theta).epsilon(1e-4).margin(1e-4));
      CHECK(d.by_sigma == Approx(by_sigma).epsilon(1e-4).margin(1e-4));
    }
  // Spikes are cheap, what lies between them is not.
  const auto at = [](double theta) { return nn::divergence_from_spikes(theta, 0.01).value; };
  for (const double spike : {-0.2, 0.0, 0.2}) CHECK(at(spike) < at(spike + 0.1));
}

}  // namespace test_losses
