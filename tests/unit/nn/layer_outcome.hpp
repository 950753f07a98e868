// A layer of two policies put through its life: forward, backward, an idle step, freezing.
#pragma once

#include <cmath>
#include <lowbit/nn/deployment/freeze.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <string>

#include "unit/nn/numeric.hpp"

constexpr std::uint64_t outcome_seed = 61;

inline double distance(const lowbit::nn::float_matrix& a, const lowbit::nn::float_matrix& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return HUGE_VAL;
  return static_cast<double>((a - b).cwiseAbs().maxCoeff());
}

/// What a layer did; the checks are not a template, the compiler pays for them once.
struct outcome {
  lowbit::nn::float_matrix latent, idle;     ///< weights, and after a step with gradient 0
  lowbit::nn::float_matrix gradient;         ///< of the weights
  lowbit::nn::float_matrix weights, inputs;  ///< decoded by the quantizers themselves
  lowbit::nn::float_matrix trained,
      frozen;  ///< outputs; frozen is empty where the layer does not freeze
  bool freezes = false;
  std::string refusal;  ///< why the layer does not freeze with these options
};

inline void check(const outcome& o) {
  CHECK(distance(o.trained, o.inputs * o.weights.transpose()) < 1e-4);
  CHECK(o.gradient.allFinite());
  CHECK(o.idle == o.latent);
  if (o.freezes) CHECK(distance(o.frozen, o.trained) < 1e-4);
}

/// What evaluation makes of the rows of x that q's numbers are found from together: all, or each.
inline lowbit::nn::float_matrix decoded(const lowbit::nn::any_policy& prototype,
                                        const lowbit::nn::float_matrix& x, bool each_row) {
  lowbit::nn::float_matrix out(x.rows(), x.cols());
  const auto all = lowbit::nn::elements(x);
  const std::size_t size = each_row ? static_cast<std::size_t>(x.cols()) : all.size();
  for (std::size_t start = 0; start < all.size(); start += size)
    prototype.initialized(all.subspan(start, size))
        .deterministic()
        .forward(all.subspan(start, size), lowbit::nn::elements(out).subspan(start, size));
  return out;
}

/// A batch of training, evaluation, a step with gradient 0, and the frozen layer.
template <class Weight, class Input>
outcome run(const lowbit::nn::float_matrix& x, const Weight& weight, const Input& input) {
  lowbit::nn::linear<Weight, Input> layer(x.cols(), 3, lowbit::random_stream(outcome_seed), {},
                                          weight, input);
  outcome o;
  o.latent = layer.weights().value = random_matrix(3, x.cols(), outcome_seed, 0.95f);
  layer.backward(layer.forward(x));
  o.gradient = layer.weights().gradient;
  layer.set_training(false);
  o.trained = layer.forward(x).pixels();
  o.weights = decoded(weight, o.latent, false);
  o.inputs = decoded(input, x, lowbit::nn::any_policy(input).traits().per_token);
  try {
    o.frozen = freeze(layer)(x).pixels();
    o.freezes = true;
  } catch (const lowbit::error& e) {
    o.refusal = e.what();
  }
  layer.weights().gradient.setZero();
  lowbit::nn::sgd({&layer.weights()}).step();
  o.idle = layer.weights().value;
  return o;
}
