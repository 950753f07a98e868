// lowbit/lowbit.hpp – everything that needs no Eigen. Data flows downwards:
//
//     real numbers -> codes -> bit planes -> int32 tile -> real numbers, thresholds or new planes
#ifndef LOWBIT_LOWBIT_HPP
#define LOWBIT_LOWBIT_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/abi.hpp"
#include "lowbit/core/fixed_multiplier.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/dispatch/build_info.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/integers.hpp"
#include "lowbit/epilogue/real_stages.hpp"
#include "lowbit/epilogue/requantize.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/executor/executor.hpp"
#include "lowbit/ops/channels.hpp"
#include "lowbit/ops/conv2d.hpp"
#include "lowbit/ops/encode.hpp"
#include "lowbit/ops/encode_tensor.hpp"
#include "lowbit/ops/flatten.hpp"
#include "lowbit/ops/for_each_layer.hpp"
#include "lowbit/ops/gemm.hpp"
#include "lowbit/ops/k_map.hpp"
#include "lowbit/ops/layers/conv2d_layer.hpp"
#include "lowbit/ops/layers/encode_layers.hpp"
#include "lowbit/ops/layers/pool_layers.hpp"
#include "lowbit/ops/layers/real_layers.hpp"
#include "lowbit/ops/linear.hpp"
#include "lowbit/ops/matmul.hpp"
#include "lowbit/ops/max_pool.hpp"
#include "lowbit/ops/quantize.hpp"
#include "lowbit/ops/real_conv2d.hpp"
#include "lowbit/ops/real_linear.hpp"
#include "lowbit/ops/real_pool.hpp"
#include "lowbit/ops/residual.hpp"
#include "lowbit/ops/sequential.hpp"
#include "lowbit/ops/transposed_conv2d.hpp"
#include "lowbit/quantize/all.hpp"
#include "lowbit/quantize/check_quantizer.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/print.hpp"
#include "lowbit/tensor/words.hpp"

#include "lowbit/letters_back.hpp"

#endif
