// lowbit/nn/policies/operand.hpp – which policies a layer accepts for its weights, and which for its inputs.
//
// What would go wrong silently is refused with a sentence. This happens at compile time where policies are types
// (nn::conv2d), and by an error where they are values (nn::conv_layer).
//
//     weights, inputs   no gradient
//     weights           activations alone (dorefa_activation): negative weights would all become 0. Where
//                       options decide, such as a range that begins at 0, the constructor reports an error
//     inputs            fitted (twn), and neither per token nor as a moving average over the batches of training: another
//                       scale with every batch, and the last batch's in the frozen layer. Fitted per token (one scale
//                       per row) is right in nn::linear; nn/policies/fixed.hpp says that a fit is over
//
// What a quantizer is for stands in the quantizer (quantize/quantizer.hpp: per_token, activations_alone, observed), so
// a quantizer of one's own is judged alike.
#ifndef LOWBIT_NN_POLICIES_OPERAND_HPP
#define LOWBIT_NN_POLICIES_OPERAND_HPP

#include "lowbit/nn/policies/any_policy.hpp"
#include "lowbit/nn/policies/fixed.hpp"
#include "lowbit/nn/policies/policy.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// True of what can be trained through; does not compile for the rest.
template <class P>
consteval bool accepts_operand() {
  static_assert(lowbit::nn::policy<P>,
                "lowbit::nn: a layer takes nn::real, nn::relu, nn::pixel or a quantizer with a "
                "gradient");
  return true;
}

/// The same of weights.
template <class P>
consteval bool accepts_weights() {
  static_assert(!for_activations_alone<P>,
                "lowbit::nn: this quantizer is for activations alone: all negative weights would "
                "become 0. Use a quantizer that keeps the sign, for example jacob_weight<K> or "
                "twn<>. A logarithmic one is log_quantizer<K, PerOctave, log_sign::top_bit>");
  return accepts_operand<P>();
}

/// The same of inputs.
template <class P>
consteval bool accepts_inputs() {
  static_assert(!fitted<P> || fitted_per_token<P> || observing_quantizer<P>,
                "lowbit::nn: as inputs this quantizer would get another scale with every batch. "
                "Fit it to a sample and say so: nn::fixed<Q> as the policy, "
                "nn::fixed(q.fit(sample)) in the constructor. Or use a quantizer without a fit, "
                "such as dorefa_activation<K>, or one that is fitted per token "
                "(bitnet_activation<K> in nn::linear)");
  return accepts_operand<P>();
}

/// Errors: no policy of weights, as above. Weights that are used as given have no level below 0, so all negative
/// weights would become the lowest. One bit that is 0 or 1 tells signs apart all the same.
inline void require_weights(const lowbit::nn::any_policy& q, const char* who) {
  const quantizer_traits& traits = q.traits();
  if (!traits.trains) fail("%s: the weight quantizer has no gradient", who);
  if (traits.activations_alone)
    fail("%s: this weight quantizer is for activations alone: all negative weights would become 0",
         who);
  if (!q.is_quantizer() || traits.fitted || !traits.learned.empty() ||
      traits.format.plane_count == 1)
    return;
  const code_t zero = [&] {
    const any_quantizer twin = q.deterministic();
    code_t code = 0;
    const float none = 0;
    twin.encode({&none, 1}, {&code, 1});
    return code;
  }();
  float lowest = q.decode(zero);
  for (int c = 0; c < 1 << traits.format.plane_count; ++c)
    if (const auto code = static_cast<code_t>(c); traits.format.is_code(code))
      lowest = q.decode(code) < lowest ? q.decode(code) : lowest;
  if (!(lowest < 0))
    fail(
        "%s: the levels of the weights begin at %g: all negative weights would become that. Set "
        "the quantizer's range below 0, too",
        who, static_cast<double>(lowest));
}
/// Errors: no policy of inputs, as above.
inline void require_inputs(const lowbit::nn::any_policy& q, const char* who) {
  const quantizer_traits& traits = q.traits();
  if (!traits.trains) fail("%s: the input quantizer has no gradient", who);
  if (traits.fitted && !traits.per_token && !traits.observing)
    fail(
        "%s: this input quantizer would get another scale with every batch: fit it to a sample and "
        "pass nn::fixed(q.fit(sample)), or use one without a fit",
        who);
}

/// What a layer's constructor takes if it is given no policy.
template <class P>
[[nodiscard]] constexpr P default_policy() {
  static_assert(
      std::default_initializable<P>,
      "lowbit::nn: the numbers of nn::fixed<Q> have no default: pass nn::fixed(q) to the layer's "
      "constructor");
  if constexpr (std::default_initializable<P>)
    return P{};
  else
    fail("nn: a policy without a default");
}

}  // namespace detail::nn
LOWBIT_END

#endif
