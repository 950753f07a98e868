// lowbit/nn/policies/fixed.hpp – a quantizer whose numbers are set, and stay.
//
//     nn::fixed weight(lowbit::lsq<4>{.step = 0.06f});                                 learned by someone else
//     nn::linear<nn::fixed<lowbit::lsq<4>>, nn::real> layer(32, 10, stream, {}, weight);
//
//     nn::fixed input(lowbit::dynamic_fixed_point<8>{}.fit(sample));                   fitted to a sample, once
//
// Layers train a quantizer's learned numbers (quantize/learnable.hpp), fit weights anew on every forward pass, and
// refuse inputs whose fit would change with every batch. nn::fixed says that the numbers are given: it encodes, decodes
// and has gradients as the quantizer inside, and has neither fit() nor parameter_gradient().
#ifndef LOWBIT_NN_POLICIES_FIXED_HPP
#define LOWBIT_NN_POLICIES_FIXED_HPP

#include <utility>

#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN
namespace nn {

/// Q with the numbers that it was made with. No default: the numbers are the point.
template <class Q>
requires(learnable<Q> || fitted<Q>) struct fixed : Q {
  /// Errors: those of validate().
  explicit constexpr fixed(Q numbers) : Q(std::move(numbers)) { lowbit::validate(numbers_of()); }

  void fit() const = delete;
  void parameter_gradient() const = delete;

 private:
  [[nodiscard]] constexpr const Q& numbers_of() const noexcept { return *this; }
};

}  // namespace nn
LOWBIT_END

#endif
