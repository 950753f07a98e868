// lowbit/network/memory_plan.hpp – what layers do to memory, and where the values between them are kept.
//
// Layer i reads value i and writes value i + 1; value 0 is the caller's. Values share memory where nobody needs the
// old one:
//
//     own         memory of its own
//     previous    that of value i - 1: layer i - 1 writes over what it reads
//     two_back    that of value i - 2, which nobody reads any more
//
//     layers      0       1       2       3             value 1: own    value 2: own    value 3: two_back
//     values    0 --> 1 --> 2 --> 3 --> y                        A               B                     A
//
// What decides is what the layers between do to memory. Layers state that in one struct, layer_effects; place_of() is
// the one rule, for sequential (values of many types) and repeat (values of one).
#ifndef LOWBIT_NETWORK_MEMORY_PLAN_HPP
#define LOWBIT_NETWORK_MEMORY_PLAN_HPP

#include <concepts>

#include "lowbit/core/tensor_view.hpp"

LOWBIT_BEGIN

/// What a call of a layer does to memory, other than read x and then write y. A layer without
///
///     static constexpr lowbit::layer_effects effects{.writes_before_stages = true};
///
/// does nothing else.
struct layer_effects {
  /// y may be x where the layer's `bool overwrites_input() const` says so: each element of x is read before the element
  /// of y in its place is written.
  bool can_overwrite_input = false;
  /// Some of y is written before the stages behind the layer run, as by a residual whose shortcut waits in y.
  bool writes_before_stages = false;
  /// The layer runs the one in front of it as well (run_fused), if that makes its result in pieces: it writes y while
  /// that layer still reads.
  bool fuses_previous = false;
};

namespace detail::network {

/// What a layer states, or no effects.
template <class Layer>
inline constexpr layer_effects effects_of = [] {
  if constexpr (requires { Layer::effects; })
    return Layer::effects;
  else
    return layer_effects{};
}();

/// Layers that make their floats in pieces, on several threads (lowbit::float_conv2d).
template <class L>
concept makes_parts = requires(const L& layer, typename L::workspace_type& work,
                               const tensor_view<const float>& x, index_t i) {
  { layer.most_parts(x.shape, work) } -> std::same_as<index_t>;
  layer.read(x, work, i, i);
};

/// Whether a call may write y over x.
template <class Layer>
[[nodiscard]] bool overwrites_input(const Layer& layer) noexcept {
  if constexpr (effects_of<Layer>.can_overwrite_input)
    return layer.overwrites_input();
  else
    return false;
}

/// Where value i is kept.
enum class place : unsigned char { own, previous, two_back };

/// What is known of value i when its place is chosen.
struct value_facts {
  bool fits_previous = false;  ///< value i - 1 has its type and shape, and is not the caller's
  bool fits_two_back = false;  ///< the same of value i - 2
  bool overwrites = false;     ///< layer i - 1 may write over what it reads
  bool fused = false;          ///< layer i - 1 runs layer i - 2 as well, which reads value i - 2
  place of_previous = place::own;
};

[[nodiscard]] constexpr place place_of(const value_facts& value) noexcept {
  if (value.fits_previous && value.overwrites) return place::previous;
  // Over value i - 2, unless value i - 1, which layer i - 1 reads, lies there.
  if (value.fits_two_back && !value.fused && value.of_previous != place::previous)
    return place::two_back;
  return place::own;
}

}  // namespace detail::network
LOWBIT_END

#endif
