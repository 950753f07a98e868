#include "trained.hpp"

#include <algorithm>
#include <chrono>
#include <lowbit/io.hpp>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/layers/bitwise.hpp>
#include <lowbit/nn/layers/glorot_rate.hpp>
#include <lowbit/nn/losses/distillation.hpp>
#include <lowbit/nn/losses/squared_hinge.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/adamax.hpp>
#include <lowbit/nn/optimizers/adjusted.hpp>
#include <lowbit/nn/optimizers/bop.hpp>
#include <lowbit/nn/optimizers/discrete_transition.hpp>
#include <lowbit/nn/optimizers/joint.hpp>
#include <lowbit/nn/optimizers/stochastic_rounding.hpp>
#include <lowbit/nn/policies/hyperbolic_tangent.hpp>
#include <lowbit/quantize/any_catalogue.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/dorefa_weight.hpp>
#include <lowbit/quantize/methods/jacob_affine.hpp>
#include <memory>

namespace nn = lowbit::nn;
using lowbit::index_t;

namespace {

nn::fit_options options_of(const task& what, std::uint64_t seed, float rate) {
  return {.epochs = what.epochs,
          .batch = what.batch,
          .rate = nn::cosine_lr{rate, static_cast<double>(what.epochs)},
          .seed = seed};
}

/// The weights that a system quantizes.
std::vector<nn::parameter*> quantized_weights(network& net, const network_plan& plan) {
  std::vector<nn::parameter*> all;
  if (plan.first_quantized) all.push_back(&std::get<0>(net.layers()).conv().weights());
  for (auto& layer : std::get<1>(net.layers()).layers()) all.push_back(&layer.conv().weights());
  return all;
}

/// Makes the largest weight of each layer 1. Small weights would all become 0 on a grid of {-1, 0, 1}. Stochastic codes of
/// small weights would be coins.
void spread(const std::vector<nn::parameter*>& weights) {
  for (nn::parameter* const p : weights) p->value /= p->value.cwiseAbs().maxCoeff();
}

/// The optimizer of a system and what it is made of; the last one trains.
std::vector<std::unique_ptr<nn::optimizer>> optimizers_of(
    const system_row& system, network& net, const std::vector<nn::parameter*>& weights) {
  std::vector<nn::parameter*> rest;
  for (nn::parameter* const p : net.parameters())
    if (std::find(weights.begin(), weights.end(), p) == weights.end()) rest.push_back(p);
  std::vector<std::unique_ptr<nn::optimizer>> all;
  const update by = system.by;
  switch (by) {
    case update::adam:
      all.push_back(
          std::make_unique<nn::adam>(net.parameters(), nn::adam_options{.decay = system.l2}));
      break;
    case update::shift_adamax:
      all.push_back(std::make_unique<nn::adamax>(net.parameters(), nn::shift_adamax_options()));
      break;
    case update::bop:
      all.push_back(std::make_unique<nn::bop>(weights, nn::bop_options{.threshold = 1e-6f}));
      all.push_back(std::make_unique<nn::adam>(rest));
      all.push_back(std::make_unique<nn::joint>(
          std::vector<nn::joint_part>{{all[0].get(), 0.25f}, {all[1].get(), 1}}));
      break;
    case update::stochastic_rounding:
    case update::discrete_transition: {
      const nn::discrete_transition jumps{};  // {-1, 0, 1} serves both
      spread(weights);
      for (nn::parameter* const p : weights) {
        jumps.start(*p);
        p->clip = 1;
      }
      all.push_back(std::make_unique<nn::adam>(net.parameters()));
      nn::step_rule rule = jumps;
      if (by == update::stochastic_rounding) rule = nn::stochastic_rounding{1};
      all.push_back(std::make_unique<nn::adjusted>(*all[0], weights, rule));
      break;
    }
  }
  return all;
}

nn::loss_function loss_of(const system_row& system, network& twin) {
  if (system.hinge)
    return [](const nn::batch_result& r) { return nn::squared_hinge(r.logits, r.labels); };
  if (!system.distilled) return {};
  return [&twin](const nn::batch_result& r) {
    const auto both = nn::apprentice(twin.forward(r.x).pixels(), r.logits, r.labels, {0, 1, 0.5});
    return nn::loss_and_gradient{both.loss, both.student_gradient};
  };
}

/// Test images through both networks, batch after batch.
template <class Frozen, class Packed>
trained compared(const Frozen& frozen, const Packed& packed, const arranged_images& test) {
  trained made;
  accuracy in_float, on_bits;
  for_each_batch(test, [&](const batch& b) {
    const nn::trace expected = frozen.traced(b.floats.read());
    const nn::trace found = nn::traced(packed, b.floats.read().view());
    made.agreement += nn::compare(expected, found);
    in_float.add(expected.logits, b.labels);
    on_bits.add(found.logits, b.labels);
  });
  made.accuracy = in_float.share();
  made.accuracy_bits = on_bits.share();
  made.bytes = static_cast<index_t>(lowbit::save(packed).size());

  const batch some = batch_from(test, 0);
  const auto x = some.floats.read().view();
  auto work = packed.workspace(x.shape);
  auto y = packed.make_output(work);
  double fastest = 1e9;
  for (int run = 0; run < 10; ++run) {
    const auto start = std::chrono::steady_clock::now();
    packed(x, work, y);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    fastest = std::min(fastest, passed.count());
  }
  made.seconds_per_image = fastest / static_cast<double>(x.shape.batch);
  return made;
}

/// BFCN's bit decay: the same network with 8, 4 and 2 bits, an epoch each, before the bits that it will have. Returns
/// where training goes on.
nn::training_position decayed(network& net, const nn::image_set& images, nn::fit_options options) {
  const auto set_policies = [&](const nn::any_policy& weights, const nn::any_policy& inputs) {
    std::get<0>(net.layers()).conv().set_policies(weights, nn::pixel{});
    for (auto& layer : std::get<1>(net.layers()).layers())
      layer.conv().set_policies(weights, inputs);
    std::get<2>(net.layers()).set_policies(lowbit::jacob_weight<8>{}, inputs);
  };
  const auto one_epoch = [&]<int Bits>(lowbit::dorefa_weight<Bits> weights) {
    set_policies(weights, lowbit::dorefa_activation<Bits>{});
    options.epochs = options.from.epoch + 1;
    nn::adam optimizer(net.parameters());
    nn::fit(net, optimizer, images, options);
    options.from.epoch = options.epochs;
  };
  one_epoch(lowbit::dorefa_weight<8>{});
  one_epoch(lowbit::dorefa_weight<4>{});
  one_epoch(lowbit::dorefa_weight<2>{});
  set_policies(lowbit::dorefa_weight<1>{}, lowbit::dorefa_activation<1>{});
  return options.from;
}

/// The first round of a bitwise network: tanh of weights and activations, for half of the epochs. Then the weights are
/// signs. Returns where training goes on.
nn::training_position first_round(network& net, const nn::image_set& images,
                                  nn::fit_options options) {
  auto& [first, hidden, last] = net.layers();
  const nn::hyperbolic_tangent smooth;
  first.conv().set_policies(smooth, nn::pixel{});
  for (auto& layer : hidden.layers()) layer.conv().set_policies(smooth, smooth);
  last.set_policies(lowbit::jacob_weight<8>{}, smooth);
  options.epochs /= 2;
  nn::adam optimizer(net.parameters());
  nn::fit(net, optimizer, images, options);
  nn::to_bitwise(first.conv(), 0, nn::pixel{});
  for (auto& layer : hidden.layers()) nn::to_bitwise(layer.conv());
  last.set_policies(lowbit::jacob_weight<8>{}, nn::bitwise_activation{});
  options.from.epoch = options.epochs;
  return options.from;
}

/// Uniform weights in [-1, 1], at a rate of their own.
void start_at_glorot(nn::conv_layer& layer) {
  nn::set_glorot_rate(layer, nn::steps::normalised);
  layer.weights().value /= 2 * nn::glorot_coefficient(layer);
}

/// Batch norms of a network in evaluation get the averages that its weights there give: random weights of training give
/// sums of larger variance. One pass over the training images.
void average_again(network& net, const arranged_images& images) {
  const auto for_norms = [&](bool training) {
    std::get<0>(net.layers()).norm().set_training(training);
    for (auto& layer : std::get<1>(net.layers()).layers()) layer.norm().set_training(training);
  };
  net.set_training(false);
  for_norms(true);
  for (index_t first = 0; first + batch_size <= images.size(); first += batch_size)
    net.forward(batch_from(images, first).floats.read());
  for_norms(false);
}

/// A network with the parameters and the state of another one, of which neither has learned numbers for its weights.
void copy_into(network& to, network& from) {
  const std::vector<nn::parameter*> old = from.parameters(), made = to.parameters();
  for (std::size_t i = 0; i < old.size(); ++i) made[i]->value = old[i]->value;
  std::vector<double> state;
  from.write_state(state);
  std::span<const double> rest = state;
  to.read_state(rest);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

network train_twin(const task& what, std::uint64_t seed) {
  network net = make_network(*what.network, what.train.shape().channels, 1, seed,
                             {nn::real{}, nn::real{}, nn::real{}, nn::real{}, nn::relu{}});
  nn::adam optimizer(net.parameters());
  nn::fit(net, optimizer, what.train.set(), options_of(what, seed, 1e-3f));
  net.set_training(false);
  return net;
}

trained result_of_twin(network& twin, const task& what) {
  twin.set_training(false);
  trained made;
  made.accuracy = nn::evaluate(twin, what.test.set()).accuracy;
  for (const nn::parameter* const p : twin.parameters())
    made.bytes += p->value.size() * static_cast<index_t>(sizeof(float));
  return made;
}

trained train_system(const system_row& system, const task& what, std::uint64_t seed,
                     const network& twin) {
  const auto start = std::chrono::steady_clock::now();
  nn::batch_norm_options norm;
  if (system.shift_norms) norm = {.momentum = 0.875f, .epsilon = 1e-5f, .shifts = true};
  const nn::any_policy weights = lowbit::quantizer_named(system.weights, lowbit::for_weights);
  const nn::any_policy of_8_bits = lowbit::jacob_weight<8>{};
  const auto with_weights = [&](const nn::any_policy& policy) {
    return make_network(
        *what.network, what.train.shape().channels, system.widen, seed,
        {what.network->first_quantized ? policy : of_8_bits, policy, of_8_bits, nn::pixel{},
         lowbit::quantizer_named(system.inputs, lowbit::for_activations)},
        norm);
  };
  network net = with_weights(weights);
  const std::vector<nn::parameter*> quantized = quantized_weights(net, *what.network);
  if (system.glorot_rates) {
    start_at_glorot(std::get<0>(net.layers()).conv());
    for (auto& layer : std::get<1>(net.layers()).layers()) start_at_glorot(layer.conv());
  }
  if (*system.gradients != 0) {
    const auto q = lowbit::quantizer_named(system.gradients, lowbit::for_gradients);
    std::get<0>(net.layers()).conv().set_gradient_policy(q);
    for (auto& layer : std::get<1>(net.layers()).layers()) layer.conv().set_gradient_policy(q);
  }
  const nn::image_set images = what.train.set();
  nn::fit_options options = options_of(what, seed, 2e-3f);
  if (system.decay) options.from = decayed(net, images, options);
  if (system.two_rounds) options.from = first_round(net, images, options);
  const auto optimizers = optimizers_of(system, net, quantized);
  network teacher = twin;
  options.loss = loss_of(system, teacher);
  nn::fit(net, *optimizers.back(), images, options);
  net.set_training(false);
  if (system.real_weights) average_again(net, what.train);
  trained made = compared(nn::freeze(net), nn::deploy(net), what.test);
  if (system.real_weights) {
    network real = with_weights(nn::real{});
    copy_into(real, net);
    average_again(real, what.train);
    made.accuracy_real_weights = result_of_twin(real, what).accuracy;
  }
  made.seconds = seconds_since(start);
  return made;
}
