// Pipelines of compression on a network that learns handwritten digits: prunings, sharing, quantizers, fine-tuning. Every
// file runs with the bits of the dense network.
#include <cstring>
#include <set>

#include "lowbit/compress/encode_layer.hpp"
#include "lowbit/compress/file_parts.hpp"
#include "lowbit/compress/pipeline.hpp"
#include "lowbit/io.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/nn/deployment/folded.hpp"
#include "lowbit/nn/layers/repeat.hpp"
#include "lowbit/quantize/methods/inq.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
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

/// A layer of real weights and biases; the first one reads pixels, others have a ReLU in front.
nn::conv_layer conv_of(index_t inputs, index_t outputs, std::uint64_t number, bool bias = true) {
  const nn::any_policy input = number == 0 ? nn::any_policy(nn::real{}) : nn::relu{};
  return {inputs, outputs, window{}, random_stream(1, number), {.bias = bias}, nn::real{}, input};
}

/// The trained network, which every test compresses a copy of, and its error.
using network = nn::repeat<nn::conv_layer>;
const network& trained() {
  static const network made = [] {
    network net({conv_of(pixels, hidden, 0), conv_of(hidden, classes, 1)});
    const digits train(0, train_count);
    nn::adam adam(net.parameters());
    nn::fit(net, adam, train.set(), {.epochs = 20, .batch = 20, .rate = nn::cosine_lr{5e-3f, 20}});
    net.set_training(false);
    return net;
  }();
  return made;
}
std::vector<compress::model_layer> layers_of(network& net) {
  return {{"one", &net.layers()[0]}, {"two", &net.layers()[1]}};
}

using compressed = sequential<layer::sparse_linear, layer::function, layer::sparse_linear>;

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

struct file_result {
  std::size_t bytes = 0;
  double accuracy = 0;
};
/// What comes out of a model's file for digits that did not train, after every check.
file_result run_from_file(compress::model& m) {
  const compressed made(compress::encode_linear(m.layers()[0]), relu(),
                        compress::encode_linear(m.layers()[1]));
  const auto decoded = [&](const layer::sparse_linear& l, std::size_t i) {
    const auto w = l.weights().decoded();
    CHECK(std::memcmp(w.data(), m.layers()[i].weights().data(),
                      sizeof(float) * m.layers()[i].weights().size()) == 0);
    return dense(w, l.data().bias);
  };
  const sequential reference(decoded(std::get<0>(made.layers()), 0), relu(),
                             decoded(std::get<2>(made.layers()), 1));
  const std::vector<std::byte> file = save(made);
  CHECK(compress::file_parts_of(made).total() == static_cast<index_t>(file.size()));
  const auto loaded = load<compressed>(file);
  REQUIRE(loaded);
  const digits others(train_count, test_count);
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
  return {file.size(), static_cast<double>(right) / test_count};
}
/// Distinct values of a layer's weights.
std::size_t values_of(compress::model_layer& l) {
  const auto w = l.weights();
  return std::set<float>(w.begin(), w.end()).size();
}

}  // namespace

TEST_CASE("a network that is pruned, shared and fine-tuned runs from its file", "[compress]") {
  const digits train(0, train_count), others(train_count, test_count);
  network net = trained();
  const nn::image_set images = train.set();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  const auto error = [&] { return 1 - nn::evaluate(net, others.set()).accuracy; };
  compress::pipeline p;
  p.add("prune", compress::prune_gradually{{0.7, 0.6}, 40, 5e-3f})
      .add("share", compress::share{{4, 3}})
      .add("fine-tune", compress::retrain{10, 1e-3f});
  const auto results = p.run(m, error);
  REQUIRE(results.size() == 4);
  CHECK(results[0].name == "start");
  CHECK(results[0].kept == 1);
  CHECK(results[1].name == "prune");
  const double kept =
      (0.3 * pixels * hidden + 0.4 * hidden * classes) / (pixels * hidden + hidden * classes);
  for (std::size_t i = 1; i < results.size(); ++i)
    CHECK(results[i].kept == Approx(kept).epsilon(0.02));
  for (compress::model_layer& l : m.layers())
    for (std::size_t i = 0; i < l.weights().size(); ++i)
      REQUIRE((elements(l.kept)[i] != 0 || l.weights()[i] == 0));
  CHECK(values_of(m.layers()[0]) <= 16);
  CHECK(values_of(m.layers()[1]) <= 8);
  CHECK(results[0].error < 0.15);
  CHECK(results[3].error < 0.15);
  const file_result made = run_from_file(m);
  CHECK(made.bytes * 6 < 4 * (pixels * hidden + hidden + hidden * classes + classes));
  CHECK(made.accuracy == Approx(1 - results[3].error).margin(0.011));
}

TEST_CASE("quantizers are steps of a pipeline, and keep what is pruned", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  for (const bool ternary : {true, false}) {
    network net = trained();
    compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
    compress::pipeline p;
    p.add("prune", compress::prune_once{compress::prune_by::share(0.5), true});
    if (ternary)
      p.add("TWN", compress::quantize{twn{}, 20, 3e-3f});
    else
      p.add("INQ", compress::quantize{inq<5>{}, 20, 1e-3f});
    p.run(m);
    CHECK(m.kept_share() == Approx(0.5).epsilon(0.01));
    for (compress::model_layer& l : m.layers()) {
      CHECK(values_of(l) <= (ternary ? 3u : 17u));
      for (std::size_t i = 0; i < l.weights().size(); ++i)
        REQUIRE((elements(l.kept)[i] != 0 || l.weights()[i] == 0));
    }
    CHECK(run_from_file(m).accuracy > 0.8);
  }
}

TEST_CASE("steps that make no sense are refused", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20});
  CHECK_THROWS_WITH(compress::encode_linear(m.layers()[0]),
                    ContainsSubstring("the weights of one are not shared"));
  CHECK_THROWS_WITH((compress::share{{3, 4, 5}}(m)), ContainsSubstring("3 numbers for 2 layers"));
  compress::share{{3}}(m);
  CHECK_THROWS_WITH((compress::prune_once{compress::prune_by::share(0.5)}(m)),
                    ContainsSubstring("the weights of one are shared"));
}

TEST_CASE("a batch norm folds into weights and biases", "[compress]") {
  const digits train(0, train_count);
  nn::normalised<nn::conv_layer> layer(conv_of(pixels, 12, 0, false));
  layer.set_training(true);
  layer.forward(
      nn::feature_map(nn::pick(train.set(), std::vector<index_t>{0, 1, 2, 3, 4, 5, 6, 7}).x)
          .read());
  for (index_t c = 0; c < 12; ++c) {
    layer.norm().gamma().value(0, c) = 0.3f + 0.2f * static_cast<float>(c);
    layer.norm().beta().value(0, c) = 1 - 0.2f * static_cast<float>(c);
  }
  layer.set_training(false);
  nn::conv_layer folded = nn::folded(layer);
  folded.set_training(false);
  const auto x = nn::pick(train.set(), std::vector<index_t>{10, 11, 12}).x;
  const nn::float_matrix expected = layer.forward(x.read()).pixels();
  const nn::float_matrix made = folded.forward(x.read()).pixels();
  CHECK((expected - made).cwiseAbs().maxCoeff() < 1e-4f);
}
