// lowbit/nn/policies/straight_through.hpp – a policy applied to a matrix, and the way back.
//
// Forward, every element goes through the library's own encode() and decode(), the functions that
// make packed tensors, so what is trained is what is deployed. Backward, the policy's surrogate
// gradient (gradient/) takes the place of the staircase's derivative. Quantizers with fitted scales
// are fitted on every forward pass, as quantize() fits them, and the backward pass uses the same fit.
#ifndef LOWBIT_NN_POLICIES_STRAIGHT_THROUGH_HPP
#define LOWBIT_NN_POLICIES_STRAIGHT_THROUGH_HPP

#include <vector>

#include "lowbit/nn/float_matrix.hpp"
#include "lowbit/nn/policies/policy.hpp"
#include "lowbit/quantize/granularity.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN
namespace nn {

/// One policy over matrices. `grain` says which elements are fitted together: per::tensor (all), per::row or
/// per::token; quantizers without a fit ignore it. Errors: another granularity; options that the quantizer's
/// validate() refuses.
template <policy Policy>
class straight_through {
 public:
  explicit straight_through(Policy prototype = {}, granularity grain = per::tensor)
      : grain_(grain), prototype_(prototype), groups_(1, prototype) {
    validate(prototype);
    if (grain.grouped())
      detail::fail("nn: groups of %td along depth cannot be trained: use per::tensor, row or token",
                   grain.group_size);
  }

  /// y = decode(encode(x)), or the real function of x. Fits first where the policy has a fit. y takes
  /// the shape of x; it must be another matrix.
  void forward(const float_matrix& x, float_matrix& y) {
    fit(x);
    y.resize(x.rows(), x.cols());
    const index_t length = group_length(x);
    for (index_t start = 0, g = 0; start < x.size(); start += length, ++g)
      for (index_t i = start; i < start + length; ++i)
        y.data()[i] = forward_one(group(g), x.data()[i]);
  }

  /// dx = the gradient with respect to x, after forward(x). dx may be upstream. Errors: shapes differ.
  void backward(const float_matrix& x, const float_matrix& upstream, float_matrix& dx) const {
    if (x.rows() != upstream.rows() || x.cols() != upstream.cols())
      detail::fail("nn: backward: x is %tdx%td, upstream %tdx%td: they must be equal", x.rows(),
                   x.cols(), upstream.rows(), upstream.cols());
    dx.resize(x.rows(), x.cols());
    const index_t length = group_length(x);
    const auto size = static_cast<std::size_t>(length);
    for (index_t start = 0, g = 0; start < x.size(); start += length, ++g)
      backward_group(group(g), {x.data() + start, size}, {upstream.data() + start, size},
                     {dx.data() + start, size});
  }

  /// Fits the policy on x; forward() does it by itself.
  void fit(const float_matrix& x) {
    if constexpr (fitted<Policy>) {
      Policy q = prototype_;
      if constexpr (layer_fitted<Policy>)
        q = q.fit_layer({x.data(), static_cast<std::size_t>(x.size())});
      const index_t length = group_length(x);
      groups_.assign(static_cast<std::size_t>(x.size() == 0 ? 1 : x.size() / length), q);
      for (index_t start = 0, g = 0; start < x.size(); start += length, ++g)
        groups_[static_cast<std::size_t>(g)] =
            q.fit({x.data() + start, static_cast<std::size_t>(length)});
    }
  }

  /// The policy that serves row r, with what was fitted.
  [[nodiscard]] const Policy& of_row(index_t r) const noexcept {
    return group(groups_.size() > 1 ? r : 0);
  }
  [[nodiscard]] granularity grain() const noexcept { return grain_; }
  /// What parameter::clip of latent weights starts as: what the method's paper clips to, else 0.
  [[nodiscard]] float latent_clip() const noexcept {
    if constexpr (clips_latent_weights<Policy>)
      return prototype_.latent_clip();
    else
      return 0;
  }

 private:
  [[nodiscard]] const Policy& group(index_t g) const noexcept {
    return groups_[static_cast<std::size_t>(g)];
  }

  [[nodiscard]] index_t group_length(const float_matrix& x) const noexcept {
    const bool whole = !fitted<Policy> || grain_.kind == granularity::map::tensor;
    return whole ? x.size() : x.cols();
  }

  [[nodiscard]] static float forward_one(const Policy& p, float x) noexcept {
    if constexpr (float_policy<Policy>)
      return p(x);
    else
      return decode(p, encode(p, x));
  }

  static void backward_group(const Policy& p, std::span<const float> x,
                             std::span<const float> upstream, std::span<float> dx) {
    if constexpr (float_policy<Policy>) {
      for (std::size_t i = 0; i < x.size(); ++i) dx[i] = p.gradient(x[i], upstream[i]);
    } else {
      lowbit::backward(p, x, upstream, dx);
    }
  }

  granularity grain_;
  Policy prototype_;
  std::vector<Policy> groups_;
};

}  // namespace nn
LOWBIT_END

#endif
