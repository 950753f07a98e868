// The network: linear layers on signs, and its twin of the same shape on floats.
//
//     pixels - linear, batch norm - [signs - linear, batch norm] x (layers - 1) - signs - linear: the classes
//
// Signs everywhere but in the pixels and in the weights of the last layer. How many hidden layers there are is known
// when the program runs, so all but the first are one repeat.
//
// Source: Hubara et al., "Binarized neural networks", arXiv:1602.02830, with the last layer in floats.
#pragma once

#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/pool.hpp>
#include <lowbit/nn/layers/repeat.hpp>
#include <lowbit/nn/layers/residual.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/product/explain.hpp>
#include <lowbit/quantize/methods/sign.hpp>

#include "images.hpp"
#include "options.hpp"

struct fashion_bnn {
  static constexpr const char* name = "fashion_bnn";
  static constexpr const char* purpose =
      "Trains a binarized network and its float twin, deploys the first one to bits, compares.";
  static constexpr const char* epochs_help =
      "passes over the training images, 1 to 1000 (default: 6; digits: 60)";
  static constexpr bool takes_digits = true;
  static constexpr float bnn_rate = 2e-3f, twin_rate = 1e-3f;
  static constexpr const arrangement& images = as_vector;
  using index_t = lowbit::index_t;

  index_t hidden = 256, layers = 2;
  widening wider;

  void add_options(command_line& line) {
    line.add("--hidden", "N", "units in each hidden layer, 1 to 8192 (default: 256)", hidden,
             index_t{1}, index_t{8192});
    line.add("--layers", "N", "hidden layers, 2 to 64 (default: 2)", layers, index_t{2},
             index_t{64});
    wider.add_options(line);
  }
  /// Units of a hidden layer, the first of which is 0.
  index_t width(index_t layer) const { return hidden * wider.all * (layer == 0 ? wider.first : 1); }
  static index_t epochs(const std::string& data) { return data == "digits" ? 60 : 6; }
  static std::vector<std::string> kernels() {
    return {lowbit::kernel_name<lowbit::unsigned_bits<8>, lowbit::binary>(),
            lowbit::kernel_name<lowbit::binary, lowbit::binary>()};
  }

  std::string shape_text(lowbit::tensor_shape in, index_t classes) const {
    std::string text = std::to_string(in.channels);
    for (index_t i = 0; i < layers; ++i) text += '-' + std::to_string(width(i));
    return text + '-' + std::to_string(classes);
  }
  std::vector<std::string> layer_names() const {
    return {"first", std::to_string(layers - 1) + " hidden", "classes"};
  }

  template <class First, class Hidden, class Last>
  auto make(lowbit::tensor_shape in, index_t classes, std::uint64_t seed) const {
    namespace nn = lowbit::nn;
    const auto stream = [&](index_t layer) {
      return lowbit::random_stream(seed, static_cast<std::uint64_t>(layer));
    };
    std::vector<nn::normalised<Hidden>> deep;
    for (index_t i = 1; i < layers; ++i)
      deep.emplace_back(Hidden(width(i - 1), width(i), stream(i)));
    return nn::sequential(nn::normalised(First(in.channels, width(0), stream(0))),
                          nn::repeat(std::move(deep)),
                          Last(width(layers - 1), classes, stream(layers), {.bias = true}));
  }
  auto make_bnn(lowbit::tensor_shape in, index_t classes, std::uint64_t seed) const {
    using namespace lowbit;
    return make<nn::linear<sign<>, nn::pixel>, nn::linear<sign<>, sign<>>,
                nn::linear<nn::real, sign<>>>(in, classes, seed);
  }
  auto make_twin(lowbit::tensor_shape in, index_t classes, std::uint64_t seed) const {
    using namespace lowbit;
    return make<nn::linear<nn::real, nn::real>, nn::linear<nn::real, nn::relu>,
                nn::linear<nn::real, nn::relu>>(in, classes, seed);
  }
};
