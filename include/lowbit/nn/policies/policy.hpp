// lowbit/nn/policies/policy.hpp – what a layer does to its weights and to its inputs.
//
// A linear layer is written once; two policies say what happens to its two operands:
//
//     a quantizer (sign<>, xnor_weight<>, dorefa_activation<2>, ...)   encode, then decode
//     real                                                             nothing
//     relu                                                             max(x, 0)
//     pixel                                                            8-bit images, as they are
//     fixed<Q>                                                         a quantizer whose numbers are given, not trained
//
// So linear<sign<>, pixel> is the first layer of a binarized network, linear<sign<>, sign<>> a hidden layer, and
// linear<real, sign<>> the last. linear<real, relu> is a layer of its real-valued twin. A policy without codes is a
// functor with a gradient; write another one the same way. nn/policies/operand.hpp says which quantizers a layer
// refuses for its weights or its inputs.
#ifndef LOWBIT_NN_POLICIES_POLICY_HPP
#define LOWBIT_NN_POLICIES_POLICY_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// An elementwise function on real numbers with its derivative: no codes, nothing to pack.
template <class P>
concept float_policy = std::copyable<P> && requires(const P& p, float x, float upstream) {
  { p(x) }
  noexcept->std::same_as<float>;
  { p.gradient(x, upstream) }
  noexcept->std::same_as<float>;
};

/// A quantizer that can be trained through: it has a gradient.
template <class P>
concept trainable_quantizer = quantizer<P> &&(elementwise_gradient<P> || group_gradient<P>);

/// One whose codes stand for integers, so that its products are integer sums: no table, no sum of planes.
template <class P>
concept integer_quantizer = trainable_quantizer<P> && plane_code<typename P::encoding>;

/// What can be trained through.
template <class P>
concept policy = float_policy<P> || trainable_quantizer<P>;

/// No quantizer: y = x.
struct real {
  [[nodiscard]] constexpr float operator()(float x) const noexcept { return x; }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

/// y = max(x, 0), NaN gives 0; dL/dx = g where x > 0, else 0.
struct relu {
  static constexpr bool activations_alone = true;

  [[nodiscard]] constexpr float operator()(float x) const noexcept { return x > 0 ? x : 0; }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x > 0 ? upstream : 0;
  }
};

/// 8-bit pixels: a number is its own code, rounded half to even and clipped to 0 ... 255; NaN gives
/// 0. The gradient is that of the clip.
struct pixel {
  using encoding = unsigned_bits<8>;
  static constexpr bool activations_alone = true;

  [[nodiscard]] constexpr affine levels() const noexcept { return {1, 0}; }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    return static_cast<code_t>(round_half_even_small(static_cast<double>(clip(x, 0, 255))));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x >= 0 && x <= 255 ? upstream : 0;
  }
};

}  // namespace nn
LOWBIT_END

#endif
