// A ResNet-18 on bits, as in Bi-Real Net, with random weights: what a network costs beyond its products.
//
//     224 x 224 x 3 - 8-bit 7x7 / 2 - max-pool / 2 - 4 x [64] - 4 x [128] - 4 x [256] - 4 x [512] - mean - real 1000
//
//     [C]   numbers --+--------------------------------------------------- + --> numbers
//                     +--> signs --> binary 3x3, scale, batch norm --------+
//
// The first [C] of a stage halves the image and doubles the channels; its shortcut is an average of 2x2 and
// an 8-bit 1x1 convolution. The first layer multiplies the bytes of the image by weights of 8 bits.
#pragma once

#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/layers/quantized_conv2d.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/network/sequential.hpp"

namespace bench {

using binary_layer = lowbit::layer::conv2d_batch_norm<lowbit::binary, lowbit::binary>;
using halving_shortcut = lowbit::sequential<lowbit::layer::average_pool, lowbit::layer::encode,
                                            lowbit::layer::quantized_conv2d>;
using basic_block = lowbit::residual<binary_layer>;
using halving_block = lowbit::residual<binary_layer, halving_shortcut>;

using byte_layer =
    lowbit::layer::conv2d_batch_norm<lowbit::unsigned_bits<8>, lowbit::signed_bits<8>>;

using resnet = lowbit::sequential<lowbit::layer::pixels, byte_layer,
                                  lowbit::layer::max_pool<lowbit::image_tensor<float>>,  //
                                  basic_block, basic_block, basic_block, basic_block,    //
                                  halving_block, basic_block, basic_block, basic_block,  //
                                  halving_block, basic_block, basic_block, basic_block,  //
                                  halving_block, basic_block, basic_block, basic_block,  //
                                  lowbit::layer::global_average_pool, lowbit::layer::float_conv2d>;

inline constexpr lowbit::tensor_shape resnet_image{1, 224, 224, 3};

/// The network, the same in every run.
[[nodiscard]] resnet make_resnet();

}  // namespace bench
