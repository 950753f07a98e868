// lowbit/quantize/check_quantizer.hpp – what a type lacks to be a quantizer, in sentences.
//
//     struct mine { ... };
//     static_assert(lowbit::check_quantizer<mine>());
//
// is true of every quantizer. For any other type the compiler says which member is missing or has the wrong shape,
// and how it should look. The concepts (quantize/quantizer.hpp) only say no, because a function that takes a
// quantizer must be able to ask without an error.
#ifndef LOWBIT_QUANTIZE_CHECK_QUANTIZER_HPP
#define LOWBIT_QUANTIZE_CHECK_QUANTIZER_HPP

#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// True for a quantizer. Does not compile for any other type, nor for optional members (fit, gradient, backward,
/// latent_clip) that are there but would not be used.
template <class Q>
consteval bool check_quantizer() {
  static_assert(std::copyable<Q>, "a quantizer is a value: it must have a copy and an assignment");
  if constexpr (requires { typename Q::encoding; }) {
    static_assert(
        packable<typename Q::encoding>,
        "the type `encoding` of this quantizer is no encoding: use lowbit::binary, ternary, "
        "unsigned_bits<K>, signed_bits<K>, bipolar_bits<K>, planes<M> or codebook<K>");
    if constexpr (packable<typename Q::encoding>)
      static_assert(
          requires(const Q& q) {
            { q.levels() }
            noexcept->std::convertible_to<levels_of<typename Q::encoding>>;
          },
          "a quantizer says what its codes stand for: `lowbit::affine levels() const noexcept` "
          "(plane_levels<M> for planes<M>, level_table<K> for codebook<K>)");
  } else {
    static_assert(
        requires { typename Q::encoding; },
        "a quantizer names what the bits of its codes mean: `using encoding = lowbit::ternary;`");
  }
  static_assert(
      deterministic_quantizer<Q> || stochastic_quantizer<Q>,
      "a quantizer says how a float gets its code: `lowbit::code_t encode(float x) const "
      "noexcept`, "
      "`encode(float x, float u)` with a uniform u in [0, 1), `planes(x)` with the bits as "
      "comparisons, or `quotient()`");
  if constexpr (requires { &Q::fit; })
    static_assert(
        requires(const Q& q, std::span<const float> group) {
          { q.fit(group) } -> std::same_as<Q>;
        },
        "fit() gives the quantizer of one group: `Q fit(std::span<const float> group) const`");
  if constexpr (requires { &Q::gradient; })
    static_assert(elementwise_gradient<Q>,
                  "gradient() gives dL/dx of one number: "
                  "`float gradient(float x, float upstream) const noexcept`");
  if constexpr (requires { &Q::backward; })
    static_assert(group_gradient<Q>,
                  "backward() gives dL/dx of one group: `void backward(std::span<const float> x, "
                  "std::span<const float> upstream, std::span<float> dx) const`");
  if constexpr (requires { &Q::latent_clip; })
    static_assert(clips_latent_weights<Q>,
                  "latent_clip() gives the largest magnitude of latent weights: "
                  "`float latent_clip() const noexcept`");
  return quantizer<Q>;
}

LOWBIT_END

#endif
