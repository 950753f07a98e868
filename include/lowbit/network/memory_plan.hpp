// lowbit/network/memory_plan.hpp – what layers do to memory, and where the values between them are kept.
//
// Layer i reads value i and writes value i + 1; value 0 is the caller's. A value may take the memory of an earlier
// value that is not read any more:
//
//     own         memory of its own
//     previous    that of value i - 1: layer i - 1 writes over what it reads
//     two_back    that of value i - 2
//
//     layers      0       1       2       3             value 1: own    value 2: own    value 3: two_back
//     values    0 --> 1 --> 2 --> 3 --> y                        A               B                     A
//
// Layers state what they do to memory in one struct, layer_effects. place_of() is the one rule that reads it, for
// sequential (values of many types) and repeat (values of one type).
#ifndef LOWBIT_NETWORK_MEMORY_PLAN_HPP
#define LOWBIT_NETWORK_MEMORY_PLAN_HPP

#include <concepts>

#include "lowbit/core/tensor_view.hpp"

LOWBIT_BEGIN

/// What a call of a layer (x, workspace, y, where) does to memory besides reading x and writing y. A layer states it as
///
///     static constexpr lowbit::layer_effects effects{.writes_before_stages = true};
///
/// A layer that states nothing has none of these effects.
struct layer_effects {
  /// y may be x if the layer's `bool overwrites_input() const` returns true. Then each element of x is read before the
  /// element of y in its place is written. It depends on the window: images with padding are copied first.
  bool can_overwrite_input = false;
  /// Some of y is written before the stages of the last layer run: a residual stores its shortcut there first.
  bool writes_before_stages = false;
  /// The layer runs the previous layer as well (run_fused), if that makes its result in pieces. Then y is written while
  /// the previous layer still reads.
  bool fuses_previous = false;
  /// y is x in planes of bits. The layer is left out where the next one reads bytes (reads_bytes).
  bool only_packs = false;
};

namespace detail::network {

/// The effects that a layer states; none if it states nothing.
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
