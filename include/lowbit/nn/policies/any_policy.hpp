// lowbit/nn/policies/any_policy.hpp – a policy of a layer whose type is known when the program runs.
//
// A policy is a quantizer or an elementwise float function (nn/policies/policy.hpp). Both stand behind the same table
// of functions over rows (quantize/quantizer_rows.hpp). A float function has a table without codes, so layers ask for
// is_quantizer() where codes matter, and for nothing else.
#ifndef LOWBIT_NN_POLICIES_ANY_POLICY_HPP
#define LOWBIT_NN_POLICIES_ANY_POLICY_HPP

#include "lowbit/nn/policies/policy.hpp"
#include "lowbit/quantize/any_quantizer.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// As looks_like_quantizer.
template <class F>
concept looks_like_function = requires(const F& f, float x) {
  f(x);
  f.gradient(x, x);
};

/// An elementwise function with its derivative, over rows.
template <lowbit::nn::float_policy F>
class function_rows final : public quantizers::quantizer_rows {
  using trained = quantizers::learned_of<F>;
  using shared = quantizers::shared_rows;

 public:
  explicit function_rows(const F& f) : f_(f) {}

  [[nodiscard]] const quantizer_traits& traits() const noexcept override {
    static constexpr quantizer_traits all = [] {
      quantizer_traits t;
      t.format.name = "floats";
      t.activations_alone = for_activations_alone<F>;
      t.trains = true;
      t.learned = trained::numbers;
      return t;
    }();
    return all;
  }
  void validate() const override {}
  [[nodiscard]] float decode(code_t) const noexcept override { return 0; }
  [[nodiscard]] std::vector<float> levels() const override { return {}; }
  void encode(std::span<const float>, std::span<code_t>) const override { refuse(); }
  void encode(std::span<const float>, const random_stream&, index_t,
              std::span<code_t>) const override {
    refuse();
  }
  void forward(std::span<const float> x, std::span<float> y) const override {
    quantizers::in_blocks(y, x, [&](float v) LOWBIT_INLINE_LAMBDA { return f_(v); });
  }
  void forward(std::span<const float> x, const random_stream&, index_t,
               std::span<float> y) const override {
    forward(x, y);
  }
  void backward(std::span<const float> x, std::span<const float> upstream,
                std::span<float> dx) const override {
    quantizers::in_blocks(dx, x, upstream,
                          [&](float v, float g) LOWBIT_INLINE_LAMBDA { return f_.gradient(v, g); });
  }
  void parameter_gradient([[maybe_unused]] std::span<const float> x,
                          [[maybe_unused]] std::span<const float> upstream,
                          [[maybe_unused]] std::span<float> gradient) const override {
    if constexpr (trained::count > 0)
      quantizers::copy_numbers(trained::gradient(f_, x, upstream), gradient);
  }
  void learned([[maybe_unused]] std::span<float> numbers) const override {
    if constexpr (trained::count > 0) quantizers::copy_numbers(trained::of(f_), numbers);
  }
  [[nodiscard]] shared with_learned(
      [[maybe_unused]] std::span<const float> numbers) const override {
    if constexpr (trained::count > 0)
      return std::make_shared<function_rows>(
          trained::with(f_, quantizers::taken_numbers<F>(numbers)));
    else
      return same();
  }
  void in_range([[maybe_unused]] std::span<float> numbers) const override {
    if constexpr (trained::count > 0)
      quantizers::copy_numbers(trained::in_range(f_, quantizers::taken_numbers<F>(numbers)),
                               numbers);
  }
  [[nodiscard]] std::vector<float> numbers() const override {
    std::vector<float> all(trained::count);
    learned(all);
    return all;
  }
  [[nodiscard]] shared with_numbers(std::span<const float> numbers) const override {
    return with_learned(numbers);
  }
  [[nodiscard]] shared fit(std::span<const float>) const override { return same(); }
  [[nodiscard]] shared fit_layer(std::span<const float>) const override { return same(); }
  [[nodiscard]] shared refitted(std::span<const float>) const override { return same(); }
  [[nodiscard]] shared initialized(std::span<const float>) const override { return same(); }
  [[nodiscard]] shared observed(std::span<const float>) const override { return same(); }
  [[nodiscard]] shared with_elements(index_t) const override { return same(); }
  [[nodiscard]] shared deterministic() const override { return same(); }
  [[nodiscard]] shared at(double) const override { return same(); }
  [[nodiscard]] double portion_at(double) const noexcept override { return 1; }
  [[nodiscard]] float latent_clip() const noexcept override { return 0; }
  [[nodiscard]] const void* object(const void* type) const noexcept override {
    return type == &quantizers::type_tag<F> ? &f_ : nullptr;
  }

 private:
  [[noreturn]] static void refuse() { fail("nn: a function of floats has no codes"); }
  [[nodiscard]] shared same() const { return std::make_shared<function_rows>(f_); }

  F f_;
};

}  // namespace detail::nn

namespace nn {

/// A quantizer or a float function, as a value; see quantize/any_quantizer.hpp.
class any_policy : public any_quantizer {
 public:
  /// Not explicit, as that of any_quantizer.
  any_policy(const any_quantizer& q) : any_quantizer(q) {}
  template <class P>
  requires(detail::quantizers::looks_like_quantizer<P>&& quantizer<P>) any_policy(const P& q)
      : any_quantizer(q) {}
  template <class P>
  requires(detail::nn::looks_like_function<P>&& float_policy<P>) any_policy(const P& f)
      : any_quantizer(std::make_shared<detail::nn::function_rows<P>>(f)) {}

  /// True if it has codes.
  [[nodiscard]] bool is_quantizer() const noexcept { return format().plane_count > 0; }
};

/// How a policy is used, beside its granularity.
struct policy_use {
  bool inputs = false;        ///< of activations: averages observe, fits are per token
  bool columns = false;       ///< one set of numbers per column, a channel
  bool keep_numbers = false;  ///< trained numbers start as the policy has them
};

}  // namespace nn
LOWBIT_END

#endif
