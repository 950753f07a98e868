// lowbit/ops/layers/window_parameters.hpp – the bounds of windows and filters that layers accept.
//
// Ops take any window that makes sense; a layer may come out of a file, so its window is bounded too: no
// sum of sizes, strides and borders can wrap, whatever the file says.
#ifndef LOWBIT_OPS_LAYERS_WINDOW_PARAMETERS_HPP
#define LOWBIT_OPS_LAYERS_WINDOW_PARAMETERS_HPP

#include "lowbit/ops/window.hpp"

LOWBIT_BEGIN
namespace detail::ops {

inline constexpr bool wide_sizes = sizeof(index_t) > 4;
/// The product of two of these, and some more of them, fit a size.
inline constexpr index_t largest_window = wide_sizes ? 65535 : 16383;

[[nodiscard]] constexpr bool within_bounds(const window_axis& a) noexcept {
  for (const index_t n : {a.size, a.stride, a.dilation})
    if (n < 1 || n > largest_window) return false;
  for (const index_t n : {a.before, a.after})
    if (n < 0 || n > largest_window) return false;
  return true;
}
/// Null, or what is wrong with a layer's window.
[[nodiscard]] constexpr const char* window_problem(const window& w) noexcept {
  if (within_bounds(w.down) && within_bounds(w.across)) return nullptr;
  return wide_sizes
             ? "size, stride and dilation of a window must be 1 to 65535, its border 0 to 65535"
             : "size, stride and dilation of a window must be 1 to 16383, its border 0 to 16383";
}

/// Null, or why filters of this shape are none for a window.
[[nodiscard]] constexpr const char* filter_problem(tensor_shape f, const window& w) noexcept {
  if (const char* const why = window_problem(w)) return why;
  if (f.height != w.down.size || f.width != w.across.size)
    return "the filters are not of the window's size";
  if (f.batch < 1 || f.channels < 1) return "there are no filters, or they have no channels";
  return nullptr;
}

}  // namespace detail::ops
LOWBIT_END

#endif
