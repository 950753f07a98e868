// The parts together, as Deep Compression has them: a network learns handwritten digits, is pruned while it learns on,
// shares its weights, fine-tunes the shared values, and is encoded. Its file runs with the bits of the dense network.
#include <cstring>

#include "lowbit/compress.hpp"
#include "lowbit/io.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/network/layers/sparse_layers.hpp"
#include "lowbit/nn/fit.hpp"
#include "lowbit/nn/layers/linear.hpp"
#include "lowbit/nn/layers/sequential.hpp"
#include "lowbit/nn/optimizers/adam.hpp"
#include "lowbit/nn/optimizers/masked.hpp"
#include "lowbit/nn/optimizers/sgd.hpp"
#include "lowbit/nn/optimizers/tied.hpp"
#include "support/catch.hpp"
#include "trip/digits.hpp"

using namespace lowbit;
using nn::elements;

namespace {

constexpr index_t pixels = 64, hidden = 40, classes = 10, train_count = 200, test_count = 100;

struct digits {
  std::vector<float> x;
  std::vector<index_t> labels;

  digits(index_t first, index_t count) {
    for (index_t n = first; n < first + count; ++n) {
      const char* const line = test::digit_lines[n];
      for (index_t i = 0; i < pixels; ++i) x.push_back(static_cast<float>(line[i] - 'a') / 8 - 1);
      labels.push_back(line[pixels] - '0');
    }
  }
  [[nodiscard]] tensor_view<const float> view() const {
    return nhwc<const float>(x, {static_cast<index_t>(labels.size()), 1, 1, pixels});
  }
  [[nodiscard]] nn::image_set set() const { return {view(), labels}; }
};

using first_layer = nn::linear<nn::real, nn::real>;
using second_layer = nn::linear<nn::real, nn::relu>;
using network = nn::sequential<first_layer, second_layer>;
using compressed = sequential<layer::sparse_linear, layer::function, layer::sparse_linear>;

std::vector<float> bias_of(const nn::parameter& p) {
  const auto b = elements(std::as_const(p.value));
  return {b.begin(), b.end()};
}
layer::float_conv2d dense(const matrix<float>& w, const std::vector<float>& bias) {
  image_tensor<float> filters({w.rows(), 1, 1, w.cols()});
  std::copy(w.data(), w.data() + w.rows() * w.cols(), filters.mutable_pixels().data());
  const std::vector<float> zero(bias.size(), 0.0f), one(bias.size(), 1.0f);
  return layer::float_conv2d(filters, window{}, batch_norm(one, bias, zero, one, 0));
}
layer::function relu() {
  layer::function::parameters p;
  p.which = layer::function::relu;
  return layer::function(p);
}

}  // namespace

TEST_CASE("a network that is pruned, shared and encoded runs from its file", "[compress]") {
  const digits train(0, train_count), others(train_count, test_count);
  network net(first_layer(pixels, hidden, random_stream(1, 1), {.bias = true}),
              second_layer(hidden, classes, random_stream(1, 2), {.bias = true}));
  auto& [one, two] = net.layers();
  nn::parameter* const weights[] = {&one.weights(), &two.weights()};

  nn::adam adam(net.parameters(), {.rate = 5e-3f, .decay = 1e-4f});
  nn::masked pruned(adam, {weights[0], weights[1]});
  const auto run = [&](nn::optimizer& by, index_t epochs, float rate,
                       std::function<void(nn::training_position)> after = {}) {
    nn::fit_options options;
    options.epochs = epochs;
    options.batch = 20;
    options.rate = nn::cosine_lr{rate, static_cast<double>(epochs)};
    options.after_step = std::move(after);
    nn::fit(net, by, train.set(), options);
    return nn::evaluate(net, others.set()).accuracy;
  };
  const double accuracy_float = run(pruned, 20, 5e-3f);

  // Pruned per layer while training goes on: 70 % of the weights by ten steps of a cubic.
  const compress::gradual_pruning plan{.last = 0.7, .begin = 10, .every = 10, .times = 10};
  index_t step = 0;
  const double accuracy_pruned = run(pruned, 40, 5e-3f, [&](nn::training_position) {
    if (plan.due(++step))
      for (std::size_t i = 0; i < 2; ++i) {
        const std::span<float> w = elements(weights[i]->value);
        const auto by = compress::prune_by::share(plan.share(step));
        compress::prune(w, compress::prune_threshold(w, by), elements(pruned.kept(i)));
      }
  });
  REQUIRE(step > plan.end());

  compress::shared_weights shared[2];
  std::vector<nn::tied_parameter> ties;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::span<float> w = elements(weights[i]->value);
    std::vector<std::uint8_t> kept;
    for (const float mark : elements(pruned.kept(i))) kept.push_back(mark != 0 ? 1 : 0);
    const auto left = static_cast<double>(std::count(kept.begin(), kept.end(), 1));
    CHECK(left == Approx(0.3 * static_cast<double>(w.size())).epsilon(0.02));
    for (std::size_t k = 0; k < w.size(); ++k) REQUIRE((kept[k] != 0 || w[k] == 0));
    shared[i] = compress::share_weights(w, kept, {.bits = 4});
    shared[i].write(w);
    ties.push_back({weights[i], shared[i].codes});
  }
  nn::sgd sgd(net.parameters(), {.rate = 1e-3f, .momentum = 0.9f});
  nn::tied tied(sgd, ties);
  const double accuracy = run(tied, 10, 1e-3f);
  for (std::size_t i = 0; i < 2; ++i) shared[i].read(elements(weights[i]->value));

  const auto first = compress::encode_sparse(hidden, pixels, shared[0].codes, shared[0].codebook);
  const auto second = compress::encode_sparse(classes, hidden, shared[1].codes, shared[1].codebook);
  for (const auto& [matrix, p] : {std::pair{&first, weights[0]}, {&second, weights[1]}}) {
    const auto decoded = matrix->decoded();
    CHECK(std::memcmp(decoded.data(), p->value.data(),
                      sizeof(float) * static_cast<std::size_t>(p->value.size())) == 0);
  }
  const compressed made(layer::sparse_linear(first, bias_of(one.bias())), relu(),
                        layer::sparse_linear(second, bias_of(two.bias())));
  const std::vector<std::byte> file = save(made);
  const auto loaded = load<compressed>(file);
  REQUIRE(loaded);
  const std::size_t float_bytes = 4 * (pixels * hidden + hidden + hidden * classes + classes);
  std::printf(
      "deep compression of digits: %zu bytes of %zu, accuracy %.2f, pruned %.2f, shared %.2f\n",
      file.size(), float_bytes, accuracy_float, accuracy_pruned, accuracy);
  CHECK(file.size() * 6 < float_bytes);
  CHECK(accuracy_float > 0.85);
  CHECK(accuracy > 0.85);

  const sequential reference(dense(first.decoded(), bias_of(one.bias())), relu(),
                             dense(second.decoded(), bias_of(two.bias())));
  const auto x = others.view();
  auto work = loaded->workspace(x.shape);
  auto work_dense = reference.workspace(x.shape);
  auto y = loaded->make_output(work);
  auto wanted = reference.make_output(work_dense);
  (*loaded)(x, work, y);
  reference(x, work_dense, wanted);
  CHECK(std::memcmp(y.pixels().data(), wanted.pixels().data(),
                    static_cast<std::size_t>(y.bytes())) == 0);
  index_t right = 0;
  for (index_t n = 0; n < test_count; ++n) {
    const auto logits = y.pixels().row(n);
    right += std::max_element(logits.begin(), logits.end()) - logits.begin() ==
                     others.labels[static_cast<std::size_t>(n)]
                 ? 1
                 : 0;
  }
  CHECK(static_cast<double>(right) / test_count == Approx(accuracy).margin(0.011));
}
