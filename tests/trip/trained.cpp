// Every quantizer of weights with every kind of activation is trained for some steps, frozen, deployed, saved and
// loaded. No hidden code and no logit differs, on every ISA. The pictures are made up: each class has a pattern of its
// own, and noise. How far the logits of training's evaluation are from those of freeze() is printed.
#include <cmath>
#include <cstdio>

#include "lowbit/nn.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"
#include "trip/networks.hpp"

using namespace lowbit;

namespace {

constexpr index_t classes = 10, side = 8, batch = 20;
constexpr int steps = 20;

struct pictures {
  nn::feature_map x;
  std::vector<code_t> labels;
};
pictures make_pictures(tensor_shape shape, std::uint64_t seed) {
  const random_stream patterns(99), noise(seed);
  pictures made{nn::feature_map(shape), {}};
  const index_t size = shape.elements() / shape.batch;
  for (index_t n = 0; n < shape.batch; ++n) {
    const auto label = static_cast<code_t>(n % classes);
    made.labels.push_back(label);
    for (index_t i = 0; i < size; ++i)
      made.x.mutable_pixels().data()[n * size + i] =
          1.5f * (patterns.uniform(label * size + i) - 0.5f) + noise.uniform(n * size + i) - 0.4f;
  }
  return made;
}

/// A convolution whose weights begin in [-1, 1]: quantizers that are not fitted have their thresholds there.
nn::conv_layer make_layer(index_t inputs, index_t outputs, const window& over, std::uint64_t number,
                          const nn::conv2d_options& options, const any_quantizer& w,
                          const any_quantizer& a) {
  nn::conv_layer layer(inputs, outputs, over, random_stream(17, number), options, w, a);
  layer.weights().value /= layer.weights().value.cwiseAbs().maxCoeff();
  return layer;
}
auto make_conv_net(const any_quantizer& w, const any_quantizer& a) {
  const window same = square_window(3, 1, 1);
  return nn::sequential(nn::normalised(make_layer(1, 18, same, 0, {}, w, a)),
                        nn::max_pool(square_window(2, 2)),
                        nn::normalised(make_layer(18, 20, same, 1, {.grain = per::row}, w, a)),
                        make_layer(20, classes, square_window(4), 2, {.bias = true}, w, a));
}
auto make_dense_net(const any_quantizer& w, const any_quantizer& a) {
  return nn::sequential(
      nn::normalised(make_layer(side * side, 24, window{}, 3, {.grain = per::row}, w, a)),
      make_layer(24, classes, window{}, 4, {.bias = true}, w, a));
}

struct outcome {
  index_t codes = 0, logits = 0, different = 0;
  double drift = 0;  ///< largest distance of a logit of training's evaluation, by the largest logit
};

template <class Network>
outcome trip(Network net, const pictures& train, const pictures& test) {
  nn::adam optimizer(net.parameters(), {.rate = 5e-3f});
  for (int i = 0; i < steps; ++i) {
    net.set_progress(static_cast<double>(i + 1) / steps);
    const auto loss = nn::softmax_cross_entropy(net.forward(train.x.read()).pixels(), train.labels);
    REQUIRE(std::isfinite(loss.loss));
    net.backward_parameters({{batch, 1, 1, classes}, loss.gradient});
    optimizer.step();
  }
  const nn::trace expected = nn::freeze(net).traced(test.x.read());
  const auto packed = nn::deploy(net);
  const auto file = save(packed);
  const auto again = load<std::remove_const_t<decltype(packed)>>(file);
  REQUIRE(again);
  outcome made;
  made.different += save(*again) == file ? 0 : 1;
  const auto compare = [&](const auto& net_on_bits, any_isa isa) {
    const auto result =
        nn::compare(expected, nn::traced(net_on_bits, test.x.read().view(), on(isa)));
    made.codes += result.hidden_codes;
    made.logits += result.logits;
    made.different += result.different_codes + result.different_logits;
  };
  for_each_isa([&](any_isa isa) { compare(packed, isa); });
  compare(*again, chosen_isa());
  net.set_training(false);
  const auto evaluated = net.forward(test.x.read());
  double largest = 0;
  for (index_t i = 0; i < evaluated.pixels().size(); ++i) {
    const double frozen = static_cast<double>(expected.logits.data()[i]);
    largest = std::max(largest, std::abs(frozen));
    made.drift =
        std::max(made.drift, std::abs(static_cast<double>(evaluated.pixels().data()[i]) - frozen));
  }
  made.drift /= largest > 0 ? largest : 1;
  return made;
}

}  // namespace

TEST_CASE("trained networks of every quantizer make the trip", "[trip]") {
  const pictures train = make_pictures({batch, side, side, 1}, 1),
                 test_set = make_pictures({8, side, side, 1}, 2);
  const auto as_rows = [](const pictures& p) {
    pictures rows{nn::feature_map({p.x.shape().batch, 1, 1, side * side}), p.labels};
    std::copy_n(p.x.pixels().data(), p.x.pixels().size(), rows.x.mutable_pixels().data());
    return rows;
  };
  const pictures train_rows = as_rows(train), test_rows = as_rows(test_set);
  double drift = 0;
  index_t codes = 0, trips = 0, drifted = 0;
  for (const auto& [weight_name, weight] : test::weight_quantizers())
    for (const auto& [input_name, input] : test::input_quantizers()) {
      INFO(weight_name << " x " << input_name);
      if (!test::runs(static_cast<std::uint64_t>(trips++), 61)) continue;
      for (const bool dense : {false, true}) {
        const outcome made = dense ? trip(make_dense_net(weight, input), train_rows, test_rows)
                                   : trip(make_conv_net(weight, input), train, test_set);
        CHECK(made.codes > 0);
        CHECK(made.different == 0);
        codes += made.codes;
        // A code that lies on a boundary may be another one in training's order of sums: then logits jump.
        drifted += made.drift > 1e-3 ? 1 : 0;
        drift = std::max(drift, made.drift > 1e-3 ? 0 : made.drift);
      }
    }
  CHECK(
      trips ==
      470);  // every quantizer of weights in the catalogue times ten of activations: none is refused
  std::printf(
      "%td pairs of quantizers, %td codes compared; logits of training's evaluation: "
      "within %g of freeze(), relative to the largest, and further in %td of %td networks\n",
      trips, codes, drift, drifted, 2 * trips);
}
