// lowbit/quantize/learnable.hpp – quantizers whose own numbers are trained: a step, a clip, bounds.
//
// Such a quantizer names its trained numbers in a struct `parameters`. It gives the derivative of the loss with respect
// to each of them, summed over everything that was quantized with it:
//
//     struct parameters { float step; };
//     parameters parameter_gradient(span<const float> x, span<const float> upstream) const;
//
// so that lsq<4> is trained by
//
//     const auto d = parameter_gradient(q, x, upstream);    d.step is dL/dstep
//     q.step -= rate * d.step;
//
// gradient/learned_number.hpp has the members that name the numbers, and give and take their values; layers need them
// to train a quantizer (nn/layers/). Where a number starts is the paper's choice, too:
//
//     Q initialized(span<const float> sample) const     from the weights, or from the first batch of activations
//     Q refitted(span<const float> group) const         what a fit may still change in training. Without it, that is
//                                                       all of fit() but the trained numbers
//
//     std::array<float, N> numbers() const              what training changes, if that is more than the trained numbers,
//     Q with_numbers(const std::array<float, N>&) const     and no fit finds it again; and *this with it
//
// The sums run in double in the one defined order (gradient/slope_sum.hpp).
#ifndef LOWBIT_QUANTIZE_LEARNABLE_HPP
#define LOWBIT_QUANTIZE_LEARNABLE_HPP

#include "lowbit/gradient/learned_number.hpp"
#include "lowbit/gradient/slope_sum.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Has trained numbers and their gradient; a quantizer, or a function such as rprelu.
template <class Q>
concept learnable = requires(const Q& q, std::span<const float> x,
                             std::span<const float> upstream) {
  { q.parameter_gradient(x, upstream) } -> std::same_as<typename Q::parameters>;
};

/// dL/dparameter for each trained number of q. Errors: lengths differ.
template <learnable Q>
[[nodiscard]] typename Q::parameters parameter_gradient(const Q& q, std::span<const float> x,
                                                        std::span<const float> upstream) {
  if (x.size() != upstream.size())
    detail::fail("parameter_gradient: x has %zu elements, upstream %zu: they must be equal",
                 x.size(), upstream.size());
  return q.parameter_gradient(x, upstream);
}

LOWBIT_END

#endif
