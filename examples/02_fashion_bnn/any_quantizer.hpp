// The same network with other quantizers, which the command line names: --weights lsq4 --inputs lsq4.
//
//     pixels - linear, batch norm - [codes - linear, batch norm] x (layers - 1) - codes - linear: the classes
//
// The first layer multiplies 8-bit pixels, the last one has 8-bit weights with a scale per class. Quantizers are values
// here, so one network type serves all of them, and its float twin as well.
#pragma once

#include <lowbit/quantize/any_quantizer.hpp>
#include <lowbit/quantize/methods/jacob_affine.hpp>
#include <string>

#include "network.hpp"

struct fashion_any : fashion_bnn {
  static constexpr const char* purpose =
      "Trains a network with the quantizers of your choice and its float twin, deploys, compares.";
  std::string weights = "sign", inputs = "sign";

  void add_options(command_line& line);
  std::vector<std::string> kernels() const;
  lowbit::any_quantizer weight_quantizer() const;
  lowbit::any_quantizer input_quantizer() const;

  auto make(lowbit::tensor_shape in, index_t classes, std::uint64_t seed,
            const lowbit::nn::any_policy (&weight)[2],
            const lowbit::nn::any_policy (&input)[2]) const {
    namespace nn = lowbit::nn;
    const auto linear = [&](index_t from, index_t to, index_t layer, bool bias,
                            const nn::any_policy& of_weights, const nn::any_policy& of_inputs) {
      return nn::conv_layer(from, to, {},
                            lowbit::random_stream(seed, static_cast<std::uint64_t>(layer)),
                            {.bias = bias, .grain = lowbit::per::row}, of_weights, of_inputs);
    };
    std::vector<nn::normalised<nn::conv_layer>> deep;
    for (index_t i = 1; i < layers; ++i)
      deep.emplace_back(linear(width(i - 1), width(i), i, false, weight[0], input[1]));
    return nn::sequential(
        nn::normalised(linear(in.channels, width(0), 0, false, weight[0], input[0])),
        nn::repeat(std::move(deep)),
        linear(width(layers - 1), classes, layers, true, weight[1], input[1]));
  }
  auto make_bnn(lowbit::tensor_shape in, index_t classes, std::uint64_t seed) const {
    return make(in, classes, seed, {weight_quantizer(), lowbit::jacob_weight<8>{}},
                {lowbit::nn::pixel{}, input_quantizer()});
  }
  auto make_twin(lowbit::tensor_shape in, index_t classes, std::uint64_t seed) const {
    using namespace lowbit::nn;
    return make(in, classes, seed, {real{}, real{}}, {real{}, relu{}});
  }
};

/// The program with --weights and --inputs.
int run_with_any_quantizer(int argc, char** argv);
