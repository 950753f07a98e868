// The numbers of quantizers as parameters of a layer: where they start, their gradients, their range, and that training
// them helps.
#include <cmath>
#include <lowbit/gradient/sign_swish.hpp>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/losses/cross_entropy.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/quantize/methods/abc_activation.hpp>
#include <lowbit/quantize/methods/bcgd_activation.hpp>
#include <lowbit/quantize/methods/dsq.hpp>
#include <lowbit/quantize/methods/jacob_affine.hpp>
#include <lowbit/quantize/methods/kmeans.hpp>
#include <lowbit/quantize/methods/lq_nets.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/pact.hpp>
#include <lowbit/quantize/methods/rsign.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/stochastic_sign.hpp>
#include <lowbit/quantize/methods/syq.hpp>
#include <lowbit/quantize/methods/ttq.hpp>

#include "numeric.hpp"

namespace test_learned_numbers {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::random_stream;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 131;

/// dL/d of a number for L = <upstream, layer(x)>, by a difference.
template <class Layer>
double slope_of(Layer& layer, float& number, const float_matrix& x, const float_matrix& upstream,
                float step) {
  const float before = number;
  number = before + step;
  const double above = dot(upstream, layer.forward(x).pixels());
  number = before - step;
  const double below = dot(upstream, layer.forward(x).pixels());
  number = before;
  return (above - below) / (2 * static_cast<double>(step));
}

}  // namespace

TEST_CASE("trained numbers are parameters with the rates of their papers") {
  const lowbit::random_stream stream(seed);
  nn::linear<lowbit::lsq<4>, lowbit::pact<4>> layer(6, 3, stream, {.bias = true});
  const std::vector<nn::parameter*> all = layer.parameters();
  REQUIRE(all.size() == 4);
  CHECK(all[0] == &layer.weights());
  CHECK(all[1] == &layer.bias());
  CHECK(all[2] == &layer.weight_numbers()[0]);
  CHECK(all[3] == &layer.input_numbers()[0]);
  CHECK(all[0]->decay == 1);
  CHECK(all[1]->decay == 0);
  CHECK(all[2]->decay == 0);
  CHECK(all[3]->decay == 1);  // PACT's alpha decays with the weights
  CHECK(all[3]->value(0, 0) == 10);

  nn::linear<lowbit::dsq<2>, lowbit::bcgd_activation<4>> other(6, 3, stream,
                                                               {.grain = lowbit::per::row});
  CHECK(other.weight_numbers().size() == 3);
  CHECK(other.weight_numbers()[2].value.rows() == 3);
  CHECK(other.input_numbers()[0].rate == 0.01f);
  CHECK(other.input_numbers()[0].gradient_clip == 1);
  nn::linear<lowbit::kmeans<2>, lowbit::abc_activation<3>> tables(6, 3, stream);
  CHECK(tables.weight_numbers()[0].value.cols() == 4);
  CHECK(tables.input_numbers()[1].value.cols() == 3);
}

TEST_CASE("trained numbers start from the weights and from the first batch") {
  INFO("seed " << seed);
  nn::linear<lowbit::lsq<3>, lowbit::lsq<3>> layer(8, 4, lowbit::random_stream(seed),
                                                   {.grain = lowbit::per::row});
  layer.weights().value = random_matrix(4, 8, seed + 1);
  const float_matrix x = random_matrix(5, 8, seed + 2, 2);
  layer.forward(x);
  for (index_t r = 0; r < 4; ++r) {
    const float mean = layer.weights().value.row(r).cwiseAbs().mean();
    CHECK(layer.weight_numbers()[0].value(r, 0) == Approx(2 * mean / std::sqrt(3.0f)));
  }
  const float first = layer.input_numbers()[0].value(0, 0);
  CHECK(first == Approx(2 * x.cwiseAbs().mean() / std::sqrt(3.0f)));
  layer.forward(float_matrix(3 * x));
  CHECK(layer.input_numbers()[0].value(0, 0) == first);  // not found again

  nn::linear<lowbit::lsq<3>, nn::real> kept(8, 4, lowbit::random_stream(seed),
                                            {.keep_numbers = true}, lowbit::lsq<3>{0.25f});
  kept.forward(x);
  CHECK(kept.weight_numbers()[0].value(0, 0) == 0.25f);
}

TEST_CASE("gradients of trained numbers are those of the closed form") {
  INFO("seed " << seed);
  nn::linear<lowbit::lsq<3>, lowbit::lsq<3>> layer(8, 4, lowbit::random_stream(seed),
                                                   {.grain = lowbit::per::row});
  const float_matrix x = random_matrix(5, 8, seed + 3, 2), g = random_matrix(5, 4, seed + 4);
  layer.forward(x);
  layer.backward(g);
  const float_matrix& w = layer.weights().value;
  // In front of the quantizers: those of the product of what they give.
  float_matrix used_w, used_x;
  layer.weight_quantizer().forward(w, used_w);
  layer.input_quantizer().forward(x, used_x);
  const float_matrix through_w = g.transpose() * used_x, through_x = g * used_w;
  for (index_t r = 0; r < 4; ++r) {
    lowbit::lsq<3> q{layer.weight_numbers()[0].value(r, 0)};
    const float_matrix row = w.row(r), up = through_w.row(r);
    CHECK(layer.weight_numbers()[0].gradient(r, 0) ==
          Approx(parameter_gradient(q, nn::elements(row), nn::elements(up)).step).epsilon(1e-4));
  }
  // N is the number of features of one token, not of the batch.
  const lowbit::lsq<3> q{layer.input_numbers()[0].value(0, 0), 8};
  CHECK(layer.input_numbers()[0].gradient(0, 0) ==
        Approx(parameter_gradient(q, nn::elements(x), nn::elements(through_x)).step).epsilon(1e-4));
}

namespace {

/// dL/d of each trained number of q, where L = sum of g y and y is the smooth function that the gradients are of.
template <class Q, class Soft>
void check_soft_path(const Q& q, const Soft& soft) {
  const float_matrix x = random_matrix(1, 400, seed + 21, 1.2f),
                     g = random_matrix(1, 400, seed + 22);
  const lowbit::any_quantizer any = q;
  std::vector<float> d(static_cast<std::size_t>(any.learned_count()));
  any.parameter_gradient(nn::elements(x), nn::elements(g), d);
  const auto loss = [&](const std::vector<float>& numbers) {
    const lowbit::any_quantizer moved = any.with_learned(numbers);
    double sum = 0;
    for (index_t i = 0; i < x.size(); ++i)
      sum += static_cast<double>(g.data()[i]) *
             static_cast<double>(soft(*moved.get_if<Q>(), x.data()[i]));
    return sum;
  };
  for (std::size_t i = 0; i < d.size(); ++i) {
    INFO("number " << i);
    std::vector<float> above = any.learned(), below = above;
    above[i] += 1e-3f;
    below[i] -= 1e-3f;
    const double step = static_cast<double>(above[i]) - static_cast<double>(below[i]);
    CHECK(static_cast<double>(d[i]) ==
          Approx((loss(above) - loss(below)) / step).epsilon(0.03).margin(0.05));
  }
}

}  // namespace

TEST_CASE("gradients of trained numbers are those of the soft path") {
  INFO("seed " << seed);
  // An element that changes its interval adds what the step is there; few do, and the soft value has no jump.
  check_soft_path(lowbit::dsq<2>{-0.9f, 0.8f, 0.3f},
                  [](const auto& q, float x) { return q.soft(x); });
  check_soft_path(lowbit::rsign<>{{}, 0.2f},
                  [](const auto& q, float x) { return q.surrogate_gradient.soft(x - q.alpha); });
  check_soft_path(lowbit::sign<lowbit::ste::sign_swish>{},
                  [](const auto& q, float x) { return q.surrogate_gradient.soft(x); });
  check_soft_path(lowbit::pact<4>{0.7f}, [](const auto& q, float x) {
    return x < 0 ? 0.0f : x < q.alpha ? x : q.alpha;
  });
  check_soft_path(lowbit::jacob_affine<8>{-0.7f, 0.6f}, [](const auto& q, float x) {
    return x < q.lower ? q.lower : x < q.upper ? x : q.upper;
  });
}

TEST_CASE("gradients of scales are those of differences") {
  INFO("seed " << seed);
  // The outputs are linear in these numbers, so differences are exact.
  const float_matrix x = random_matrix(5, 8, seed + 5), g = random_matrix(5, 4, seed + 6);
  const auto check = [&](auto& layer, std::vector<nn::parameter>& numbers) {
    layer.forward(x);
    for (nn::parameter& p : numbers)
      for (float& v : nn::elements(p.value)) v *= 1.25f;  // away from where it starts
    layer.forward(x);
    layer.backward_parameters(g);
    for (nn::parameter& p : numbers) {
      const float_matrix d = p.gradient;
      for (index_t i = 0; i < p.value.size(); ++i)
        CHECK(static_cast<double>(d.data()[i]) ==
              Approx(slope_of(layer, p.value.data()[i], x, g, 0.01f)).epsilon(1e-2).margin(1e-3));
    }
  };
  const lowbit::random_stream stream(seed);
  nn::linear<lowbit::ttq, nn::real> ttq(8, 4, stream, {.grain = lowbit::per::row});
  check(ttq, ttq.weight_numbers());
  nn::linear<lowbit::syq<>, nn::real> syq(8, 4, stream, {.grain = lowbit::per::group<4>});
  check(syq, syq.weight_numbers());
  nn::linear<lowbit::syq<lowbit::binary>, nn::real> pixels(8, 4, stream,
                                                           {.grain = lowbit::per::pixel<2>});
  CHECK(pixels.weight_numbers()[0].value.rows() == 4);
  check(pixels, pixels.weight_numbers());
  nn::linear<lowbit::kmeans<2>, nn::real> kmeans(8, 4, stream);
  check(kmeans, kmeans.weight_numbers());
}

TEST_CASE("TTQ trains from the scales that are given, not from those of the weights") {
  INFO("seed " << seed);
  const lowbit::random_stream stream(seed);
  const float_matrix x = random_matrix(5, 8, seed + 5), g = random_matrix(5, 4, seed + 6);
  lowbit::ttq given;
  given.negative = 0.5f;
  nn::linear<lowbit::ttq, nn::real> layer(8, 4, stream, {.grain = lowbit::per::row}, given);
  layer.forward(x);
  const std::vector<nn::parameter>& scales = layer.weight_numbers();
  CHECK((scales[0].value.array() == 1).all());
  CHECK((scales[1].value.array() == 0.5f).all());
  // So a weight in the middle has a gradient of the size of its neighbours', however small the weights are.
  layer.weights().value(0, 0) = 0;
  layer.forward(x);
  layer.backward_parameters(g);
  const float_matrix plain = g.transpose() * x;
  for (index_t c = 0; c < 8; ++c) {
    const float w = layer.weights().value(0, c), scale = w < 0 ? 0.5f : 1;
    CHECK(static_cast<double>(layer.weights().gradient(0, c)) ==
          Approx(static_cast<double>(scale * plain(0, c))).margin(1e-5));
  }
}

TEST_CASE("channels of inputs have numbers of their own") {
  INFO("seed " << seed);
  using layer_type = nn::conv2d<lowbit::sign<>, lowbit::rsign<>>;
  layer_type layer(3, 4, lowbit::square_window(3, 1, 1), lowbit::random_stream(seed),
                   {.numbers_per_channel = true});
  nn::parameter& shift = layer.input_numbers()[0];
  REQUIRE(shift.value.rows() == 3);
  shift.value << 0.5f, -0.5f, 0;
  nn::feature_map x({2, 4, 4, 3});
  x.mutable_pixels() = random_matrix(32, 3, seed + 7, 1.2f);
  layer.forward(x.read());
  shift.value << 0.5f, -0.5f, 0;  // rsign starts at its own 0
  const float_matrix y = layer.forward(x.read()).pixels();

  nn::conv2d<lowbit::sign<>, nn::real> plain(3, 4, lowbit::square_window(3, 1, 1),
                                             lowbit::random_stream(seed));
  nn::feature_map signs(x.shape());
  for (index_t r = 0; r < 32; ++r)
    for (index_t c = 0; c < 3; ++c)
      signs.mutable_pixels()(r, c) = x.pixels()(r, c) > shift.value(c, 0) ? 1.0f : -1.0f;
  CHECK(plain.forward(signs.read()).pixels() == y);

  nn::feature_map g({2, 4, 4, 4});
  g.mutable_pixels() = random_matrix(32, 4, seed + 8);
  const float_matrix through = plain.backward(g.read()).pixels(),
                     dx = layer.backward(g.read()).pixels();
  for (index_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (index_t r = 0; r < 32; ++r) {
      const float one =
          lowbit::ste::approx_sign{}(x.pixels()(r, c) - shift.value(c, 0), through(r, c));
      CHECK(dx(r, c) == one);
      sum -= static_cast<double>(one);
    }
    CHECK(static_cast<double>(shift.gradient(c, 0)) == Approx(sum).margin(1e-5));
  }
}

TEST_CASE("a step that would end below 0 stays above it") {
  nn::linear<lowbit::lsq<4>, nn::real> layer(4, 2, lowbit::random_stream(seed));
  const float_matrix x = random_matrix(3, 4, seed + 9);
  layer.forward(x);
  nn::parameter& step = layer.weight_numbers()[0];
  const float before = step.value(0, 0);
  layer.backward_parameters(layer.forward(x));
  step.gradient(0, 0) = 1e6f;
  nn::sgd(layer.parameters(), {.rate = 1, .momentum = 0}).step();
  REQUIRE(step.value(0, 0) < 0);
  layer.forward(x);
  CHECK(step.value(0, 0) == before / 8);
  CHECK(layer.weight_quantizer().of_row(0).get_if<lowbit::lsq<4>>()->step == before / 8);
}

TEST_CASE("optimizers honour the groups of parameters") {
  const auto moved = [](auto make) {
    nn::parameter plain(1, 1), slow(1, 1), decayed(1, 1), clipped(1, 1), frozen(1, 2);
    slow.rate = 0.5f;
    decayed.decay = 1;
    clipped.gradient_clip = 0.25f;
    frozen.frozen = {1, 0};
    for (nn::parameter* p : {&plain, &slow, &decayed, &clipped, &frozen}) {
      p->value.setConstant(2);
      p->gradient.setConstant(1);
    }
    make({&plain, &slow, &decayed, &clipped, &frozen}).step();
    return std::vector<float>{plain.value(0, 0),   slow.value(0, 0),   decayed.value(0, 0),
                              clipped.value(0, 0), frozen.value(0, 0), frozen.value(0, 1)};
  };
  CHECK(moved([](std::vector<nn::parameter*> all) {
          return nn::sgd(std::move(all), {.rate = 0.5f, .momentum = 0, .decay = 0.25f});
        }) == std::vector<float>{1.5f, 1.75f, 1.25f, 1.875f, 2, 1.5f});
  const std::vector<float> adam = moved([](std::vector<nn::parameter*> all) {
    return nn::adam(std::move(all), {.rate = 0.5f, .decay = 0.25f});
  });
  CHECK(adam[0] == Approx(1.5f));
  CHECK(adam[1] == Approx(1.75f));
  CHECK(adam[4] == 2);
}

TEST_CASE("moving averages follow training and stand still in evaluation") {
  INFO("seed " << seed);
  const float_matrix x = random_matrix(6, 8, seed + 10), y = float_matrix(4 * x);
  nn::linear<lowbit::sign<>, lowbit::jacob_affine<8>> layer(8, 4, lowbit::random_stream(seed));
  CHECK(layer.input_numbers().empty());
  CHECK_THROWS_WITH(layer.input_quantizer(), Catch::Contains("averages over the batches"));
  const auto range = [&] {
    return *layer.input_policy_in_training().of_row(0).get_if<lowbit::jacob_affine<8>>();
  };
  layer.forward(x);
  CHECK(range().upper == x.maxCoeff());
  layer.forward(y);
  const float after = range().upper;
  CHECK(after == Approx(x.maxCoeff() + 0.01f * 3 * x.maxCoeff()));
  layer.set_training(false);
  layer.forward(y);
  CHECK(range().upper == after);
  CHECK(layer.input_quantizer().of_row(0).get_if<lowbit::jacob_affine<8>>()->upper == after);

  using rectified = lowbit::jacob_affine<8, lowbit::affine_range::from_zero>;
  nn::linear<lowbit::sign<>, rectified> behind_relu(8, 4, lowbit::random_stream(seed));
  REQUIRE(x.minCoeff() < 0);
  for (const float_matrix& batch : {x, y}) {
    behind_relu.forward(batch);
    const auto q = *behind_relu.input_policy_in_training().of_row(0).get_if<rectified>();
    CHECK(q.lower == 0);
    CHECK(q.upper >= x.maxCoeff());
    CHECK(encode(q, x.minCoeff()) == 0);
    CHECK(q.gradient(x.minCoeff(), 1) == 0);
  }

  nn::linear<lowbit::sign<>, lowbit::lq_activation<2>> planes(8, 4, lowbit::random_stream(seed));
  const float_matrix positive = x.cwiseAbs();
  planes.forward(positive);
  const auto basis = [&] { return planes.input_policy_in_training().of_row(0).numbers(); };
  const std::vector<float> first = basis();
  planes.forward(float_matrix(3 * positive));
  const std::vector<float> second = basis();
  CHECK(first != second);
  planes.set_training(false);
  planes.forward(positive);
  CHECK(basis() == second);
}

namespace {

struct trained_numbers {
  std::vector<float> before, after;
  double loss = 0;
};

std::vector<float> numbers_of(const std::vector<nn::parameter*>& all) {
  std::vector<float> numbers;
  for (const nn::parameter* p : all)
    numbers.insert(numbers.end(), p->value.data(), p->value.data() + p->value.size());
  return numbers;
}

/// 50 steps on three clouds of points, with the numbers of the second layer's policies trained or left as they start.
template <class Weight, class Input>
trained_numbers after_training(bool train_numbers, float start_scale) {
  nn::sequential net(
      nn::normalised(nn::linear<nn::real, nn::real>(6, 24, lowbit::random_stream(seed, 1))),
      nn::linear<Weight, Input>(24, 3, lowbit::random_stream(seed, 2), {.bias = true}));
  auto& last = std::get<1>(net.layers());
  const index_t n = 96;
  float_matrix x = random_matrix(n, 6, seed + 11, 1);
  std::vector<int> labels;
  for (index_t r = 0; r < n; ++r) {
    labels.push_back(static_cast<int>(r % 3));
    x(r, r % 3) += 1.2f;
    x(r, (r + 1) % 3 + 3) -= 0.6f;
  }
  net.forward(x);
  std::vector<nn::parameter*> numbers;
  for (nn::parameter& p : last.weight_numbers()) numbers.push_back(&p);
  for (nn::parameter& p : last.input_numbers()) numbers.push_back(&p);
  for (nn::parameter* p : numbers) {
    p->value *= start_scale;
    if (!train_numbers) p->rate = 0;
  }
  net.forward(x);
  trained_numbers result;
  result.before = numbers_of(numbers);
  nn::adam optimizer(net.parameters(), {.rate = 0.01f});
  for (int step = 0; step < 50; ++step) {
    const auto [loss, gradient] = nn::softmax_cross_entropy(net.forward(x).pixels(), labels);
    result.loss = static_cast<double>(loss);
    net.backward_parameters(gradient);
    optimizer.step();
  }
  result.after = numbers_of(numbers);
  return result;
}

template <class Weight, class Input>
void check_training(const char* name, float start_scale = 1) {
  INFO(name << ", seed " << seed);
  const trained_numbers moved = after_training<Weight, Input>(true, start_scale),
                        still = after_training<Weight, Input>(false, start_scale);
  CHECK(moved.before == still.before);
  CHECK(still.after == still.before);
  REQUIRE_FALSE(moved.after.empty());
  for (std::size_t i = 0; i < moved.after.size(); ++i) {
    INFO("number " << i << " from " << moved.before[i] << " to " << moved.after[i]);
    CHECK(moved.after[i] != moved.before[i]);
  }
  INFO("losses " << moved.loss << ", with numbers as they start " << still.loss);
  CHECK(moved.loss < still.loss);
}

}  // namespace

TEST_CASE("training the numbers of quantizers moves them and lowers the loss") {
  check_training<lowbit::lsq<4>, nn::real>("LSQ's weights", 0.2f);
  check_training<nn::real, lowbit::lsq<2, lowbit::unsigned_bits<2>>>("LSQ's activations", 0.2f);
  check_training<nn::real, lowbit::pact<4>>("PACT", 0.05f);
  check_training<lowbit::ttq, nn::real>("TTQ");
  check_training<lowbit::dsq<2>, nn::real>("DSQ's weights", 0.5f);
  check_training<nn::real, lowbit::dsq<2>>("DSQ's activations", 0.5f);
  check_training<lowbit::sign<>, lowbit::rsign<>>("RSign");
}

namespace {

/// What a network with these weights becomes: after training, frozen, deployed.
template <class Weight>
void check_trip(const char* name) {
  INFO(name << ", seed " << seed);
  nn::sequential net(
      nn::normalised(nn::linear<Weight, nn::pixel>(20, 12, random_stream(seed, 5),
                                                   {.grain = lowbit::per::row})),
      nn::normalised(nn::linear<Weight, lowbit::sign<>>(12, 12, random_stream(seed, 6))),
      nn::linear<nn::real, lowbit::sign<>>(12, 3, random_stream(seed, 7), {.bias = true}));
  nn::adam optimizer(net.parameters(), {.rate = 0.01f, .decay = 1e-4f});
  lowbit::image_tensor<lowbit::code_t> bytes({30, 1, 1, 20});
  float_matrix x(30, 20);
  std::vector<int> labels;
  for (index_t i = 0; i < x.size(); ++i) {
    bytes.mutable_pixels().data()[i] =
        static_cast<lowbit::code_t>(random_stream(seed, 8).bits(i) % 256);
    x.data()[i] = bytes.pixels().data()[i];
  }
  for (int r = 0; r < 30; ++r) labels.push_back(r % 3);
  for (int step = 0; step < 20; ++step) {
    net.backward_parameters(nn::softmax_cross_entropy(net.forward(x).pixels(), labels).gradient);
    optimizer.step();
  }
  // The last step moved the numbers, too.
  const nn::trace in_float = nn::freeze(net).traced(x);
  CHECK(nn::compare(in_float, nn::traced(nn::deploy(net), bytes.view())).identical());
  net.set_training(false);
  const float_matrix evaluated = net.forward(x).pixels();
  for (index_t i = 0; i < evaluated.size(); ++i)
    CHECK(evaluated.data()[i] == Approx(in_float.logits.data()[i]).margin(1e-4));
}

}  // namespace

TEST_CASE("trained numbers and chance reach the packed network") {
  check_trip<lowbit::lsq<4>>("LSQ");
  check_trip<lowbit::syq<>>("SYQ");
  check_trip<lowbit::stochastic_sign<>>("BinaryConnect by chance");
}

}  // namespace test_learned_numbers
