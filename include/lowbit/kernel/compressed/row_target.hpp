// lowbit/kernel/compressed/row_target.hpp – the sums of products of compressed weights, and where they go.
//
// A sum is a double, or eight of them for eight inputs side by side. Both are written with the same names, so that a
// loop is one template.
#ifndef LOWBIT_KERNEL_COMPRESSED_ROW_TARGET_HPP
#define LOWBIT_KERNEL_COMPRESSED_ROW_TARGET_HPP

#include "lowbit/simd/float_lanes.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Inputs that are multiplied together.
inline constexpr index_t most_lanes = simd::lanes_in<simd::double_lanes>;

LOWBIT_INLINE void load_sum(double& sum, const double* from) noexcept { sum = *from; }
LOWBIT_INLINE void store_sum(const double& sum, double* to) noexcept { *to = sum; }
LOWBIT_INLINE void load_sum(simd::double_lanes& sum, const double* from) noexcept {
  std::memcpy(&sum, from, sizeof(sum));
}
LOWBIT_INLINE void store_sum(const simd::double_lanes& sum, double* to) noexcept {
  std::memcpy(to, &sum, sizeof(sum));
}
/// sum += double(x) * w, lane by lane.
LOWBIT_INLINE void add_term(double& sum, double w, const float* x) noexcept {
  sum += static_cast<double>(*x) * w;
}
LOWBIT_INLINE void add_term(simd::double_lanes& sum, double w, const float* x) noexcept {
  simd::double_lanes inputs;
  simd::load(inputs, x);
  simd::add_product(sum, w, inputs);
}

/// Element (row, lane) goes to y[row * row_stride + lane * lane_stride], for lanes below `lanes`, as
/// float(double(float(sum)) + double(bias of the row)). Without biases it is float(sum).
struct row_target {
  float* y;
  index_t row_stride, lane_stride, lanes;
  const float* bias;

  /// The sums of a row.
  template <class Sum>
  LOWBIT_INLINE void store(index_t row, const Sum& sum) const noexcept {
    float total[simd::lanes_in<Sum>];
    simd::store(sum, total);
    for (index_t l = 0; l < lanes; ++l)
      y[row * row_stride + l * lane_stride] =
          bias == nullptr
              ? total[l]
              : static_cast<float>(static_cast<double>(total[l]) + static_cast<double>(bias[row]));
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
