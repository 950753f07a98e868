// lowbit/lowbit.hpp – everything whose types are known when a program is compiled, and that needs no Eigen. Data flows
// downwards:
//
//     real numbers -> codes -> bit planes -> int32 tile -> real numbers, thresholds or new planes
//
// Quantizers, encodings and layers as values: any.hpp. Saved networks: io.hpp. Training: nn.hpp.
#ifndef LOWBIT_LOWBIT_HPP
#define LOWBIT_LOWBIT_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/abi.hpp"
#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/convolution/float_conv2d.hpp"
#include "lowbit/convolution/k_map.hpp"
#include "lowbit/convolution/transposed_conv2d.hpp"
#include "lowbit/core/fixed_multiplier.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/dispatch/build_info.hpp"
#include "lowbit/encode/channels.hpp"
#include "lowbit/encode/encode.hpp"
#include "lowbit/encode/encode_tensor.hpp"
#include "lowbit/encode/quantize.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/float_stages.hpp"
#include "lowbit/epilogue/integers.hpp"
#include "lowbit/epilogue/multi_threshold.hpp"
#include "lowbit/epilogue/requantized.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/network/flatten.hpp"
#include "lowbit/network/for_each_layer.hpp"
#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/memory_plan.hpp"
#include "lowbit/network/recurrent.hpp"
#include "lowbit/network/repeat.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/network/sequential.hpp"
#include "lowbit/pooling/code_pool.hpp"
#include "lowbit/pooling/float_pool.hpp"
#include "lowbit/product/explain.hpp"
#include "lowbit/product/float_linear.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/product/linear.hpp"
#include "lowbit/product/matmul.hpp"
#include "lowbit/quantize/all.hpp"
#include "lowbit/quantize/check_quantizer.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/print.hpp"
#include "lowbit/tensor/words.hpp"

#include "lowbit/letters_back.hpp"

#endif
