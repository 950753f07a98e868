// lowbit/quantize/quantizer.hpp – what a quantizer is.
//
// A quantizer is a small value type, one per file, that says for one real number what code it gets,
// and for a code what real number it stands for:
//
//     using encoding = ...;                   what its codes mean (encoding/)
//     affine levels() const;                  real = scale * value + offset (encoding/levels.hpp has the
//                                             two other shapes: a number a plane, a number a code)
//     code_t encode(float x) const;           one number in, one code out
//     code_t encode(float x, float u) const;  or with a uniform u in [0, 1): stochastic quantizers
//
// Options (a threshold factor, a clip, a surrogate) and what was fitted (scale, threshold) are plain
// members. Everything else is a further, optional capability:
//
//     Q fit(span<const float> group) const    a quantizer whose scale or threshold depends on the data:
//                                             returns *this with its fitted members set (concept fitted)
//     Q fit_layer(span<const float> all) const  called before the groups are fitted, where something (a
//                                             threshold) belongs to all groups together
//     float gradient(x, upstream) const       elementwise straight-through gradient
//     void backward(x, upstream, dx) const    the gradient where it is a reduction over the group
//     auto planes(x) const                    the bits as comparisons: 64 codes at a time without encode
//                                             (quantize/comparing.hpp)
//     float latent_clip() const               the optimizer keeps latent weights in +-latent_clip(), because the
//                                             method's paper does; 0: nothing is clipped, as without this member
//     static constexpr bool per_token = true  fit() is for one token, a row of activations: the only fit that
//                                             inputs of a layer may have (nn/policies/operand.hpp)
//     static constexpr bool activations_alone = true   negative numbers all get one code: no quantizer of weights
//     static constexpr bool rising = true     the code never goes back as x grows: a formula of up to 5 bits
//                                             is then searched as its boundaries (quantize/fit/monotone.hpp)
//
// The scalar encode is the only formula: the vector paths call it, or call planes() as encode does, so
// every ISA gives the same codes.
// Therefore no code may hang on a contractible a * b + c in float, nor on the last bit of a library
// function: where a tanh decides, the fit turns the formula into sorted boundaries and encode compares.
//
// Nor do codes hang on -ffast-math, on a direction of rounding (fesetround) or on denormals that are flushed:
// comparisons are of integers (core/float_bits.hpp), quotients are decided by exact remainders
// (core/rounding.hpp). Two quantizers add two numbers first, and a last digit of that sum may decide:
// low_precision_batch_norm, which also rounds a quotient to a float, and dsq, where the ends of its range differ
// by more than 2^20. Fits and levels are real numbers: flags and modes may change their last digits, and
// where denormals are flushed, fits take them for 0.
//
// decode() is derived here once, from levels() and the encoding; nothing else turns codes into floats.
#ifndef LOWBIT_QUANTIZE_QUANTIZER_HPP
#define LOWBIT_QUANTIZE_QUANTIZER_HPP

#include <span>

#include "lowbit/core/error.hpp"
#include "lowbit/encoding/levels.hpp"

LOWBIT_BEGIN

/// encode(x): the code depends on the number alone.
template <class Q>
concept deterministic_quantizer = requires(const Q& q, float x) {
  { q.encode(x) }
  noexcept->std::same_as<code_t>;
};

/// encode(x, u): the code depends on the number and on a uniform u in [0, 1) that the caller passes.
template <class Q>
concept stochastic_quantizer = requires(const Q& q, float x, float u) {
  { q.encode(x, u) }
  noexcept->std::same_as<code_t>;
};

/// A type that turns real numbers into codes of an encoding; see the head of this file.
template <class Q>
concept quantizer = std::copyable<Q> && packable<typename Q::encoding> && requires(const Q& q) {
  { q.levels() }
  noexcept->std::convertible_to<levels_of<typename Q::encoding>>;
} &&(deterministic_quantizer<Q> || stochastic_quantizer<Q>);

/// A quantizer with members that depend on the data. fit sees one group (a tensor, a row, ...) and
/// returns the fitted quantizer; the original keeps its options and may be fitted again. Errors: the
/// group has NaN or infinities where the fit needs finite numbers. An empty group gives scale 0.
template <class Q>
concept fitted = quantizer<Q> && requires(const Q& q, std::span<const float> group) {
  { q.fit(group) } -> std::same_as<Q>;
};

/// Fitted in two steps: fit_layer sees all elements, then fit each group.
template <class Q>
concept layer_fitted = fitted<Q> && requires(const Q& q, std::span<const float> all) {
  { q.fit_layer(all) } -> std::same_as<Q>;
};

/// Fitted to each token on its own, by the method's paper.
template <class Q>
concept fitted_per_token = fitted<Q> && requires {
  requires Q::per_token;
};

/// For activations behind a rectifier: as weights, all negative numbers would get the code of 0.
template <class Q>
concept for_activations_alone = requires {
  requires Q::activations_alone;
};

/// Has an elementwise surrogate gradient.
template <class Q>
concept elementwise_gradient = requires(const Q& q, float x, float upstream) {
  { q.gradient(x, upstream) }
  noexcept->std::same_as<float>;
};

/// Has a gradient that is a reduction over the group.
template <class Q>
concept group_gradient = requires(const Q& q, std::span<const float> x,
                                  std::span<const float> upstream, std::span<float> dx) {
  q.backward(x, upstream, dx);
};

/// The method clips latent weights in training: after each step to [-latent_clip(), latent_clip()].
template <class Q>
concept clips_latent_weights = requires(const Q& q) {
  { q.latent_clip() }
  noexcept->std::same_as<float>;
};

/// The real number that a code of q stands for, rounded to float once (encoding/levels.hpp).
template <quantizer Q>
[[nodiscard]] constexpr float decode(const Q& q, code_t code) noexcept {
  return float_of<typename Q::encoding>(q.levels(), code);
}

/// dL/dx for one group: q.backward where the method has one, q.gradient element by element otherwise.
/// The three spans have one length; dx may be upstream. Errors: lengths differ.
template <class Q>
requires(group_gradient<Q> || elementwise_gradient<Q>) void backward(
    const Q& q, std::span<const float> x, std::span<const float> upstream, std::span<float> dx) {
  if (x.size() != upstream.size() || x.size() != dx.size())
    detail::fail("backward: x has %zu elements, upstream %zu, dx %zu: they must be equal", x.size(),
                 upstream.size(), dx.size());
  if constexpr (group_gradient<Q>) {
    q.backward(x, upstream, dx);
  } else {
    for (std::size_t i = 0; i < x.size(); ++i) dx[i] = q.gradient(x[i], upstream[i]);
  }
}

LOWBIT_END

#endif
