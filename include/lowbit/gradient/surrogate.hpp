// lowbit/gradient/surrogate.hpp – what a surrogate gradient is, and the identity.
//
// A quantizer is a step function: its derivative is zero almost everywhere. Training replaces it by the
// derivative of something smoother, the *surrogate* (straight-through estimator; Bengio, Leonard, Courville,
// arXiv:1308.3432). Here a surrogate is a pure, elementwise functor that turns (x, dL/dy) into dL/dx. Quantizers
// take it as a template parameter, because the literature recombines them freely.
//
//   lowbit::ste::identity      dL/dx = g                    BinaryConnect, TWN, DoReFa weights
//   lowbit::ste::hard_tanh     dL/dx = g * 1[|x| <= clip]   BNN; ends inclusive. open_hard_tanh: without
//   lowbit::ste::approx_sign   dL/dx = g * max(0, 2 - 2|x|) Bi-Real Net
//   lowbit::ste::sign_swish    a smooth sign of slope beta   BNN+
//   lowbit::ste::error_decay   k t (1 - tanh^2(t x)), with its schedule of t and k      IR-Net
//   lowbit::ste::saturated_hinge, soft_hinge   hinge losses towards a target           FTProp
//   lowbit::ste::rectangle, triangle           pulses at the jumps of a staircase      GXNOR-Net
//
// Where the surrogate is the derivative of a known function, soft(x) is that function; the tests compare the
// two. Your own surrogate is a struct with the call operator:
//
//     struct half_slope {
//       float operator()(float x, float upstream) const noexcept {
//         return lowbit::magnitude(x) <= 1 ? 0.5f * upstream : 0;
//       }
//     };
//     lowbit::sign<half_slope> q;    // gradient(q, x, g) calls it
#ifndef LOWBIT_GRADIENT_SURROGATE_HPP
#define LOWBIT_GRADIENT_SURROGATE_HPP

#include <concepts>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// A functor (x, upstream) -> dL/dx, noexcept and without state that changes.
template <class S>
concept surrogate = requires(const S& s, float x, float upstream) {
  { s(x, upstream) }
  noexcept->std::same_as<float>;
};

namespace ste {

/// dL/dx = dL/dy, everywhere.
struct identity {
  [[nodiscard]] constexpr float operator()(float, float upstream) const noexcept {
    return upstream;
  }
  [[nodiscard]] constexpr float soft(float x) const noexcept { return x; }
};

}  // namespace ste

LOWBIT_END

#endif
