// lowbit/nn.hpp – training and deployment; needs Eigen. Includes only.
#ifndef LOWBIT_NN_HPP
#define LOWBIT_NN_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/nn/adam.hpp"
#include "lowbit/nn/batch_norm.hpp"
#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/conv2d.hpp"
#include "lowbit/nn/cross_entropy.hpp"
#include "lowbit/nn/deploy.hpp"
#include "lowbit/nn/deploy_network.hpp"
#include "lowbit/nn/feature_map.hpp"
#include "lowbit/nn/fixed.hpp"
#include "lowbit/nn/float_matrix.hpp"
#include "lowbit/nn/frozen_conv2d.hpp"
#include "lowbit/nn/frozen_linear.hpp"
#include "lowbit/nn/frozen_mlp.hpp"
#include "lowbit/nn/frozen_network.hpp"
#include "lowbit/nn/linear.hpp"
#include "lowbit/nn/mlp.hpp"
#include "lowbit/nn/normalised.hpp"
#include "lowbit/nn/operand.hpp"
#include "lowbit/nn/packed_mlp.hpp"
#include "lowbit/nn/packed_trace.hpp"
#include "lowbit/nn/parameter.hpp"
#include "lowbit/nn/policy.hpp"
#include "lowbit/nn/pool.hpp"
#include "lowbit/nn/residual.hpp"
#include "lowbit/nn/schedule.hpp"
#include "lowbit/nn/sequential.hpp"
#include "lowbit/nn/sgd.hpp"
#include "lowbit/nn/straight_through.hpp"
#include "lowbit/nn/trace.hpp"
#include "lowbit/nn/window_rows.hpp"
#include "lowbit/quantize/check_quantizer.hpp"

#include "lowbit/letters_back.hpp"

#endif
