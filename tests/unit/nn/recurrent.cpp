// nn::recurrent: against plain loops, gradients through all steps, and the trip to bits.
#include <cmath>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/recurrent.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/lq_nets.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/qnn_linear.hpp>
#include <lowbit/quantize/methods/stochastic_sign.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>

#include "support/settings.hpp"
#include "unit/nn/make_trip.hpp"

namespace test_recurrent {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::tensor_shape;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 221;
constexpr index_t sequences = 3, steps = 5, inputs = 4, hidden = 6;
constexpr tensor_shape shape{sequences, steps, 1, inputs};

lowbit::random_stream drawn(std::uint64_t number) { return lowbit::random_stream(seed, number); }

/// A smooth function, so that gradients through steps have finite differences.
struct tangent {
  float operator()(float x) const noexcept { return std::tanh(x); }
  float gradient(float x, float upstream) const noexcept {
    const float y = std::tanh(x);
    return upstream * (1 - y * y);
  }
};

/// W, I, V and H from -1 to 1 in steps of 1/4: QNN's quantizer.
lowbit::qnn_linear<4> quarters() { return {0.25f, -1, 1}; }

nn::conv_layer of_input(const nn::any_policy& weight, const nn::any_policy& input) {
  return nn::conv_layer(inputs, hidden, {}, drawn(0), {.bias = true}, weight, input);
}
nn::conv_layer of_state(const nn::any_policy& weight, const nn::any_policy& state) {
  return nn::conv_layer(hidden, hidden, {}, drawn(1), {}, weight, state);
}
nn::feature_map random_images(tensor_shape s, std::uint64_t salt) {
  nn::feature_map x(s);
  x.mutable_pixels() = random_matrix(s.pixels(), s.channels, seed + salt, 1.5f);
  return x;
}

/// What a policy makes of a matrix.
float_matrix through(const nn::any_policy& policy, const float_matrix& x) {
  float_matrix y;
  nn::straight_through(policy).forward(x, y);
  return y;
}

}  // namespace

TEST_CASE("recurrent layers add the products of all steps, whatever the policies") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images(shape, 2);
  const auto run = [&](const nn::any_policy& w, const nn::any_policy& i, const nn::any_policy& v,
                       const nn::any_policy& h) {
    nn::recurrent all(of_input(w, i), of_state(v, h), true), last(of_input(w, i), of_state(v, h));
    all.of_input().bias().value = last.of_input().bias().value = random_matrix(1, hidden, seed + 3);
    const float_matrix used_w = through(w, all.of_input().weights().value),
                       used_v = through(v, all.of_state().weights().value),
                       used_x = through(i, x.pixels());
    const nn::feature_view y = all.forward(x.read());
    REQUIRE(y.shape() == tensor_shape{sequences, steps, 1, hidden});
    for (index_t n = 0; n < sequences; ++n) {
      std::vector<double> before;
      for (index_t t = 0; t < steps; ++t) {
        std::vector<double> sums;
        for (index_t o = 0; o < hidden; ++o) {
          double sum = static_cast<double>(all.of_input().bias().value(0, o));
          for (index_t c = 0; c < inputs; ++c)
            sum +=
                static_cast<double>(used_w(o, c)) * static_cast<double>(used_x(n * steps + t, c));
          for (index_t k = 0; k < hidden && t > 0; ++k) {
            const float_matrix a = float_matrix::Constant(
                1, 1, static_cast<float>(before[static_cast<std::size_t>(k)]));
            sum += static_cast<double>(used_v(o, k)) * static_cast<double>(through(h, a)(0, 0));
          }
          sums.push_back(sum);
          CHECK(static_cast<double>(y.pixels()(n * steps + t, o)) == Approx(sum).margin(1e-4));
        }
        before = sums;
      }
    }
    const nn::feature_view z = last.forward(x.read());
    REQUIRE(z.shape() == tensor_shape{sequences, 1, 1, hidden});
    for (index_t n = 0; n < sequences; ++n)
      CHECK(z.pixels().row(n) == y.pixels().row(n * steps + steps - 1));
  };
  run(nn::real(), nn::real(), nn::real(), tangent());
  run(quarters(), quarters(), quarters(), quarters());
  run(lowbit::sign<>(), lowbit::sign<>(), lowbit::xnor_weight<>(), lowbit::sign<>());
}

TEST_CASE("gradients of recurrent layers go through all steps") {
  INFO("seed " << seed);
  for (const bool all_steps : {false, true}) {
    INFO("all steps " << all_steps);
    nn::feature_map x = random_images(shape, 4);
    nn::recurrent layer(of_input(nn::real(), nn::real()), of_state(nn::real(), tangent()),
                        all_steps);
    const nn::feature_map g = random_images(layer.forward(x.read()).shape(), 5);
    const auto loss = [&] { return dot(g.pixels(), layer.forward(x.read()).pixels()); };
    loss();
    const float_matrix dx = layer.backward(g.read()).pixels();
    const auto parameters = layer.parameters();
    REQUIRE(parameters.size() == 3);
    std::vector<float_matrix> gradients;
    for (const nn::parameter* p : parameters) gradients.push_back(p->gradient);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      check_gradient(parameters[i]->value, gradients[i], loss, 3e-3f);
    check_gradient(x.mutable_pixels(), dx, loss, 3e-3f);
    loss();
    layer.backward_parameters(g.read());
    for (std::size_t i = 0; i < parameters.size(); ++i)
      CHECK(parameters[i]->gradient == gradients[i]);
  }
}

TEST_CASE("straight-through gradients of the state are those of its products, added") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images(shape, 6);
  nn::recurrent layer(of_input(quarters(), quarters()), of_state(quarters(), quarters()), true);
  const float_matrix a = layer.forward(x.read()).pixels();
  const nn::feature_map g = random_images({sequences, steps, 1, hidden}, 7);
  layer.backward(g.read());
  // Between -1 and 1 the quantizer's gradient is 1, outside 0.
  const auto inside = [](float v) { return v >= -1 && v <= 1 ? 1.0 : 0.0; };
  const float_matrix& v = layer.of_state().weights().value;
  const float_matrix used_v = through(quarters(), v), codes = through(quarters(), a);
  std::vector<double> dv(static_cast<std::size_t>(hidden * hidden));
  for (index_t n = 0; n < sequences; ++n) {
    std::vector<double> of_step(static_cast<std::size_t>(hidden));
    for (index_t t = steps - 1; t > 0; --t) {
      for (index_t o = 0; o < hidden; ++o)
        of_step[static_cast<std::size_t>(o)] += static_cast<double>(g.pixels()(n * steps + t, o));
      std::vector<double> before(static_cast<std::size_t>(hidden));
      for (index_t k = 0; k < hidden; ++k)
        for (index_t o = 0; o < hidden; ++o) {
          const double up = of_step[static_cast<std::size_t>(o)];
          dv[static_cast<std::size_t>(o * hidden + k)] +=
              up * static_cast<double>(codes(n * steps + t - 1, k)) * inside(v(o, k));
          before[static_cast<std::size_t>(k)] +=
              up * static_cast<double>(used_v(o, k)) * inside(a(n * steps + t - 1, k));
        }
      of_step = before;
    }
  }
  for (index_t i = 0; i < hidden * hidden; ++i)
    CHECK(static_cast<double>(layer.of_state().weights().gradient.data()[i]) ==
          Approx(dv[static_cast<std::size_t>(i)]).margin(1e-4));
}

TEST_CASE("frozen recurrent layers compute what trained ones evaluate") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images(shape, 9);
  for (const bool all_steps : {false, true}) {
    nn::recurrent layer(nn::linear<nn::real, nn::real>(inputs, hidden, drawn(0), {.bias = true}),
                        nn::linear<nn::real, nn::relu>(hidden, hidden, drawn(1)), all_steps);
    layer.of_input().bias().value = random_matrix(1, hidden, seed + 10);
    const nn::feature_map frozen = nn::freeze(layer)(x.read());
    const nn::feature_view y = layer.forward(x.read());
    REQUIRE(frozen.shape() == y.shape());
    CHECK((frozen.pixels() - y.pixels()).cwiseAbs().maxCoeff() < 1e-5f);
  }
}

TEST_CASE("recurrent layers learn what happened steps ago") {
  INFO("seed " << seed);
  // The class is the sign of the first step's first input; the other steps are noise.
  constexpr index_t many = 64;
  nn::feature_map x = random_images({many, steps, 1, inputs}, 8);
  std::vector<lowbit::code_t> labels;
  for (index_t n = 0; n < many; ++n) labels.push_back(x.pixels()(n * steps, 0) < 0 ? 0 : 1);
  using lowbit::lsq;
  nn::sequential net(nn::recurrent(of_input(lsq<4>(), lsq<4>()), of_state(lsq<4>(), lsq<4>())),
                     nn::conv_layer(hidden, 2, {}, drawn(2), {.bias = true}, lsq<4>(), lsq<4>()));
  nn::adam optimizer(net.parameters(), {.rate = 0.02f});
  for (int step = 0; step < 150; ++step) {
    const auto loss = nn::softmax_cross_entropy(net.forward(x.read()).pixels(), labels);
    net.backward_parameters({{many, 1, 1, 2}, loss.gradient});
    optimizer.step();
  }
  net.set_training(false);
  const float_matrix logits = net.forward(x.read()).pixels();
  index_t right = 0;
  for (index_t n = 0; n < many; ++n)
    right += (logits(n, 1) > logits(n, 0) ? 1 : 0) == labels[static_cast<std::size_t>(n)] ? 1 : 0;
  CHECK(right >= 58);  // a guess has 32

  std::vector<double> state;
  net.write_state(state);
  std::span<const double> rest = state;
  net.read_state(rest);
  CHECK(rest.empty());
  CHECK(net.forward(x.read()).pixels() == logits);
}

TEST_CASE("recurrent layers that cannot be are refused") {
  using lowbit::sign;
  const auto says = [](const auto& make) { return test::error_of([&] { make(); }); };
  const auto plain = [](index_t from, index_t to, bool bias) {
    return nn::conv_layer(from, to, {}, drawn(0), {.bias = bias}, sign<>(), sign<>());
  };
  CHECK(says([&] { nn::recurrent(plain(4, 6, true), plain(6, 5, false)); }) ==
        "nn::recurrent: a state of 6 to 5 numbers behind an input of 6: all equal");
  CHECK(says([&] { nn::recurrent(plain(4, 6, true), plain(6, 6, true)); }) ==
        "nn::recurrent: the state has a bias: give it to the input, which is added");
  CHECK(says([&] {
          nn::recurrent(
              nn::conv_layer(4, 6, lowbit::square_window(3), drawn(0), {}, sign<>(), sign<>()),
              plain(6, 6, false));
        }).find("a window of more than one pixel") != std::string::npos);
  CHECK(says([&] {
          nn::recurrent(plain(4, 6, true), of_state(lowbit::stochastic_sign<>(), sign<>()));
        }).find("use its deterministic twin") != std::string::npos);
  CHECK(says([&] {
          nn::recurrent(plain(4, 6, true), of_state(sign<>(), lowbit::lq_activation<2>()));
        }).find("moving averages") != std::string::npos);
  nn::recurrent layer(plain(4, 6, true), plain(6, 6, false));
  CHECK(says([&] {
          layer.forward(random_images({2, 5, 2, 4}, 1).read());
        }) ==
        "nn::recurrent: images of 5x2: a sequence is an image of one column, with a row per step");
}

TEST_CASE("recurrent layers make the trip") {
  using namespace trip;
  const tensor_shape of_sequences{batch, 7, 1, 4};
  using act = dorefa_activation<2>;
  const auto dense = [](index_t from, index_t to, std::uint64_t number,
                        const nn::any_policy& weight, const nn::any_policy& input, bool bias) {
    return nn::conv_layer(from, to, {}, stream(number), {.bias = bias}, weight, input);
  };
  const auto layer = [&](index_t from, std::uint64_t number, const nn::any_policy& weight,
                         const nn::any_policy& input, bool all_steps) {
    return nn::recurrent(dense(from, 8, number, weight, input, true),
                         dense(8, 8, number + 1, weight, input, false), all_steps);
  };
  require_trip(nn::sequential(layer(4, 0, lsq<4>(), lsq<4>(), true),
                              layer(8, 2, qnn_linear<2>{0.5f, -0.5f, 0.5f}, act(), false),
                              dense(8, classes, 9, lsq<4>(), act(), true)),
               of_sequences);

  nn::sequential on_signs(
      nn::recurrent(nn::linear<xnor_weight<>, nn::real>(4, 8, stream(0), {.bias = true}),
                    nn::linear<xnor_weight<>, sign<>>(8, 8, stream(1)), true),
      nn::recurrent(nn::linear<xnor_weight<>, sign<>>(8, 6, stream(2), {.bias = true}),
                    nn::linear<xnor_weight<>, sign<>>(6, 6, stream(3))),
      nn::linear<nn::real, sign<>>(6, classes, stream(4), {.bias = true}));
  require_trip(on_signs, of_sequences);
}

}  // namespace test_recurrent
