// lowbit/network/window_parameters.hpp – the bounds of windows and filters that layers accept.
//
// Ops take any window that makes sense; a layer may come out of a file, so its window is bounded too: no
// sum of sizes, strides and borders can wrap, whatever the file says.
#ifndef LOWBIT_NETWORK_WINDOW_PARAMETERS_HPP
#define LOWBIT_NETWORK_WINDOW_PARAMETERS_HPP

#include "lowbit/convolution/filters.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/epilogue/batch_norm.hpp"

LOWBIT_BEGIN
namespace detail::network {

inline constexpr bool wide_sizes = sizeof(index_t) > 4;
/// The product of two of these, and some more of them, fit a size.
inline constexpr index_t largest_window = wide_sizes ? 65535 : 16383;

[[nodiscard]] inline reason axis_problem(const window_axis& a, const char* axis) noexcept {
  const auto beyond = [](index_t n, index_t min_of) { return n < min_of || n > largest_window; };
  if (beyond(a.size, 1) || beyond(a.stride, 1) || beyond(a.dilation, 1))
    return make_reason("a window of size %td, stride %td, dilation %td %s: each must be 1 to %td",
                       a.size, a.stride, a.dilation, axis, largest_window);
  if (beyond(a.before, 0) || beyond(a.after, 0))
    return make_reason("a padding of %td and %td %s: it must be 0 to %td", a.before, a.after, axis,
                       largest_window);
  return {};
}
/// What is wrong with a layer's window, if anything is.
[[nodiscard]] inline reason window_problem(const window& w) noexcept {
  if (const reason why = axis_problem(w.vertical, "down")) return why;
  return axis_problem(w.horizontal, "across");
}

/// Why filters of this shape are none for a window, if they are not.
[[nodiscard]] inline reason filter_problem(tensor_shape f, const window& w) noexcept {
  if (const reason why = window_problem(w)) return why;
  if (const reason why = convolution::size_problem(f, w)) return why;
  if (f.batch < 1 || f.channels < 1)
    return make_reason("%td filters of %td channels: there must be a filter, and a channel",
                       f.batch, f.channels);
  return {};
}

/// Why a batch norm is none for so many output channels, if it is not.
[[nodiscard]] inline reason norm_problem(const batch_norm& bn, index_t channels) noexcept {
  if (bn.size() == channels) return {};
  return make_reason("a batch norm of %td channels for %td output channels", bn.size(), channels);
}

}  // namespace detail::network
LOWBIT_END

#endif
