// lowbit/ops/linear.hpp – a layer of a network on bits: codes in, threshold bits out.
//
//     lowbit::linear layer(weights, lowbit::threshold(batch_norm, largest_sum<binary, binary>(depth)));
//     packed_matrix<binary> y = layer(x);
//
// The integer sums go through the thresholds as they leave the kernel; the int32 matrix between the
// layers does not exist. Scales of weights and inputs are not applied: they belong into the function
// that the thresholds were found from.
#ifndef LOWBIT_OPS_LINEAR_HPP
#define LOWBIT_OPS_LINEAR_HPP

#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/ops/gemm.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN

/// The largest magnitude that a sum of `depth` products of an A and a W can have: what threshold() wants
/// to know. Errors: the depth is above the product rule's bound.
template <plane_code A, plane_code W>
[[nodiscard]] std::int32_t largest_sum(index_t depth) {
  static constexpr product_rule rule = multiply<A, W>();
  if (depth > rule.max_depth)
    detail::fail("largest_sum: depth %td: sums of %s x %s fit 32 bits only up to %td", depth,
                 A::name, W::name, rule.max_depth);
  const int a = max_value<A>() > -min_value<A>() ? max_value<A>() : -min_value<A>();
  const int w = max_value<W>() > -min_value<W>() ? max_value<W>() : -min_value<W>();
  return static_cast<std::int32_t>(depth * a * w);
}

/// N x K packed weights and N thresholds. Const and thread-safe after construction.
template <plane_code W>
class linear {
 public:
  /// Errors: the number of thresholds is not the number of weight rows.
  linear(quantized_matrix<W> weights, thresholds channels)
      : weights_(static_cast<quantized_matrix<W>&&>(weights)),
        channels_(static_cast<thresholds&&>(channels)) {
    if (channels_.size() != weights_.rows())
      detail::fail("linear: %td thresholds for weights of %tdx%td: one each a row",
                   channels_.size(), weights_.rows(), weights_.depth());
  }

  /// M x K codes to M x N bits. Errors: as gemm.
  template <isa_tag Tag, detail::ops::packed_operand X>
  [[nodiscard]] packed_matrix<binary> operator()(Tag tag, const X& x) const {
    packed_matrix<binary> out(x.rows(), weights_.rows());
    gemm_with(tag, x, weights_.codes(),
              store_threshold{channels_, out.rows() > 0 ? out.mutable_row(0) : nullptr,
                              out.row_stride()});
    return out;
  }
  template <detail::ops::packed_operand X>
  [[nodiscard]] packed_matrix<binary> operator()(const X& x) const {
    return with_isa([&](isa_tag auto tag) { return (*this)(tag, x); });
  }

  [[nodiscard]] const quantized_matrix<W>& weights() const noexcept { return weights_; }
  [[nodiscard]] const thresholds& channels() const noexcept { return channels_; }
  /// Bytes of weights and thresholds.
  [[nodiscard]] index_t bytes() const noexcept {
    return weights_.codes().bytes() + channels_.bytes();
  }

 private:
  quantized_matrix<W> weights_;
  thresholds channels_;
};

LOWBIT_END

#endif
