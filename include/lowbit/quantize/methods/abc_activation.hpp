// lowbit/quantize/methods/abc_activation.hpp – the activations of ABC-Net: M shifted steps.
//
//     h_n(x) = clip(x + v_n, 0, 1)      A_n = +1 if h_n >= 1/2, else -1      y = sum_n beta_n A_n
//
// v and beta are trained; plane n is +1 from x = 1/2 - v_n on. Below, A is -1 and not 0, although the bounded rectifier
// that it approximates is not negative there: the network must learn the offset.
//
//     dL/dx     = g sum_n beta_n 1[0 <= x + v_n <= 1]        both ends included
//     dL/dv_n   = sum over x of g beta_n 1[...]              dL/dbeta_n = sum over x of g A_n
//
// A new quantizer has its steps at (2n + 1) / 2M and all beta equal to 1 / M.
//
// Source: Lin, Zhao, Pan, arXiv:1711.11294, eq. 6-10.
#ifndef LOWBIT_QUANTIZE_METHODS_ABC_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_METHODS_ABC_ACTIVATION_HPP

#include "lowbit/encoding/planes.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// M planes of shifted steps with trained shifts and coefficients.
template <int M>
struct abc_activation {
  using encoding = lowbit::planes<M>;
  static constexpr auto count = static_cast<std::size_t>(M);
  /// The trained numbers, or the derivative of the loss with respect to each.
  struct parameters {
    std::array<float, count> shift{}, beta{};
  };

  static constexpr std::array learned_numbers{learned_number{"shift", M},
                                              learned_number{"beta", M}};

  std::array<float, count> shift = evenly();
  std::array<float, count> beta = equal();

  [[nodiscard]] constexpr parameters learned() const noexcept { return {shift, beta}; }
  [[nodiscard]] constexpr abc_activation with_learned(const parameters& p) const noexcept {
    return {p.shift, p.beta};
  }
  [[nodiscard]] constexpr plane_levels<M> levels() const noexcept { return {beta}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept {
    std::array<typename Floats::answer, count> bits{};
    for (std::size_t n = 0; n < count; ++n)
      bits[n] = x.at_least(detail::quantizers::smallest_from(0.5 - static_cast<double>(shift[n])));
    return bits;
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    float sum = 0;
    for (std::size_t n = 0; n < count; ++n) sum += inside(x, n) ? beta[n] : 0;
    return sum * upstream;
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    parameters d;
    for (std::size_t n = 0; n < count; ++n) {
      d.shift[n] = detail::gradient::slope_sum(
          x, upstream, [&](float element) { return inside(element, n) ? beta[n] : 0.0f; });
      d.beta[n] = detail::gradient::slope_sum(x, upstream, [&](float element) {
        return (lowbit::encode(*this, element) >> n & 1) != 0 ? 1.0f : -1.0f;
      });
    }
    return d;
  }

 private:
  [[nodiscard]] constexpr bool inside(float x, std::size_t n) const noexcept {
    const double shifted = static_cast<double>(x) + static_cast<double>(shift[n]);
    return shifted >= 0 && shifted <= 1;
  }
  static constexpr std::array<float, count> evenly() noexcept {
    std::array<float, count> all{};
    for (std::size_t n = 0; n < count; ++n)
      all[n] = 0.5f - static_cast<float>(2 * n + 1) / static_cast<float>(2 * count);
    return all;
  }
  static constexpr std::array<float, count> equal() noexcept {
    std::array<float, count> all{};
    for (float& b : all) b = 1 / static_cast<float>(count);
    return all;
  }
};

LOWBIT_END

#endif
