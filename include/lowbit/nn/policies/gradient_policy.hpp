// lowbit/nn/policies/gradient_policy.hpp – gradients of few bits: a quantizer on the way back.
//
//     layer.set_gradient_policy(dorefa_gradient<6>{});              DoReFa: a scale per image, and noise
//     layer.set_gradient_policy(wage_error<8>{}, per::tensor);      WAGE: a scale per batch
//
// The gradient of a layer's results is quantized when it enters the layer. So dL/dw, dL/db and dL/dx are products of codes,
// as the forward pass is. Behind the layer, a batch norm still has its gradient in floats (nn/layers/normalised.hpp):
// DoReFa quantizes the gradients of the convolutions' results, not those of the batch norms'.
//
// Only training has this. Evaluation and deployment do not know of it.
//
// Source: Zhou et al., "DoReFa-Net", arXiv:1606.06160, section 2.5 and algorithm 1.
#ifndef LOWBIT_NN_POLICIES_GRADIENT_POLICY_HPP
#define LOWBIT_NN_POLICIES_GRADIENT_POLICY_HPP

#include <optional>

#include "lowbit/nn/feature_map.hpp"
#include "lowbit/quantize/any_quantizer.hpp"
#include "lowbit/quantize/granularity.hpp"

LOWBIT_BEGIN
namespace nn {

/// Nothing, or a quantizer for the gradients that reach a layer.
class gradient_policy {
 public:
  gradient_policy() = default;
  /// The numbers of a fitted quantizer belong to an image (per::row) or to the batch (per::tensor). Errors: another
  /// granularity; a quantizer whose numbers are trained or averaged; those of its validate().
  explicit gradient_policy(const any_quantizer& q, granularity grain = per::row)
      : quantizer_(q), by_image_(!grain.shares_rows()) {
    q.validate();
    if (grain.grouped())
      detail::fail("nn::gradient_policy: groups of depth: use per::row or per::tensor");
    if (!q.traits().learned.empty() || q.traits().observing)
      detail::fail(
          "nn::gradient_policy: the numbers of this quantizer are trained: nothing trains them on "
          "the way back");
  }

  /// The gradient as the layer uses it: g itself without a quantizer, else a batch in own memory, valid until the next
  /// call. A stochastic quantizer takes number position + i of the stream for element i, and moves position behind them.
  /// Errors: those of a fit.
  [[nodiscard]] feature_view operator()(const feature_view& g, const random_stream& stream,
                                        index_t& position) {
    if (!quantizer_) return g;
    used_.resize(g.shape());
    const index_t images = by_image_ ? g.shape().batch : 1;
    const std::span<const float> from = elements(g.pixels());
    const std::span<float> to = elements(used_.mutable_pixels());
    const std::size_t size = images > 0 ? from.size() / static_cast<std::size_t>(images) : 0;
    for (index_t i = 0; i < images; ++i) {
      const std::size_t first = static_cast<std::size_t>(i) * size;
      const auto image = from.subspan(first, size);
      quantizer_->fit(image).forward(image, stream, position + static_cast<index_t>(first),
                                     to.subspan(first, size));
    }
    if (quantizer_->traits().stochastic) position += static_cast<index_t>(from.size());
    return used_.read();
  }

 private:
  std::optional<any_quantizer> quantizer_;
  bool by_image_ = true;
  feature_map used_;
};

}  // namespace nn
LOWBIT_END

#endif
