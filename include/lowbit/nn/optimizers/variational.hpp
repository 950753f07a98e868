// lowbit/nn/optimizers/variational.hpp – weights as Gaussians, whose prior has spikes at a ternary codebook: training of
// variational network quantization.
//
//     nn::adam adam(net.parameters());
//     nn::variational optimizer(adam, {{&layer.weights(), 0.1f}}, {.images = 60000});
//     ...                                             train as ever
//     optimizer.settle();                             the weights are their means again
//
// A weight is N(theta, sigma^2). In each step the network uses a sample w = theta + sigma eps, eps of N(0, 1), and the
// loss of an image is
//
//     L(w) + beta / images * sum over weights of D(theta, sigma, a)             D: nn/losses/vnq_divergence.hpp
//
//     dL/dtheta = dL/dw        dL/dsigma = dL/dw eps        dL/da: D is a function of theta / a and sigma / a
//
// Means are moved by the inner optimizer; log sigma^2 and the spikes a, one of each layer, by Adam. Where noise does not
// harm, sigma grows beyond |theta| and the weight can be pruned. What is not pruned gathers at -a, 0 and a
// (quantize/methods/vnq.hpp). beta grows from 0 to 1 in the first steps, else all weights would be pruned before the
// network knows which it needs.
//
// The paper's numbers belong to spikes at +-0.2. Here layers have spikes of any size, so log sigma^2 counts in units in
// which the first a of the layer is 0.2. A mean of exactly 0 is a pruned weight: it has neither noise nor divergence.
//
// Cost of a step beside the inner one: about fifteen logarithms, exponentials and the like per weight.
//
// Sources: Achterhold et al., "Variational network quantization", ICLR 2018, section 3 and equations 13 to 17; sampling
// by Kingma, Welling, arXiv:1312.6114, section 2.4. The paper samples what neurons sum up instead of weights.
#ifndef LOWBIT_NN_OPTIMIZERS_VARIATIONAL_HPP
#define LOWBIT_NN_OPTIMIZERS_VARIATIONAL_HPP

#include <cmath>
#include <memory>
#include <vector>

#include "lowbit/nn/losses/vnq_divergence.hpp"
#include "lowbit/nn/optimizers/adam.hpp"

LOWBIT_BEGIN
namespace nn {

/// Weights and the first spike a > 0 of their prior.
struct variational_parameter {
  parameter* weights;
  float spike;
};

struct variational_options {
  double images = 60000;          ///< of the training set, > 0
  std::int64_t warm_up = 0;       ///< steps in which beta grows
  float start_log_variance = -8;  ///< in units in which a is 0.2; kept in [-10, 1]
  float variance_rate = 10;       ///< times the learning rate, of log sigma^2
  float spike_rate = 0.01f;       ///< times the rate of the weights, of a
  double tau = 0.075;             ///< the width of a spike's neighbourhood
  std::uint64_t seed = 1;         ///< of the samples
};

/// Another optimizer, and weights that are Gaussians. Both and the parameters must outlive it.
class variational final : public optimizer {
 public:
  /// `which` are parameters of the inner optimizer; their values are the first means. A sample is drawn at once. Errors: a
  /// spike, or the number of images, is not a finite number above 0.
  variational(optimizer& inner, const std::vector<variational_parameter>& which,
              variational_options options = {})
      : inner_(&inner), options_(options), own_(extra_parameters(which, options)) {
    for (posterior& p : posteriors_) p.means = p.weights->value;
    draw();
  }

  void step(float rate) override {
    const double beta =
        options_.warm_up > 0
            ? (std::min)(1.0, static_cast<double>(steps_) / static_cast<double>(options_.warm_up))
            : 1;
    for (posterior& p : posteriors_) add_divergence(p, beta / options_.images);
    settle();
    inner_->set_steps(steps_);
    inner_->step(rate);
    own_.step(rate);
    for (posterior& p : posteriors_) {
      p.means = p.weights->value;
      for (float& v : elements(p.log_variance->value)) v = v < -10 ? -10 : v > 1 ? 1 : v;
      float& a = p.spike->value(0, 0);
      a = a < p.first_spike / 10 ? p.first_spike / 10 : a;
    }
    ++steps_;
    draw();
  }
  /// The weights become their means; the next step goes on from the sample as if nothing had happened.
  void settle() {
    for (posterior& p : posteriors_) p.weights->value = p.means;
  }

  /// Of number i of the list: theta, and sigma in the unit of the weights.
  [[nodiscard]] const float_matrix& means(std::size_t i) const noexcept {
    return posteriors_[i].means;
  }
  [[nodiscard]] float_matrix deviations(std::size_t i) const {
    const posterior& p = posteriors_[i];
    return (p.log_variance->value.array() / 2).exp() * p.unit();
  }
  /// The spike a of number i as it is now.
  [[nodiscard]] float spike(std::size_t i) const noexcept {
    return posteriors_[i].spike->value(0, 0);
  }
  /// Those of the inner optimizer; of the own ones; then means, log variances and spikes.
  [[nodiscard]] std::vector<float_matrix*> moments() override {
    std::vector<float_matrix*> all = inner_->moments();
    for (float_matrix* const m : own_.moments()) all.push_back(m);
    for (posterior& p : posteriors_)
      for (float_matrix* const m : {&p.means, &p.log_variance->value, &p.spike->value})
        all.push_back(m);
    return all;
  }

 private:
  struct posterior {
    parameter* weights;
    float first_spike;
    float_matrix means, noise;  ///< theta, eps
    std::unique_ptr<parameter> log_variance, spike;

    [[nodiscard]] float unit() const noexcept { return first_spike / 0.2f; }
  };

  /// Fills the posteriors; gives what Adam moves.
  std::vector<parameter*> extra_parameters(const std::vector<variational_parameter>& which,
                                           const variational_options& options) {
    if (!(options.images > 0))
      detail::fail("nn::variational: %g images: there must be more than 0", options.images);
    std::vector<parameter*> all;
    for (const variational_parameter& v : which) {
      if (!is_finite(v.spike) || !(v.spike > 0))
        detail::fail("nn::variational: a spike at %g: it must be a finite number above 0",
                     static_cast<double>(v.spike));
      posterior p{v.weights, v.spike, {}, {}, nullptr, nullptr};
      p.log_variance =
          std::make_unique<parameter>(v.weights->value.rows(), v.weights->value.cols());
      p.log_variance->value.setConstant(options.start_log_variance);
      p.log_variance->rate = options.variance_rate;
      p.spike = std::make_unique<parameter>(1, 1);
      p.spike->value(0, 0) = v.spike;
      p.spike->rate = options.spike_rate * v.weights->rate;
      all.push_back(p.log_variance.get());
      all.push_back(p.spike.get());
      posteriors_.push_back(std::move(p));
    }
    return all;
  }
  /// The gradients of means, log variances and the spike, from that of the sample.
  void add_divergence(posterior& p, double weight) const {
    const double a = static_cast<double>(p.spike->value(0, 0));
    double by_spike = 0;
    for (index_t k = 0; k < p.means.size(); ++k) {
      const double theta = static_cast<double>(p.means.data()[k]);
      float& by_variance = p.log_variance->gradient.data()[k];
      by_variance = 0;
      if (theta == 0) continue;
      const double sigma = deviation(p, k);
      float& g = p.weights->gradient.data()[k];
      const vnq_divergence d = divergence_from_spikes(theta, sigma, a, options_.tau);
      const double by_sigma =
          static_cast<double>(g) * static_cast<double>(p.noise.data()[k]) + weight * d.by_sigma;
      by_variance = static_cast<float>(by_sigma * sigma / 2);
      by_spike -= weight * (theta * d.by_theta + sigma * d.by_sigma) / a;
      g += static_cast<float>(weight * d.by_theta);
    }
    p.spike->gradient(0, 0) = static_cast<float>(by_spike);
  }
  [[nodiscard]] static double deviation(const posterior& p, index_t k) {
    return std::exp(static_cast<double>(p.log_variance->value.data()[k]) / 2) *
           static_cast<double>(p.unit());
  }
  /// The network gets a sample; two uniforms make two normal numbers (Box, Muller, 1958).
  void draw() {
    const random_stream stream(options_.seed, static_cast<std::uint64_t>(steps_));
    index_t at = 0;
    for (posterior& p : posteriors_) {
      p.noise.resize(p.means.rows(), p.means.cols());
      for (index_t k = 0; k < p.means.size(); k += 2, at += 2) {
        const double radius = std::sqrt(-2 * std::log1p(-static_cast<double>(stream.uniform(at))));
        const double angle = 6.283185307179586 * static_cast<double>(stream.uniform(at + 1));
        p.noise.data()[k] = static_cast<float>(radius * std::cos(angle));
        if (k + 1 < p.means.size())
          p.noise.data()[k + 1] = static_cast<float>(radius * std::sin(angle));
      }
      for (index_t k = 0; k < p.means.size(); ++k)
        if (const float theta = p.means.data()[k]; theta != 0)
          p.weights->value.data()[k] =
              static_cast<float>(static_cast<double>(theta) +
                                 deviation(p, k) * static_cast<double>(p.noise.data()[k]));
    }
  }

  optimizer* inner_;
  variational_options options_;
  std::vector<posterior> posteriors_;
  adam own_;  ///< made from the posteriors
};

}  // namespace nn
LOWBIT_END

#endif
