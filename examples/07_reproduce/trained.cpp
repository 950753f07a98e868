#include "trained.hpp"

#include <chrono>
#include <lowbit/io.hpp>
#include <lowbit/quantize/any_catalogue.hpp>
#include <lowbit/quantize/methods/jacob_affine.hpp>
#include <memory>
#include <string_view>

namespace nn = lowbit::nn;
using lowbit::index_t;

namespace {

constexpr index_t hidden = 256, classes = 10, batch = 100;

nn::image_set set_of(const samples& s) {
  return {lowbit::nhwc(s.pixels.data(), {s.size(), s.height, s.width, 1}), s.labels};
}

/// 784-256-256-10; the first layer reads pixels, the last one has weights of 8 bits.
twin_network make_network(index_t inputs, std::uint64_t seed, const nn::any_policy& weight,
                          const nn::any_policy& last_weight, const nn::any_policy& first,
                          const nn::any_policy& input, const nn::batch_norm_options& norm) {
  const auto linear = [&](index_t from, index_t to, std::uint64_t layer, bool bias,
                          const nn::any_policy& of_weights, const nn::any_policy& of_inputs) {
    return nn::conv_layer(from, to, {}, lowbit::random_stream(seed, layer),
                          {.bias = bias, .grain = lowbit::per::row}, of_weights, of_inputs);
  };
  std::vector<nn::normalised<nn::conv_layer>> deep;
  deep.emplace_back(linear(hidden, hidden, 1, false, weight, input), norm);
  return nn::sequential(nn::normalised(linear(inputs, hidden, 0, false, weight, first), norm),
                        nn::repeat(std::move(deep)),
                        linear(hidden, classes, 2, true, last_weight, input));
}

nn::fit_options options_of(const task& what, std::uint64_t seed, float rate) {
  return {.epochs = what.epochs,
          .batch = batch,
          .rate = nn::cosine_lr{rate, static_cast<double>(what.epochs)},
          .seed = seed,
          .vectors = true};
}

/// The weights that a system quantizes.
std::vector<nn::parameter*> quantized_weights(twin_network& net) {
  return {&std::get<0>(net.layers()).conv().weights(),
          &std::get<1>(net.layers()).layers()[0].conv().weights()};
}

/// Makes the largest weight of each layer 1. Small weights would all become 0 on a grid of {-1, 0, 1}. Stochastic codes of
/// small weights would be coins.
void spread(twin_network& net) {
  for (nn::parameter* const p : quantized_weights(net)) p->value /= p->value.cwiseAbs().maxCoeff();
}

/// The optimizer of a system and what it is made of; the last one trains.
std::vector<std::unique_ptr<nn::optimizer>> optimizers_of(update by, twin_network& net) {
  const std::vector<nn::parameter*> weights = quantized_weights(net);
  std::vector<nn::parameter*> rest;
  for (nn::parameter* const p : net.parameters())
    if (p != weights[0] && p != weights[1]) rest.push_back(p);
  std::vector<std::unique_ptr<nn::optimizer>> all;
  switch (by) {
    case update::adam:
      all.push_back(std::make_unique<nn::adam>(net.parameters()));
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
      spread(net);
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

nn::loss_function loss_of(const system_row& system, twin_network& twin) {
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
trained compared(const Frozen& frozen, const Packed& packed, const samples& test) {
  trained made;
  const nn::image_set set = set_of(test);
  index_t right = 0, right_bits = 0;
  const auto count_right = [&](const nn::trace& t, std::span<const index_t> labels) {
    const auto guesses = nn::predictions(t.logits);
    index_t count = 0;
    for (std::size_t i = 0; i < guesses.size(); ++i) count += guesses[i] == labels[i] ? 1 : 0;
    return count;
  };
  for (index_t first = 0; first < set.size(); first += batch) {
    std::vector<index_t> which;
    for (index_t i = first; i < std::min(first + batch, set.size()); ++i) which.push_back(i);
    const nn::image_batch b = nn::pick(set, which, true);
    const nn::trace in_float = frozen.traced(b.x.read());
    const nn::trace on_bits = nn::traced(packed, b.x.read().view());
    made.agreement += nn::compare(in_float, on_bits);
    right += count_right(in_float, b.labels);
    right_bits += count_right(on_bits, b.labels);
  }
  const auto images = static_cast<double>(set.size());
  made.accuracy = static_cast<double>(right) / images;
  made.accuracy_bits = static_cast<double>(right_bits) / images;
  made.bytes = static_cast<index_t>(lowbit::save(packed).size());

  std::vector<index_t> first_images;
  for (index_t i = 0; i < std::min(batch, set.size()); ++i) first_images.push_back(i);
  const nn::image_batch some = nn::pick(set, first_images, true);
  const auto x = some.x.read().view();
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

}  // namespace

twin_network train_twin(const task& what, std::uint64_t seed) {
  const samples& train = what.data.train;
  twin_network net = make_network(train.width * train.height, seed, nn::real{}, nn::real{},
                                  nn::real{}, nn::relu{}, {});
  nn::adam optimizer(net.parameters());
  nn::fit(net, optimizer, set_of(train), options_of(what, seed, 1e-3f));
  net.set_training(false);
  return net;
}

double accuracy_of(twin_network& net, const task& what) {
  return nn::evaluate(net, set_of(what.data.test), true).accuracy;
}

trained train_system(const system_row& system, const task& what, std::uint64_t seed,
                     twin_network& twin) {
  const samples& train = what.data.train;
  nn::batch_norm_options norm;
  if (system.shift_norms) norm = {.momentum = 0.875f, .epsilon = 1e-5f, .shifts = true};
  twin_network net = make_network(
      train.width * train.height, seed,
      lowbit::quantizer_named(system.weights, lowbit::for_weights), lowbit::jacob_weight<8>{},
      nn::pixel{}, lowbit::quantizer_named(system.inputs, lowbit::for_activations), norm);
  if (std::string_view(system.weights).substr(0, 10) == "stochastic") spread(net);
  const auto optimizers = optimizers_of(system.by, net);
  nn::fit_options options = options_of(what, seed, 2e-3f);
  options.loss = loss_of(system, twin);
  nn::fit(net, *optimizers.back(), set_of(train), options);
  net.set_training(false);
  return compared(nn::freeze(net), nn::deploy(net), what.data.test);
}
