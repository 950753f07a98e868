// The networks of this program: in training, and compressed.
#pragma once

#include <lowbit/compress/encode_layer.hpp>
#include <lowbit/network/layers/function_layer.hpp>
#include <lowbit/network/layers/hashed_layers.hpp>
#include <lowbit/network/layers/sparse_layers.hpp>
#include <lowbit/network/sequential.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/repeat.hpp>
#include <lowbit/nn/layers/sequential.hpp>

#include "images.hpp"

/// A network in words and numbers. Windows of dense layers are the default.
struct network_plan {
  struct layer {
    const char* name;
    lowbit::index_t outputs;
    lowbit::window over = {};
  };
  const char* name;
  arrangement images;
  std::vector<layer> layers;
  lowbit::index_t batch;                ///< images per step of training
  lowbit::nn::augmentation moves = {};  ///< of training images, in all trainings
};

/// 784-300-100-10, and 4x14x14, 16C3, 32C3/2, 64C3/2, 10C3: 267 and 29 thousand numbers.
extern const network_plan lenet, cnn;

inline constexpr float largest_pixel = 255;

/// In training from the beginning: layers with batch norms, the last one without.
using normed_network =
    lowbit::nn::sequential<lowbit::nn::repeat<lowbit::nn::normalised<lowbit::nn::conv_layer>>,
                           lowbit::nn::conv_layer>;
normed_network make_network(const network_plan& plan, lowbit::index_t channels, std::uint64_t seed);

/// The same with the batch norms folded into weights and biases. This is compressed.
using plain_network = lowbit::nn::repeat<lowbit::nn::conv_layer>;
plain_network plain(const normed_network& net);
/// Its layers by name, for a model; weights and biases in bytes of floats.
std::vector<lowbit::compress::model_layer> layers_of(plain_network& net, const network_plan& plan);
lowbit::index_t float_bytes(plain_network& net);

/// Compressed, for a file: every layer with a ReLU behind it but the last one.
using packed_lenet = lowbit::sequential<lowbit::layer::sparse_linear, lowbit::layer::function,
                                        lowbit::layer::sparse_linear, lowbit::layer::function,
                                        lowbit::layer::sparse_linear>;
using packed_cnn = lowbit::sequential<lowbit::layer::sparse_conv2d, lowbit::layer::function,
                                      lowbit::layer::sparse_conv2d, lowbit::layer::function,
                                      lowbit::layer::sparse_conv2d, lowbit::layer::function,
                                      lowbit::layer::sparse_linear>;
using packed_hashed = lowbit::sequential<lowbit::layer::hashed_linear, lowbit::layer::function,
                                         lowbit::layer::hashed_linear>;
lowbit::layer::function rectifier();
packed_lenet pack_lenet(const lowbit::compress::model& m,
                        const lowbit::compress::sparse_options& how);
packed_cnn pack_cnn(const lowbit::compress::model& m, const lowbit::compress::sparse_options& how);
