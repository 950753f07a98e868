// Every quantizer of weights with every kind of activation is trained for some steps, frozen, deployed, saved and
// loaded. No hidden code and no logit differs. The networks learn from 200 handwritten digits. A hundred others are
// compared on the ISA that programs get, and some of these on every ISA. How far the logits of training's evaluation
// are from those of freeze() is printed.
#include <cmath>
#include <cstdio>

#include "lowbit/nn.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"
#include "trip/digits.hpp"
#include "trip/networks.hpp"

namespace test_trained {

using namespace lowbit;

namespace {

constexpr index_t classes = 10, side = 8, batch = 20, train_count = 200;
constexpr index_t test_count = test::thorough ? 100 : 6, on_each_isa = test::thorough ? 10 : 2;
constexpr int steps = 20;

struct pictures {
  nn::feature_map x;
  std::vector<code_t> labels;
};
/// `count` digits from number `first` on, as images of 8x8 pixels from -1 to 1 or as rows of them.
pictures digits(index_t first, index_t count, bool as_rows) {
  pictures made{nn::feature_map(as_rows ? tensor_shape{count, 1, 1, side * side}
                                        : tensor_shape{count, side, side, 1}),
                {}};
  for (index_t n = 0; n < count; ++n) {
    const char* const line = test::digit_lines[first + n];
    for (index_t i = 0; i < side * side; ++i)
      made.x.mutable_pixels().data()[n * side * side + i] =
          static_cast<float>(line[i] - 'a') / 8 - 1;
    made.labels.push_back(static_cast<code_t>(line[side * side] - '0'));
  }
  return made;
}

/// The training digits in batches; the others, and those that every ISA gets.
struct digit_set {
  std::vector<pictures> batches;
  pictures test, some;

  explicit digit_set(bool as_rows)
      : test(digits(train_count, test_count, as_rows)),
        some(digits(train_count, on_each_isa, as_rows)) {
    for (index_t first = 0; first < train_count; first += batch)
      batches.push_back(digits(first, batch, as_rows));
  }
};

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
  index_t codes = 0, logits = 0, different = 0, right = 0;
  double drift = 0;  ///< largest distance of a logit of training's evaluation, by the largest logit
};

template <class Network>
outcome trip(Network net, const digit_set& set) {
  nn::adam optimizer(net.parameters(), {.rate = 5e-3f});
  for (int i = 0; i < steps; ++i) {
    net.set_progress(static_cast<double>(i + 1) / steps);
    const pictures& train = set.batches[static_cast<std::size_t>(i) % set.batches.size()];
    const auto loss = nn::softmax_cross_entropy(net.forward(train.x.read()).pixels(), train.labels);
    REQUIRE(std::isfinite(loss.loss));
    net.backward_parameters({{batch, 1, 1, classes}, loss.gradient});
    optimizer.step();
  }
  const pictures& test = set.test;
  const auto in_float = nn::freeze(net);
  const nn::trace expected = in_float.traced(test.x.read());
  const auto packed = nn::deploy(net);
  const auto file = save(packed);
  const auto again = load<std::remove_const_t<decltype(packed)>>(file);
  REQUIRE(again);
  outcome made;
  const std::vector<index_t> guesses = nn::predictions(expected.logits.view());
  for (std::size_t i = 0; i < guesses.size(); ++i)
    made.right += guesses[i] == test.labels[i] ? 1 : 0;
  made.different += save(*again) == file ? 0 : 1;
  const auto compare = [&](const nn::trace& plain, const auto& net_on_bits, const pictures& shown,
                           any_isa isa) {
    const auto result = nn::compare(plain, nn::traced(net_on_bits, shown.x.read().view(), on(isa)));
    made.codes += result.hidden_codes;
    made.logits += result.logits;
    made.different += result.different_codes + result.different_logits;
  };
  const nn::trace of_some = in_float.traced(set.some.x.read());
  for_each_isa([&](any_isa isa) { compare(of_some, packed, set.some, isa); });
  compare(expected, *again, test, chosen_isa());
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
  const digit_set images(false), rows(true);
  double drift = 0;
  index_t codes = 0, trips = 0, drifted = 0, networks = 0, right = 0;
  for (const auto& [weight_name, weight] : test::weight_quantizers())
    for (const auto& [input_name, input] : test::input_quantizers()) {
      INFO(weight_name << " x " << input_name);
      if (!test::runs(static_cast<std::uint64_t>(trips++), 127)) continue;
      for (const bool dense : {false, true}) {
        const outcome made = dense ? trip(make_dense_net(weight, input), rows)
                                   : trip(make_conv_net(weight, input), images);
        CHECK(made.codes > 0);
        CHECK(made.different == 0);
        codes += made.codes;
        right += made.right;
        ++networks;
        // A code that lies on a boundary may be another one in training's order of sums: then logits jump.
        drifted += made.drift > 1e-3 ? 1 : 0;
        drift = std::max(drift, made.drift > 1e-3 ? 0 : made.drift);
      }
    }
  CHECK(
      trips ==
      480);  // every quantizer of weights in the catalogue times ten of activations: none is refused
  std::printf(
      "%td networks of %td pairs of quantizers, %td codes compared; %.1f %% of the test digits "
      "right; logits of "
      "training's evaluation: within %g of freeze(), relative to the largest, and further in %td\n",
      networks, trips, codes,
      100.0 * static_cast<double>(right) / static_cast<double>(networks * test_count), drift,
      drifted);
}

}  // namespace test_trained
