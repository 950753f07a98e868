// lowbit/network/window_parameters.hpp – the bounds of windows and filters that layers accept.
//
// Operations take any window that makes sense. A layer may come out of a file, so its window is bounded. Then no sum of
// sizes, strides and padding amounts can wrap, whatever the file says.
#ifndef LOWBIT_NETWORK_WINDOW_PARAMETERS_HPP
#define LOWBIT_NETWORK_WINDOW_PARAMETERS_HPP

#include "lowbit/core/reason.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/epilogue/batch_norm.hpp"

LOWBIT_BEGIN
namespace detail::network {

inline constexpr bool wide_sizes = sizeof(index_t) > 4;
/// The product of two of these, and some more of them, fit a size.
inline constexpr index_t largest_window = wide_sizes ? 65535 : 16383;

/// What is wrong with filters of this shape in a layer, or nothing.
[[nodiscard]] inline reason no_filters(tensor_shape f) noexcept {
  if (f.batch >= 1 && f.channels >= 1) return {};
  return make_reason("%td filters of %td channels: there must be a filter, and a channel", f.batch,
                     f.channels);
}

/// What is wrong with a batch norm of so many output channels, or nothing.
[[nodiscard]] inline reason norm_problem(const batch_norm& bn, index_t channels) noexcept {
  if (bn.size() == channels) return {};
  return make_reason("a batch norm of %td channels for %td output channels", bn.size(), channels);
}

}  // namespace detail::network
LOWBIT_END

#endif
