// Handwritten digits, a small network of real weights that knows them, and the checks of what a pipeline makes of a copy.
#pragma once

#include <algorithm>
#include <cstring>
#include <set>

#include "lowbit/compress/encode_layer.hpp"
#include "lowbit/compress/file_parts.hpp"
#include "lowbit/compress/pipeline.hpp"
#include "lowbit/io.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/nn/layers/repeat.hpp"
#include "support/catch.hpp"
#include "trip/digits.hpp"

namespace test {

using namespace lowbit;

inline constexpr index_t pixels = 64, hidden = 40, classes = 10, train_count = 200,
                         test_count = 100;

struct digits {
  std::vector<float> x;
  std::vector<index_t> labels;

  digits(index_t first, index_t count) {
    for (index_t n = first; n < first + count; ++n) {
      const char* const line = digit_lines[n];
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
inline nn::conv_layer conv_of(index_t inputs, index_t outputs, std::uint64_t number,
                              bool bias = true) {
  const nn::any_policy input = number == 0 ? nn::any_policy(nn::real{}) : nn::relu{};
  return {inputs, outputs, window{}, random_stream(1, number), {.bias = bias}, nn::real{}, input};
}

/// Trains a network of floats on the digits, for evaluation.
template <class Network>
void train_on_digits(Network& net) {
  const digits train(0, train_count);
  nn::adam adam(net.parameters());
  nn::fit(net, adam, train.set(), {.epochs = 20, .batch = 20, .rate = nn::cosine_lr{5e-3f, 20}});
  net.set_training(false);
}

/// The trained network, which every test compresses a copy of, and its error.
using network = nn::repeat<nn::conv_layer>;
inline const network& trained() {
  static const network made = [] {
    network net({conv_of(pixels, hidden, 0), conv_of(hidden, classes, 1)});
    train_on_digits(net);
    return net;
  }();
  return made;
}
inline std::vector<compress::model_layer> layers_of(network& net) {
  return {{"one", &net.layers()[0]}, {"two", &net.layers()[1]}};
}

inline layer::float_conv2d dense(const matrix<float>& w, const std::vector<float>& bias) {
  image_tensor<float> filters({w.rows(), 1, 1, w.cols()});
  std::copy(w.data(), w.data() + w.rows() * w.cols(), filters.mutable_pixels().data());
  const std::vector<float> zero(bias.size(), 0.0f), one(bias.size(), 1.0f);
  return layer::float_conv2d(filters, window{}, batch_norm(one, bias, zero, one, 0));
}
inline layer::function relu() {
  layer::function::parameters p;
  p.which = layer::function::relu;
  return layer::function(p);
}

struct file_result {
  std::size_t bytes = 0;
  double accuracy = 0;
};
/// What comes out of a model's file for digits that did not train, after every check. encode(layer) makes its layers.
template <class Encode>
file_result run_from_file(compress::model& m, const Encode& encode) {
  using dense_layer = decltype(encode(m.layers()[0]));
  using compressed = sequential<dense_layer, layer::function, dense_layer>;
  const compressed made(encode(m.layers()[0]), relu(), encode(m.layers()[1]));
  const auto decoded = [&](const dense_layer& l, std::size_t i) {
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
/// The same of pruned and shared weights.
inline file_result run_from_file(compress::model& m) {
  return run_from_file(m,
                       [](const compress::model_layer& l) { return compress::encode_linear(l); });
}
/// Distinct values of a layer's weights.
inline std::size_t values_of(compress::model_layer& l) {
  const auto w = l.weights();
  return std::set<float>(w.begin(), w.end()).size();
}

}  // namespace test
