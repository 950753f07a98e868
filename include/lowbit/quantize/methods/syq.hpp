// lowbit/quantize/methods/syq.hpp – symmetric quantization with a scale per pixel or row of a kernel.
//
//     syq<ternary>   t = +1 if w > eta, -1 if w < -eta, else 0  (strict)      eta = 0.05 max |w|
//     syq<binary>    t = sign(w)
//     y = alpha_g t
//
// eta belongs to the layer, alpha to a group: quantize() first calls fit_layer() with the whole layer. A group is a
// pixel of the kernels or a row of pixels, shared by all outputs, or the layer. With depth in the order (height, width,
// channel):
//
//     quantize(per_group(syq<>{}, per::pixel<64>), w)            3x3 scales for kernels of 64 channels
//     quantize(per_group(syq<>{}, per::kernel_row<64, 3>), w)    3
//     quantize(syq<>{}, w)                                       1
//
// So a product is one integer sum per pixel, scaled and added. alpha is trained; fit() gives its
// starting value, mean |w| of the group.
//
//     dL/dw = alpha g, in ternary g where |w| <= eta        dL/dalpha = sum over the group of g t
//
// Source: Faraone, Fraser, Blott, Leong, "SYQ: Learning symmetric quantization for efficient deep neural
// networks", CVPR 2018.
#ifndef LOWBIT_QUANTIZE_METHODS_SYQ_HPP
#define LOWBIT_QUANTIZE_METHODS_SYQ_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Binary or ternary codes with one scale per group.
template <plane_code Encoding = ternary>
requires(std::same_as<Encoding, ternary> || std::same_as<Encoding, binary>) struct syq {
  using encoding = Encoding;
  /// The trained number, or dL/d of it.
  struct parameters {
    float alpha = 0;
  };

  static constexpr std::array learned_numbers{learned_number{"alpha"}};

  float factor = 0.05f;  ///< eta is factor times the largest magnitude; in [0, 1)
  float layer_eta = -1;  ///< fit_layer's threshold; negative: fit() takes the group's own
  float eta = 0;         ///< fitted threshold, of no use to binary codes
  float alpha = 1;       ///< fitted scale

  void validate() const {
    if (is_nan(factor) || !(factor >= 0 && factor < 1))
      detail::fail("syq: factor is %g: it must be in [0, 1)", static_cast<double>(factor));
  }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] syq fit_layer(std::span<const float> all) const {
    syq q = *this;
    q.layer_eta = threshold_of(all);
    return q;
  }
  [[nodiscard]] syq fit(std::span<const float> group) const {
    syq q = *this;
    q.eta = layer_eta < 0 ? threshold_of(group) : layer_eta;
    q.alpha = static_cast<float>(detail::quantizers::mean_abs(group, "syq"));
    return q;
  }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {alpha}; }
  [[nodiscard]] constexpr syq with_learned(parameters p) const noexcept {
    return {factor, layer_eta, eta, p.alpha};
  }
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    return {detail::gradient::kept_positive(p.alpha, alpha)};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    if constexpr (std::same_as<encoding, binary>) {
      return std::array{~w.negative()};
    } else {
      return ternary_planes(w, -eta, eta);
    }
  }
  [[nodiscard]] constexpr float gradient(float w, float upstream) const noexcept {
    return std::same_as<encoding, binary> || magnitude(w) > eta ? alpha * upstream : upstream;
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> w,
                                              std::span<const float> upstream) const noexcept {
    return {detail::gradient::slope_sum(w, upstream, [&](float x) {
      return static_cast<float>(value<encoding>(lowbit::encode(*this, x)));
    })};
  }

 private:
  [[nodiscard]] float threshold_of(std::span<const float> all) const {
    validate();
    return static_cast<float>(static_cast<double>(detail::quantizers::max_abs(all, "syq")) *
                              static_cast<double>(factor));
  }
};

LOWBIT_END

#endif
