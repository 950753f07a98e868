// lowbit/quantize/quantizer.hpp – what a quantizer is.
//
// A quantizer is a small value type. It says which code a float gets, and which real number a code stands for:
//
//     using encoding = ...;                   what its codes mean (encoding/)
//     affine levels() const                   real = scale * value + offset; encoding/levels.hpp has the two
//                                             other shapes: a number per plane, a number per code
//
// For the way from a float to its code it has one of these:
//
//     code_t encode(float x) const            any formula
//     auto planes(x) const                    the bits as comparisons (quantize/comparing.hpp)
//     auto quotient() const                   a rounded quotient (quantize/integer_grid.hpp)
//     code_t encode(float x, float u) const   stochastic: the caller passes u, uniform in [0, 1)
//
// Kernels run planes() and quotient() on 64 floats at a time. If a quantizer has encode() beside one of them, both
// must give the same codes. Options (a threshold factor, a clip, a surrogate) and fitted numbers (a scale, a
// threshold) are plain members. Everything else is optional:
//
//     Q fit(span<const float> group) const    *this with its fitted members set (concept fitted)
//     Q fit_layer(span<const float> all) const  called before the groups are fitted, for what belongs to all
//                                             groups together, such as a threshold
//     Surrogate surrogate_gradient            the straight-through gradient is surrogate_gradient(x, upstream)
//     float gradient(x, upstream) const       another elementwise gradient
//     void backward(x, upstream, dx) const    a gradient that is a reduction over the group
//     Q observed(span<const float> batch) const   *this moved a little towards this batch, where the paper averages
//                                             over the batches of training; initialized() or fit() takes the first
//     auto deterministic() const              of a stochastic quantizer: the one that evaluation uses
//     Q at(double progress) const             what changes with training, progress from 0 to 1. Surrogate gradients
//                                             have a static at(progress)
//     float latent_clip() const               the optimizer keeps latent weights in +-latent_clip(), as the paper
//                                             does; 0 or no member: no clip
//     static constexpr bool per_token = true  fit() is for one token, a row of activations: the only fit that
//                                             inputs of a layer may have (nn/operand.hpp)
//     static constexpr bool activations_alone = true   all negative floats get one code: no quantizer of weights
//     static constexpr bool monotone = true   codes never fall as x grows: up to 5 bits, the boundaries of a
//                                             formula are searched instead (quantize/fit/monotone.hpp)
//
// Callers use free functions, which take all these forms: encode(q, x), decode(q, code), gradient(q, x, upstream),
// backward(q, x, upstream, dx).
//
// The scalar formula is the only formula: each vector path calls it or has a test that compares every code. So a code
// may depend neither on a contractible a * b + c in float, nor on the last bit of a library function. Where a tanh
// decides, fit() turns the formula into sorted boundaries, and the code is found by comparison.
//
// Codes also do not depend on -ffast-math, on the direction of rounding (fesetround) or on flushed denormals. Integers
// are compared (core/float_bits.hpp), and exact remainders decide quotients (core/rounding.hpp). Two quantizers add two
// floats first, and a last digit of this sum may decide. One is low_precision_batch_norm, which also rounds a quotient
// to a float. The other is dsq, if the ends of its range differ by more than 2^20. Fits and levels are real numbers:
// flags and modes may change their last digits, and where denormals are flushed, fits take them for 0.
#ifndef LOWBIT_QUANTIZE_QUANTIZER_HPP
#define LOWBIT_QUANTIZE_QUANTIZER_HPP

#include <span>

#include "lowbit/core/error.hpp"
#include "lowbit/encoding/levels.hpp"
#include "lowbit/quantize/comparing.hpp"

LOWBIT_BEGIN

// clang-format off

/// Has planes(): the bits of its codes are comparisons (quantize/comparing.hpp).
template <class Q>
concept comparing_quantizer = requires(const Q& q, one_float x) {
  { q.planes(x) } noexcept -> std::same_as<
      std::array<one_float::answer, static_cast<std::size_t>(Q::encoding::plane_count)>>;
};

/// Has quotient(): its codes are rounded quotients (quantize/integer_grid.hpp).
template <class Q>
concept quotient_quantizer = requires(const Q& q, float x) {
  { q.quotient().encode(x) } noexcept -> std::same_as<code_t>;
  requires decltype(q.quotient())::encoding::plane_count == Q::encoding::plane_count;
};

/// Has encode(x): a formula of its own.
template <class Q>
concept formula_quantizer = requires(const Q& q, float x) {
  { q.encode(x) } noexcept -> std::same_as<code_t>;
};

/// The code depends on the float alone.
template <class Q>
concept deterministic_quantizer = formula_quantizer<Q> || comparing_quantizer<Q> || quotient_quantizer<Q>;

/// Has encode(x, u): the code depends on the float and on a uniform u in [0, 1) that the caller passes.
template <class Q>
concept stochastic_quantizer = requires(const Q& q, float x, float u) {
  { q.encode(x, u) } noexcept -> std::same_as<code_t>;
};

/// A type that turns floats into codes of an encoding; see the head of this file.
template <class Q>
concept quantizer = std::copyable<Q> && packable<typename Q::encoding> && requires(const Q& q) {
  { q.levels() } noexcept -> std::convertible_to<levels_of<typename Q::encoding>>;
} && (deterministic_quantizer<Q> || stochastic_quantizer<Q>);

/// A quantizer with members that depend on the data. fit() gets one group (a tensor, a row, ...) and returns the fitted
/// quantizer. The original keeps its options and may be fitted again. Errors: the group has NaN or infinities where the
/// fit needs finite numbers. An empty group gives scale 0.
template <class Q>
concept fitted = quantizer<Q> && requires(const Q& q, std::span<const float> group) {
  { q.fit(group) } -> std::same_as<Q>;
};

/// Fitted in two steps: fit_layer() gets all elements, then fit() each group.
template <class Q>
concept layer_fitted = fitted<Q> && requires(const Q& q, std::span<const float> all) {
  { q.fit_layer(all) } -> std::same_as<Q>;
};

/// The method's paper fits each token on its own.
template <class Q>
concept fitted_per_token = fitted<Q> && requires { requires Q::per_token; };

/// For activations behind a rectifier: as weights, all negative numbers would get the code of 0.
template <class Q>
concept for_activations_alone = requires { requires Q::activations_alone; };

/// Has a gradient that is a reduction over the group.
template <class Q>
concept group_gradient = requires(const Q& q, std::span<const float> x, std::span<const float> upstream,
                                  std::span<float> dx) {
  q.backward(x, upstream, dx);
};

/// Has an elementwise gradient: gradient(), or a surrogate_gradient without backward().
template <class Q>
concept elementwise_gradient = requires(const Q& q, float x, float upstream) {
  { q.gradient(x, upstream) } noexcept -> std::same_as<float>;
} || (!group_gradient<Q> && requires(const Q& q, float x, float upstream) {
  { q.surrogate_gradient(x, upstream) } noexcept -> std::same_as<float>;
});

/// The method clips latent weights in training: after each step to [-latent_clip(), latent_clip()].
template <class Q>
concept clips_latent_weights = requires(const Q& q) {
  { q.latent_clip() } noexcept -> std::same_as<float>;
};

// clang-format on

/// The code of x.
template <deterministic_quantizer Q>
[[nodiscard]] LOWBIT_INLINE constexpr code_t encode(const Q& q, float x) noexcept {
  if constexpr (formula_quantizer<Q>)
    return q.encode(x);
  else if constexpr (comparing_quantizer<Q>)
    return code_of(q.planes(one_float{x}));
  else
    return q.quotient().encode(x);
}

/// The code of x with a uniform u in [0, 1).
template <stochastic_quantizer Q>
[[nodiscard]] LOWBIT_INLINE constexpr code_t encode(const Q& q, float x, float u) noexcept {
  return q.encode(x, u);
}

/// The real number that a code of q stands for, rounded to float once (encoding/levels.hpp).
template <quantizer Q>
[[nodiscard]] constexpr float decode(const Q& q, code_t code) noexcept {
  return float_of<typename Q::encoding>(q.levels(), code);
}

/// dL/dx of one float, where upstream is dL/dy.
template <elementwise_gradient Q>
[[nodiscard]] LOWBIT_INLINE constexpr float gradient(const Q& q, float x, float upstream) noexcept {
  if constexpr (requires { q.gradient(x, upstream); })
    return q.gradient(x, upstream);
  else
    return q.surrogate_gradient(x, upstream);
}

/// dL/dx for one group: q.backward() where the method has one, gradient() element by element otherwise.
/// The three spans have one length; dx may be upstream. Errors: the lengths differ.
template <class Q>
requires(group_gradient<Q> || elementwise_gradient<Q>) void backward(
    const Q& q, std::span<const float> x, std::span<const float> upstream, std::span<float> dx) {
  if (x.size() != upstream.size() || x.size() != dx.size())
    detail::fail("backward: x has %zu elements, upstream %zu, dx %zu: they must be equal", x.size(),
                 upstream.size(), dx.size());
  if constexpr (group_gradient<Q>) {
    q.backward(x, upstream, dx);
  } else {
    for (std::size_t i = 0; i < x.size(); ++i) dx[i] = gradient(q, x[i], upstream[i]);
  }
}

LOWBIT_END

#endif
