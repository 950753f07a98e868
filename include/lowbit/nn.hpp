// lowbit/nn.hpp – training and deployment; needs Eigen. Includes only.
#ifndef LOWBIT_NN_HPP
#define LOWBIT_NN_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/deployment/deploy.hpp"
#include "lowbit/nn/deployment/freeze.hpp"
#include "lowbit/nn/deployment/frozen_conv2d.hpp"
#include "lowbit/nn/deployment/packed_trace.hpp"
#include "lowbit/nn/deployment/scales.hpp"
#include "lowbit/nn/deployment/trace.hpp"
#include "lowbit/nn/feature_map.hpp"
#include "lowbit/nn/float_matrix.hpp"
#include "lowbit/nn/layers/batch_norm.hpp"
#include "lowbit/nn/layers/conv2d.hpp"
#include "lowbit/nn/layers/linear.hpp"
#include "lowbit/nn/layers/normalised.hpp"
#include "lowbit/nn/layers/pool.hpp"
#include "lowbit/nn/layers/repeat.hpp"
#include "lowbit/nn/layers/residual.hpp"
#include "lowbit/nn/layers/sequential.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/losses/cross_entropy.hpp"
#include "lowbit/nn/optimizers/adam.hpp"
#include "lowbit/nn/optimizers/sgd.hpp"
#include "lowbit/nn/parameter.hpp"
#include "lowbit/nn/policies/fixed.hpp"
#include "lowbit/nn/policies/operand.hpp"
#include "lowbit/nn/policies/policy.hpp"
#include "lowbit/nn/policies/straight_through.hpp"
#include "lowbit/nn/products.hpp"
#include "lowbit/nn/schedules/cosine.hpp"
#include "lowbit/nn/window_products.hpp"
#include "lowbit/nn/window_rows.hpp"
#include "lowbit/quantize/check_quantizer.hpp"

#include "lowbit/letters_back.hpp"

#endif
