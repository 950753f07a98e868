// lowbit/kernel/compressed/row_target.hpp – where products of compressed weights put their sums.
#ifndef LOWBIT_KERNEL_COMPRESSED_ROW_TARGET_HPP
#define LOWBIT_KERNEL_COMPRESSED_ROW_TARGET_HPP

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Inputs that are multiplied together.
inline constexpr index_t most_lanes = 8;

/// Element (row, lane) goes to y[row * row_stride + lane * lane_stride], for lanes below `lanes`, as
/// float(double(float(sum)) + double(bias of the row)). Without biases it is float(sum).
struct row_target {
  float* y;
  index_t row_stride, lane_stride, lanes;
  const float* bias;

  LOWBIT_INLINE void store(index_t row, const double* sum) const noexcept {
    for (index_t l = 0; l < lanes; ++l) {
      const float total = static_cast<float>(sum[l]);
      y[row * row_stride + l * lane_stride] =
          bias == nullptr
              ? total
              : static_cast<float>(static_cast<double>(total) + static_cast<double>(bias[row]));
    }
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
