// The two networks of this program. They have one type: layers differ in their numbers alone.
#pragma once

#include <lowbit/core/window.hpp>
#include <lowbit/nn/fit.hpp>
#include <lowbit/nn/layers/conv_layer.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/repeat.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <string>
#include <vector>

#include "images.hpp"

/// A convolution; without a window, a linear layer on images of one pixel.
struct conv_shape {
  lowbit::index_t outputs = 0;
  lowbit::window over = {};
};

/// Convolutions, each with a batch norm but the last.
struct network_plan {
  const char* name;    ///< in the table
  const char* layers;  ///< in words
  const char* twin;    ///< the name of the float network
  arrangement images;
  bool
      first_quantized;  ///< by the system; otherwise the first layer has weights of 8 bits, as the last one has
  conv_shape first;
  std::vector<conv_shape> hidden;
  lowbit::window last;
};

extern const network_plan mlp, cnn;

using network =
    lowbit::nn::sequential<lowbit::nn::normalised<lowbit::nn::conv_layer>,
                           lowbit::nn::repeat<lowbit::nn::normalised<lowbit::nn::conv_layer>>,
                           lowbit::nn::conv_layer>;

/// The policies of a network.
struct network_policies {
  lowbit::nn::any_policy first_weights, weights, last_weights;
  lowbit::nn::any_policy pixels, inputs;
};

/// `channels` of the first layer; hidden layers have `widen` times the outputs.
network make_network(const network_plan& plan, lowbit::index_t channels, lowbit::index_t widen,
                     std::uint64_t seed, const network_policies& policies,
                     const lowbit::nn::batch_norm_options& norm = {});
