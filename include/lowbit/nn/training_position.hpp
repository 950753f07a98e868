// lowbit/nn/training_position.hpp – where training stands.
#ifndef LOWBIT_NN_TRAINING_POSITION_HPP
#define LOWBIT_NN_TRAINING_POSITION_HPP

#include <cstdint>

#include "lowbit/abi.hpp"

LOWBIT_BEGIN
namespace nn {

/// Complete epochs, complete steps of the current one, and the seed that batches follow from.
struct training_position {
  std::int64_t epoch = 0;
  std::int64_t step = 0;
  std::int64_t seed = 0;
};

}  // namespace nn
LOWBIT_END

#endif
