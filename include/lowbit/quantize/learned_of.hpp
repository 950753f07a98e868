// lowbit/quantize/learned_of.hpp – the trained numbers of a quantizer, or of its surrogate gradient, in one form.
//
// sign<ste::sign_swish> trains the beta of its surrogate, lsq<4> a step of its own. learned_of<Q> has the numbers of
// either; none where Q has neither.
#ifndef LOWBIT_QUANTIZE_LEARNED_OF_HPP
#define LOWBIT_QUANTIZE_LEARNED_OF_HPP

#include <cstring>
#include <type_traits>

#include "lowbit/quantize/learnable.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// The trained numbers of Q: its own, or its surrogate gradient's.
template <class Q>
struct learned_of {
  static constexpr std::array<learned_number, 0> numbers{};
  static constexpr std::size_t count = 0;
};
template <class Q>
requires(learnable<Q>) struct learned_of<Q> {
  static_assert(names_learned_numbers<Q>,
                "lowbit: a quantizer with parameter_gradient() must list its learned_numbers and "
                "have learned() and with_learned() (gradient/learned_number.hpp)");
  using parameters = typename Q::parameters;
  static constexpr auto& numbers = Q::learned_numbers;
  static constexpr std::size_t count = sizeof(parameters) / sizeof(float);

  static parameters of(const Q& q) { return q.learned(); }
  static Q with(const Q& q, const parameters& p) { return q.with_learned(p); }
  static parameters in_range(const Q& q, const parameters& p) {
    if constexpr (requires { q.in_range(p); })
      return q.in_range(p);
    else
      return p;
  }
  static parameters gradient(const Q& q, std::span<const float> x,
                             std::span<const float> upstream) {
    return q.parameter_gradient(x, upstream);
  }
};
template <class Q>
requires(!learnable<Q> && requires(const Q& q) {
  requires learnable<std::remove_cvref_t<decltype(q.surrogate_gradient)>>;
}) struct learned_of<Q> {
  using surrogate = decltype(Q::surrogate_gradient);
  using inner = learned_of<surrogate>;
  using parameters = typename surrogate::parameters;
  static constexpr auto& numbers = inner::numbers;
  static constexpr std::size_t count = inner::count;

  static parameters of(const Q& q) { return inner::of(q.surrogate_gradient); }
  static Q with(const Q& q, const parameters& p) {
    Q out = q;
    out.surrogate_gradient = inner::with(q.surrogate_gradient, p);
    return out;
  }
  static parameters in_range(const Q& q, const parameters& p) {
    return inner::in_range(q.surrogate_gradient, p);
  }
  static parameters gradient(const Q& q, std::span<const float> x,
                             std::span<const float> upstream) {
    return q.surrogate_gradient.parameter_gradient(x, upstream);
  }
};

/// The sum of the counts, which must be all floats of `parameters`.
template <class Q>
[[nodiscard]] consteval bool lists_all_numbers() {
  std::size_t sum = 0;
  for (const learned_number& n : learned_of<Q>::numbers) sum += static_cast<std::size_t>(n.count);
  return sum == learned_of<Q>::count;
}

/// `parameters` as floats, and back.
template <class Parameters>
void copy_numbers(const Parameters& p, std::span<float> numbers) noexcept {
  static_assert(std::is_trivially_copyable_v<Parameters>);
  std::memcpy(numbers.data(), &p, sizeof p);
}
template <class Q>
[[nodiscard]] auto taken_numbers(std::span<const float> numbers) noexcept {
  std::array<float, learned_of<Q>::count> all;
  std::memcpy(all.data(), numbers.data(), sizeof all);
  return __builtin_bit_cast(typename learned_of<Q>::parameters, all);
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
