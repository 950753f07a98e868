// lowbit/lowbit.hpp – everything that needs no Eigen. Data flows downwards:
//
//     real numbers -> codes -> bit planes -> int32 tile -> real numbers, thresholds or new planes
#ifndef LOWBIT_LOWBIT_HPP
#define LOWBIT_LOWBIT_HPP

#include "lowbit/abi.hpp"
#include "lowbit/core/fixed_multiplier.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/dispatch/build_info.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/integers.hpp"
#include "lowbit/epilogue/requantize.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/executor/executor.hpp"
#include "lowbit/ops/encode.hpp"
#include "lowbit/ops/gemm.hpp"
#include "lowbit/ops/linear.hpp"
#include "lowbit/ops/matmul.hpp"
#include "lowbit/ops/quantize.hpp"
#include "lowbit/ops/real_linear.hpp"
#include "lowbit/quantize/all.hpp"
#include "lowbit/quantize/check_quantizer.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/print.hpp"
#include "lowbit/tensor/words.hpp"

#endif
