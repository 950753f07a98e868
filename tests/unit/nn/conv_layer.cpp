// nn::conv_layer: policies that are known when the program runs, groups, chance, progress, state.
#include <algorithm>
#include <cmath>
#include <lowbit/nn/layers/activation.hpp>
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/residual.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/quantize/any_catalogue.hpp>
#include <string>

#include "numeric.hpp"

namespace test_conv_layer {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::random_stream;
using lowbit::tensor_shape;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 151;

nn::feature_map random_images(tensor_shape shape, std::uint64_t stream, float bound = 1) {
  nn::feature_map x(shape);
  x.mutable_pixels() = random_matrix(shape.pixels(), shape.channels, seed + stream, bound);
  return x;
}

bool is_input(const lowbit::quantizer_traits& t) { return !t.fitted || t.per_token || t.observing; }

/// With a range on both sides of 0.
lowbit::any_quantizer usable(const lowbit::named_quantizer& q) {
  return q.is("qnn4") ? lowbit::any_quantizer(lowbit::qnn_linear<4>{0.125f, -0.875f, 1})
                      : q.quantizer;
}

}  // namespace

TEST_CASE("every quantizer of weights and of activations trains in a convolution") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images({3, 6, 5, 4}, 1, 1.5f);
  int weights = 0, inputs = 0, refused = 0;
  const auto train = [&](const char* name, const nn::any_policy& w, const nn::any_policy& i,
                         const lowbit::window& over) {
    INFO(name);
    nn::conv_layer layer(4, 6, over, random_stream(seed), {.bias = true}, w, i);
    nn::sgd optimizer(layer.parameters(), {.rate = 0.01f});
    for (int step = 0; step < 3; ++step) {
      const nn::feature_view y = layer.forward(x.read());
      CHECK(y.pixels().allFinite());
      CHECK(layer.backward(y).pixels().allFinite());
      for (const nn::parameter* p : layer.parameters()) CHECK(p->gradient.allFinite());
      optimizer.step();
    }
    layer.set_training(false);
    const float_matrix once = layer.forward(x.read()).pixels();
    CHECK(layer.forward(x.read()).pixels() == once);
    CHECK(once.allFinite());
    // What evaluation multiplies is what the layer says it multiplies.
    float_matrix used;
    layer.weight_quantizer().forward(layer.weights().value, used);
    nn::conv_layer plain(4, 6, over, random_stream(seed), {.bias = true}, nn::real{}, nn::real{});
    plain.weights().value = used;
    plain.bias().value = layer.bias().value;
    nn::feature_map used_x(x.shape());
    layer.input_quantizer().forward(x.pixels(), used_x.mutable_pixels());
    CHECK(plain.forward(used_x.read()).pixels() == once);
  };
  for (const lowbit::named_quantizer& q : lowbit::all_quantizers()) {
    if ((q.uses & lowbit::for_weights) != 0) {
      train(q.short_name, usable(q), lowbit::sign<>{}, lowbit::square_window(3, 1, 1));
      ++weights;
    }
    if ((q.uses & lowbit::for_activations) == 0) continue;
    if (is_input(q.quantizer.traits())) {
      train(q.short_name, lowbit::sign<>{}, usable(q),
            q.quantizer.traits().per_token ? lowbit::square_window(1)
                                           : lowbit::square_window(3, 1, 1));
      ++inputs;
    } else {
      CHECK_THROWS_WITH(nn::conv_layer(4, 6, lowbit::square_window(1), random_stream(seed), {},
                                       lowbit::sign<>{}, q.quantizer),
                        Catch::Contains("another scale with every batch"));
      ++refused;
    }
  }
  CHECK(weights >= 47);
  CHECK(inputs >= 34);
  CHECK(refused == 4);  // dynamic-fixed8, sqnr3, tsq2, horq2
}

TEST_CASE("nn::conv_layer computes what nn::conv2d does") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images({2, 5, 5, 3}, 2), g = random_images({2, 5, 5, 4}, 3);
  const lowbit::window over = lowbit::square_window(3, 1, 1);
  nn::conv2d<lowbit::twn<>, lowbit::sign<>, lowbit::pad::minus_one> typed(
      3, 4, over, random_stream(seed), {.grain = lowbit::per::row});
  nn::conv_layer erased(3, 4, over, random_stream(seed), {.grain = lowbit::per::row},
                        lowbit::quantizer_named("twn", lowbit::for_weights),
                        lowbit::quantizer_named("sign", lowbit::for_activations), -1);
  CHECK(erased.forward(x.read()).pixels() == typed.forward(x.read()).pixels());
  CHECK(erased.backward(g.read()).pixels() == typed.backward(g.read()).pixels());
  CHECK(erased.weights().gradient == typed.weights().gradient);
  CHECK_THROWS_WITH(nn::conv_layer(3, 4, over, random_stream(seed), {}, lowbit::twn<>{},
                                   lowbit::half_wave_table<2>{}, 1),
                    Catch::Contains("have zeros beyond the padding"));
  CHECK_THROWS_WITH(
      nn::conv_layer(3, 4, over, random_stream(seed), {}, lowbit::pact<4>{}, nn::real{}),
      Catch::Contains("for activations alone"));
}

TEST_CASE("groups are convolutions of their own") {
  INFO("seed " << seed);
  const lowbit::window over{{3, 1, 2, 2, 2}, {3, 2, 1, 1, 1}};
  const auto check = [](const lowbit::window& w, index_t groups) {
    INFO(groups << " groups under " << w.taps() << " taps");
    nn::conv2d<lowbit::sign<>, lowbit::sign<>> layer(6, 12, w, random_stream(seed),
                                                     {.groups = groups});
    layer.weights().value = random_matrix(12, w.taps() * 6 / groups, seed + 4, 1.2f);
    const nn::feature_map x = random_images({2, 6, 7, 6}, 5, 1.2f);
    const float_matrix y = layer.forward(x.read()).pixels();
    const tensor_shape out = layer.output_shape(x.shape());
    const nn::feature_map g = random_images(out, 6);
    const float_matrix dx = layer.backward(g.read()).pixels();
    const index_t in = 6 / groups, filters = 12 / groups;
    for (index_t k = 0; k < groups; ++k) {
      nn::conv2d<lowbit::sign<>, lowbit::sign<>> one(in, filters, w, random_stream(seed));
      one.weights().value = layer.weights().value.middleRows(k * filters, filters);
      nn::feature_map part({2, 6, 7, in}), part_g({out.batch, out.height, out.width, filters});
      part.mutable_pixels() = x.pixels().middleCols(k * in, in);
      part_g.mutable_pixels() = g.pixels().middleCols(k * filters, filters);
      CHECK(one.forward(part.read()).pixels() == y.middleCols(k * filters, filters));
      CHECK(one.backward(part_g.read()).pixels() == dx.middleCols(k * in, in));
      const float_matrix dw = layer.weights().gradient.middleRows(k * filters, filters);
      if (w == lowbit::window{})  // one is summed in double
        CHECK(one.weights().gradient.isApprox(dw, 1e-5f));
      else
        CHECK(one.weights().gradient == dw);
    }
  };
  for (const index_t groups : {2, 6}) {
    check(over, groups);
    check(lowbit::window{}, groups);
  }
  CHECK_THROWS_WITH(
      (nn::conv2d<nn::real, nn::real>(6, 8, over, random_stream(seed), {.groups = 3})),
      Catch::Contains("6 channels and 8 filters in 3 groups"));
}

TEST_CASE("stochastic policies draw in training and keep still in evaluation") {
  INFO("seed " << seed);
  using layer_type = nn::linear<lowbit::stochastic_sign<>, lowbit::stochastic_ternary<>>;
  const float_matrix x = random_matrix(8, 20, seed + 7, 0.9f);
  layer_type layer(20, 6, random_stream(seed)), same(20, 6, random_stream(seed));
  const float_matrix first = layer.forward(x).pixels(), second = layer.forward(x).pixels();
  CHECK(first != second);
  CHECK(same.forward(x).pixels() == first);
  CHECK(same.forward(x).pixels() == second);
  layer.set_training(false);
  nn::linear<lowbit::sign<>, lowbit::ternary_threshold<>> twin(20, 6, random_stream(seed));
  CHECK(layer.forward(x).pixels() == twin.forward(x).pixels());
  layer.set_training(true);
  CHECK(layer.forward(x).pixels() == same.forward(x).pixels());  // evaluation drew nothing
}

TEST_CASE("progress reaches surrogates through a network") {
  using sharp = lowbit::sign<lowbit::ste::error_decay>;
  nn::sequential net(
      nn::normalised(nn::linear<lowbit::irnet_weight<>, nn::real>(5, 4, random_stream(seed))),
      nn::residual(nn::linear<lowbit::sign<>, sharp>(4, 4, random_stream(seed))));
  const auto& first = std::get<0>(net.layers()).conv();
  const auto& second = std::get<1>(net.layers()).body();
  const auto t = [&] {
    return std::pair(
        first.weight_policy_in_training()
            .policy()
            .get_if<lowbit::irnet_weight<>>()
            ->surrogate_gradient.t,
        second.input_policy_in_training().policy().get_if<sharp>()->surrogate_gradient.t);
  };
  CHECK(t() == std::pair(1.0f, 1.0f));
  nn::trainable& any = net;
  any.set_progress(0);
  CHECK(t() == std::pair(0.1f, 0.1f));
  any.set_progress(1);
  CHECK(t() == std::pair(10.0f, 10.0f));
  CHECK_THROWS_WITH(any.set_progress(2), Catch::Contains("progress is 2"));
}

TEST_CASE("bits decay in training") {
  INFO("seed " << seed);
  const float_matrix x = random_matrix(6, 12, seed + 16);
  nn::conv_layer layer(12, 5, {}, random_stream(seed), {},
                       lowbit::quantizer_named("lsq8", lowbit::for_weights),
                       lowbit::quantizer_named("pact8", lowbit::for_activations));
  for (const char* bits : {"4", "2"}) {
    layer.backward_parameters(layer.forward(x));
    nn::sgd(layer.parameters(), {.rate = 0.01f}).step();
    const float_matrix w = layer.weights().value;
    layer.set_policies(
        lowbit::quantizer_named(std::string("lsq") + bits, lowbit::for_weights),
        lowbit::quantizer_named(std::string("pact") + bits, lowbit::for_activations));
    CHECK(layer.weights().value == w);
    CHECK(layer.parameters().size() == 3);
    layer.forward(x);
    CHECK(layer.weight_quantizer().policy().format().plane_count == bits[0] - '0');
    CHECK(layer.weight_numbers()[0].value(0, 0) != 1);  // started from the weights
  }
  layer.set_policies(lowbit::sign<>{}, lowbit::sign<>{});
  CHECK(layer.parameters().size() == 1);
  CHECK(layer.weights().clip == 1);
  CHECK_THROWS_WITH(layer.set_policies(lowbit::pact<2>{}, lowbit::sign<>{}),
                    Catch::Contains("for activations alone"));
  nn::linear<lowbit::sign<>, lowbit::sign<>> typed(12, 5, random_stream(seed));
  CHECK_THROWS_WITH(typed.set_policies(lowbit::sign<>{}, nn::real{}),
                    Catch::Contains("its policies are its type"));
}

TEST_CASE("INQ freezes its portions, the largest first") {
  INFO("seed " << seed);
  nn::linear<lowbit::inq<5>, nn::real> layer(10, 4, random_stream(seed));
  layer.weights().value = random_matrix(4, 10, seed + 8);
  const float_matrix unit = float_matrix::Identity(10, 10), latent = layer.weights().value;
  nn::sgd optimizer(layer.parameters(), {.rate = 0.01f});
  const auto frozen = [&] {
    return std::count(layer.weights().frozen.begin(), layer.weights().frozen.end(), 1);
  };
  layer.set_progress(0);
  const float_matrix y = layer.forward(unit).pixels();
  CHECK(frozen() == 20);
  const lowbit::inq<5> q = lowbit::inq<5>{}.fit(nn::elements(latent));
  float smallest = 2, largest = 0;
  for (index_t i = 0; i < 40; ++i) {
    const float w = latent.data()[i], used = y(i % 10, i / 10);
    const bool is_frozen = layer.weights().frozen[static_cast<std::size_t>(i)] != 0;
    CHECK(used == (is_frozen ? decode(q, encode(q, w)) : w));
    if (is_frozen)
      smallest = std::min(smallest, std::abs(w));
    else
      largest = std::max(largest, std::abs(w));
  }
  CHECK(smallest >= largest);
  for (const double progress : {0.1, 0.3, 0.6, 1.0}) {
    layer.set_progress(progress);
    const std::vector<std::uint8_t> marks = layer.weights().frozen;
    const float_matrix before = layer.weights().value;
    layer.backward_parameters(layer.forward(unit));
    optimizer.step();
    for (std::size_t i = 0; i < marks.size(); ++i)
      if (marks[i] != 0) CHECK(nn::elements(layer.weights().value)[i] == nn::elements(before)[i]);
  }
  CHECK(frozen() == 40);
  const float_matrix last = layer.forward(unit).pixels();
  for (index_t i = 0; i < 40; ++i) {
    const float w = last(i % 10, i / 10);
    CHECK(decode(q, encode(q, w)) == w);
  }
}

TEST_CASE("RPReLU is a layer with numbers per channel") {
  INFO("seed " << seed);
  nn::activation layer(3, lowbit::rprelu{});
  CHECK(layer.parameters().size() == 3);
  nn::feature_map x = random_images({2, 3, 3, 3}, 9, 2);
  const nn::feature_map g = random_images({2, 3, 3, 3}, 10);
  layer.forward(x.read());
  layer.numbers()[0].value << 0.5f, -0.5f, 0.1f;  // gamma
  layer.numbers()[1].value << 0.25f, 0.5f, 2;     // beta
  layer.numbers()[2].value << 1, -1, 0;           // zeta
  const float_matrix y = layer.forward(x.read()).pixels();
  for (index_t c = 0; c < 3; ++c) {
    const lowbit::rprelu f{layer.numbers()[0].value(c, 0), layer.numbers()[1].value(c, 0),
                           layer.numbers()[2].value(c, 0)};
    for (index_t r = 0; r < 18; ++r) CHECK(y(r, c) == f(x.pixels()(r, c)));
  }
  const float_matrix dx = layer.backward(g.read()).pixels();
  const auto loss = [&] { return dot(g.pixels(), layer.forward(x.read()).pixels()); };
  check_gradient(x.mutable_pixels(), dx, loss, 1e-3f);
  for (nn::parameter& p : layer.numbers()) {
    layer.forward(x.read());
    layer.backward(g.read());
    const float_matrix d = p.gradient;
    check_gradient(p.value, d, loss, 1e-3f);
  }
  CHECK_THROWS_WITH(layer.forward(random_images({1, 2, 2, 4}, 11).read()),
                    Catch::Contains("images of 4 channels for 3"));
}

TEST_CASE("a network goes on from its state as if nothing had happened") {
  INFO("seed " << seed);
  const float_matrix x = random_matrix(8, 12, seed + 12, 1.5f), g = random_matrix(8, 5, seed + 13);
  const auto make = [] {
    return nn::sequential(
        nn::normalised(nn::linear<lowbit::inq<4>, nn::real>(12, 10, random_stream(seed, 1))),
        nn::activation(10, lowbit::rprelu{}),
        nn::normalised(
            nn::linear<lowbit::kmeans<2>, lowbit::jacob_affine<4>>(10, 10, random_stream(seed, 2))),
        nn::normalised(
            nn::linear<lowbit::lsq<3>, lowbit::stochastic_sign<>>(10, 10, random_stream(seed, 3))),
        nn::linear<lowbit::ttq, lowbit::lsq<2, lowbit::unsigned_bits<2>>>(10, 5,
                                                                          random_stream(seed, 4)));
  };
  const auto step = [&](nn::trainable& net, double progress) {
    net.set_progress(progress);
    const float_matrix y = net.forward(x).pixels();
    net.backward_parameters(g);
    nn::sgd(net.parameters(), {.rate = 0.003f, .momentum = 0}).step();
    return y;
  };
  auto net = make(), other = make();
  for (const double progress : {0.0, 0.2, 0.3}) step(net, progress);
  std::vector<double> state;
  net.write_state(state);
  const auto from = net.parameters(), to = other.parameters();
  for (std::size_t i = 0; i < from.size(); ++i) to[i]->value = from[i]->value;
  std::span<const double> rest = state;
  other.set_progress(0.3);
  other.read_state(rest);
  CHECK(rest.empty());
  for (const double progress : {0.3, 0.6, 1.0}) CHECK(step(net, progress) == step(other, progress));
  std::vector<double> a, b;
  net.write_state(a);
  other.write_state(b);
  CHECK(a == b);
  std::span<const double> cut(state.data(), state.size() - 1);
  CHECK_THROWS_WITH(other.read_state(cut), Catch::Contains("the state ends early"));
}

TEST_CASE("batch norms evaluate with their running averages") {
  INFO("seed " << seed);
  nn::batch_norm norm(4);
  const float_matrix x = random_matrix(9, 4, seed + 14), y = random_matrix(3, 4, seed + 15);
  for (int i = 0; i < 5; ++i) norm.forward(x);
  const lowbit::batch_norm bn = norm.frozen();
  norm.set_training(false);
  const float_matrix z = norm.forward(y).pixels();
  for (index_t r = 0; r < 3; ++r)
    for (index_t c = 0; c < 4; ++c) CHECK(z(r, c) == bn(y(r, c), c));
  CHECK(norm.running_mean() == [&] {
    norm.forward(x);
    return norm.running_mean();
  }());
}

}  // namespace test_conv_layer
