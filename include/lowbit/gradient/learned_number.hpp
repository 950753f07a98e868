// lowbit/gradient/learned_number.hpp – a number that is trained besides the weights, and how.
//
// Quantizers, surrogate gradients and activations may have such numbers. They list them in the order of their struct
// `parameters`, with what an optimizer may do with them:
//
//     struct parameters { float step; };
//     static constexpr std::array learned_numbers{learned_number{"step"}};
//     parameters learned() const                      their values
//     Q with_learned(parameters) const                *this with other values
//     parameters in_range(parameters p) const         p, with what is out of its range moved to the nearest valid value
//
// The last one is for numbers with a range, and is called after every step of an optimizer. A number that must be
// positive falls to an eighth of what it was at most: then it can come back, and never passes 0.
#ifndef LOWBIT_GRADIENT_LEARNED_NUMBER_HPP
#define LOWBIT_GRADIENT_LEARNED_NUMBER_HPP

#include <array>
#include <concepts>

#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN

/// One trained number, or an array of them, and how its paper trains it.
struct learned_number {
  const char* name;
  int count = 1;            ///< of an array's elements
  float rate = 1;           ///< times the learning rate of the weights
  bool decays = false;      ///< has the weights' L2 decay
  float gradient_clip = 0;  ///< its gradient is kept in +-gradient_clip; 0: as it is
};

/// Names its trained numbers, and takes other values for them.
template <class Q>
concept names_learned_numbers = requires(const Q& q, typename Q::parameters p) {
  { Q::learned_numbers[0] } -> std::convertible_to<learned_number>;
  { q.learned() } -> std::same_as<typename Q::parameters>;
  { q.with_learned(p) } -> std::convertible_to<Q>;
};

namespace detail::gradient {

/// A number that must be positive after a step of an optimizer; `before` is what it was, and positive.
[[nodiscard]] constexpr float kept_positive(float now, float before) noexcept {
  const float eighth = before / 8 > 0x1p-100f ? before / 8 : 0x1p-100f;
  return is_finite(now) && now > eighth ? now : eighth;
}

}  // namespace detail::gradient
LOWBIT_END

#endif
