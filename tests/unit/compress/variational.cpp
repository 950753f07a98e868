// Variational network quantization: the gradients of the training, what noise prunes, and the step of a pipeline.
#include "digit_network.hpp"
#include "lowbit/compress/variational_quantization.hpp"
#include "lowbit/nn/optimizers/sgd.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_variational {

using namespace lowbit;
using namespace test;
using nn::float_matrix;

namespace {

struct gaussians {
  nn::parameter w{1, 6};
  nn::variational_options options;

  gaussians() {
    w.value << 0.5f, -0.11f, 0.02f, 0, -0.3f, 0.09f;
    options.images = 50;
    options.seed = 7;
  }
};

}  // namespace

TEST_CASE("a step of variational training follows the gradients of loss and divergence",
          "[compress]") {
  gaussians g;
  const float_matrix theta = g.w.value;
  nn::sgd sgd({&g.w}, {.momentum = 0});
  nn::variational optimizer(sgd, {{&g.w, 0.1f}}, g.options);
  const float_matrix sample = g.w.value, sigma = optimizer.deviations(0);
  CHECK(sample(0, 3) == 0);  // pruned before
  for (const index_t k : {0, 1, 2, 4, 5}) {
    CHECK(sigma(0, k) == Approx(std::exp(-4.0) / 2));  // a is 0.1: half of the paper's unit
    CHECK(sample(0, k) != theta(0, k));
    CHECK(std::abs(sample(0, k) - theta(0, k)) < 5 * sigma(0, k));
  }
  // The loss of a sample: the sum of g w. Divergences of 50 images.
  g.w.gradient << 1, -2, 0.5f, 3, 0, 0.25f;
  const float_matrix by_sample = g.w.gradient;
  optimizer.step(0.01f);
  optimizer.settle();
  double by_spike = 0;
  for (index_t k = 0; k < 6; ++k) {
    double slope = double{by_sample(0, k)};
    if (k != 3) {
      const double t = double{theta(0, k)}, s = double{sigma(0, k)}, h = 1e-6;
      slope += nn::divergence_from_spikes(t, s, 0.1).by_theta / 50;
      by_spike += (nn::divergence_from_spikes(t, s, 0.1 + h).value -
                   nn::divergence_from_spikes(t, s, 0.1 - h).value) /
                  (2 * h);
    }
    CHECK(g.w.value(0, k) == Approx(double{theta(0, k)} - 0.01 * slope).epsilon(1e-4).margin(1e-6));
    CHECK(optimizer.means(0)(0, k) == g.w.value(0, k));
  }
  // Adam's first step has the size of the rate and the sign of the gradient.
  CHECK(optimizer.spike(0) == Approx(0.1 + (by_spike < 0 ? 1 : -1) * 0.01 * 0.01).epsilon(1e-5));
  for (const index_t k : {0, 1, 2, 4, 5}) {
    const double eps = (double{sample(0, k)} - double{theta(0, k)}) / double{sigma(0, k)};
    const double by_sigma =
        double{by_sample(0, k)} * eps +
        nn::divergence_from_spikes(double{theta(0, k)}, double{sigma(0, k)}, 0.1).by_sigma / 50;
    const double log_variance = -8 + (by_sigma < 0 ? 1 : -1) * 0.1;
    CHECK(optimizer.deviations(0)(0, k) == Approx(std::exp(log_variance / 2) / 2).epsilon(1e-4));
  }
}

TEST_CASE("samples have the mean and the deviation that they say", "[compress]") {
  gaussians g;
  nn::sgd sgd({&g.w}, {.momentum = 0});
  g.options.warm_up = 1000000;  // no divergence to speak of
  g.options.variance_rate = g.options.spike_rate = 0;
  nn::variational optimizer(sgd, {{&g.w, 0.1f}}, g.options);
  const float_matrix theta = optimizer.means(0);
  const double sigma = double{optimizer.deviations(0)(0, 0)};
  double mean = 0, square = 0, cross = 0;
  constexpr int rounds = 4000;
  for (int round = 0; round < rounds; ++round) {
    g.w.gradient.setZero();
    optimizer.step(0);
    const double one = double{g.w.value(0, 0)} - double{theta(0, 0)};
    mean += one / rounds;
    square += one * one / rounds;
    cross += one * (double{g.w.value(0, 1)} - double{theta(0, 1)}) / rounds;
  }
  CHECK(mean / sigma == Approx(0).margin(4 / std::sqrt(double{rounds})));
  CHECK(square / (sigma * sigma) == Approx(1).margin(0.1));
  CHECK(cross / (sigma * sigma) == Approx(0).margin(4 / std::sqrt(double{rounds})));
  CHECK_THAT(error_of([&] {
               nn::variational(sgd, {{&g.w, 0}}, {});
             }),
             ContainsSubstring("a spike at 0"));
}

TEST_CASE("noise prunes, and the nearest spike is what is left", "[compress]") {
  vnq q;
  q.a = 0.2f;
  const std::vector<float> means{0.21f, -0.19f, 0.05f, 0.15f, 0.0f, 0.12f},
      deviations{0.01f, 0.05f, 0.01f, 0.7f, 0.1f, 0.5f};
  std::vector<float> kept(6, 1);
  const auto shared = compress::vnq_codes(q, means, deviations, kept);
  // log alpha = 2 log(sigma / |theta|) of the fourth: 3.08, of the sixth: 2.85
  CHECK(shared.codes == std::vector<code_t>{2, 1, 0, 0, 0, 2});
  CHECK(kept == std::vector<float>{1, 1, 1, 0, 0, 1});
  CHECK(shared.codebook == std::vector<float>{0, -0.2f, 0.2f, 0});
  std::vector<float> short_marks(5, 1);
  CHECK_THAT(error_of([&] { (void)compress::vnq_codes(q, means, deviations, short_marks); }),
             ContainsSubstring("6 means, 6 deviations, 5 marks"));
}

TEST_CASE("a network is pruned and quantized by variational training", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  compress::pipeline p;
  p.add("VNQ", compress::variational_quantization{.epochs = 60, .rate = 3e-3f})
      .add("fine-tune", compress::retrain{10, 1e-3f});
  const auto results = p.run(m, [&] { return 1 - nn::evaluate(net, images).accuracy; });
  INFO("errors " << results[0].error << ", " << results[1].error << ", " << results[2].error
                 << ", kept " << results[1].kept);
  CHECK(results[1].kept < 0.9);
  CHECK(results[1].kept > 0.05);
  CHECK(results[2].error < 0.1);
  for (compress::model_layer& l : m.layers()) {
    CHECK(values_of(l) <= 3);
    for (std::size_t i = 0; i < l.weights().size(); ++i)
      REQUIRE((nn::elements(l.kept)[i] != 0 || l.weights()[i] == 0));
  }
  CHECK(run_from_file(m).accuracy > 0.8);
}

}  // namespace test_variational
