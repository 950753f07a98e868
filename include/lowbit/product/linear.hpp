// lowbit/product/linear.hpp – a layer of a network on bits: codes in, threshold bits out.
//
//     lowbit::linear layer(weights, batch_norm);           sign(bn(scales * sum)): scales folded
//     lowbit::linear layer(codes, thresholds);             sum compared with your thresholds; codes packed or
//                                                          prepared
//     packed_matrix<binary> y = layer(x);
//
// The integer sums are compared with the thresholds in the kernel's tile; no int32 matrix is stored between layers.
// Integer thresholds have no scales. The thresholds are found from a function. The first form folds into it the scales
// of the weights (per tensor or per row) and of the inputs. The second form takes codes and thresholds as they are.
#ifndef LOWBIT_PRODUCT_LINEAR_HPP
#define LOWBIT_PRODUCT_LINEAR_HPP

#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"

LOWBIT_BEGIN

/// The largest magnitude that a sum of `depth` products of codes of two formats can have, for threshold(). Errors: the
/// depth is above the product rule's bound.
[[nodiscard]] inline std::int32_t largest_sum(const code_format& lhs, const code_format& rhs,
                                              index_t depth) {
  const index_t bound = detail::encoding::depth_bound(lhs, rhs);
  if (depth > bound)
    detail::fail("largest_sum: depth %td: sums of %s x %s fit 32 bits only up to %td", depth,
                 lhs.name, rhs.name, bound);
  const auto largest = [](const code_format& f) {
    return f.largest > -f.smallest ? f.largest : -f.smallest;
  };
  return static_cast<std::int32_t>(depth * largest(lhs) * largest(rhs));
}
/// The same for codes of A and W.
template <plane_code A, plane_code W>
[[nodiscard]] std::int32_t largest_sum(index_t depth) {
  return largest_sum(format_of<A>(), format_of<W>(), depth);
}

namespace detail::product {

/// Thresholds of sign(bn(float(sum * scale))), scale = (weight scale of the row) * (input scale).
template <class W>
[[nodiscard]] thresholds fold(const quantized_matrix<W>& weights, const batch_norm& bn,
                              float input_scale) {
  if (weights.grain().grouped())
    fail("linear: the weights have scales per group of %td: an integer threshold needs one per row",
         weights.grain().group_size);
  if (weights.has_offsets())
    for (index_t n = 0; n < weights.rows(); ++n)
      if (weights.offset(n) != 0)
        fail("linear: the weights of row %td have an offset of %g: integer thresholds have none", n,
             static_cast<double>(weights.offset(n)));
  if (bn.size() != weights.rows())
    fail("linear: a batch norm of %td channels for weights of %tdx%td", bn.size(), weights.rows(),
         weights.depth());
  const auto before_sign = [&](std::int32_t sum, index_t n) {
    return bn(scaled_float(sum, combine(weights.scale(n), input_scale)), n);
  };
  return threshold(before_sign, weights.rows(), 2147483645);
}

}  // namespace detail::product

/// N x K packed weights and N thresholds. W may be any_encoding. Const and thread-safe after construction.
template <class W>
class linear {
  static_assert(detail::product::integers_or_any<W>,
                "lowbit::linear<W>: W must be an encoding that stands for integers");

 public:
  /// Codes and the thresholds of their sums. Errors: the number of thresholds is not that of the rows; a format that is
  /// a value, and stands for no integers.
  linear(packed_matrix<W> weights, thresholds channels)
      : linear(prepare(static_cast<packed_matrix<W>&&>(weights)),
               static_cast<thresholds&&>(channels)) {}
  /// The same with codes that are prepared. Errors: as above.
  linear(prepared_matrix<W> weights, thresholds channels)
      : weights_(static_cast<prepared_matrix<W>&&>(weights)),
        channels_(static_cast<thresholds&&>(channels)) {
    if (weights_.codes().format().kind != code_kind::integers)
      detail::fail("linear: weights of %s stand for no integers: matmul() multiplies them",
                   weights_.codes().format().name);
    if (channels_.size() != weights_.rows())
      detail::fail("linear: %td thresholds for weights of %tdx%td: one per row", channels_.size(),
                   weights_.rows(), weights_.depth());
  }
  /// Weights with their scales, a batch norm, and the scale of the inputs' levels. Errors: scales per
  /// group; offsets; another number of channels.
  linear(const quantized_matrix<W>& weights, const batch_norm& bn, float input_scale = 1)
      : linear(weights.codes(), detail::product::fold(weights, bn, input_scale)) {}

  /// M x K codes to M x N bits, a new matrix. Allocates that, and what gemm_with allocates. Errors: as gemm.
  template <packed_operand X, executor Where = serial_executor>
  [[nodiscard]] packed_matrix<binary> operator()(const X& x, const Where& where = {}) const {
    using namespace detail;
    static_assert(product::require_plane_codes<product::encoding_of<X>, W>());
    decltype(auto) of = product::factors_in(x, weights_, "linear");
    const product::rhs_operand w = product::as_rhs(weights_);
    product::require_product(of, x.rows(), x.layout(), w, "linear");
    packed_matrix<binary> out(x.rows(), weights_.rows());
    product::for_each_tile<product::encoding_of<X>, W>(
        of, product::as_view(x), w,
        store_threshold{channels_, out.rows() > 0 ? out.mutable_row(0) : nullptr, out.row_stride()},
        where);
    return out;
  }
  template <class... Args>
  requires((detail::product::quantized_operand<Args> || ...)) auto operator()(
      const Args&...) const {
    return detail::product::refuse_quantized<packed_matrix<binary>, Args...>();
  }

  [[nodiscard]] const packed_matrix<W>& weights() const noexcept { return weights_.codes(); }
  [[nodiscard]] const thresholds& channels() const noexcept { return channels_; }
  /// Bytes of weights and thresholds: the model. In memory prepare() adds their panels.
  [[nodiscard]] index_t bytes() const noexcept { return weights().bytes() + channels_.bytes(); }

 private:
  prepared_matrix<W> weights_;
  thresholds channels_;
};

LOWBIT_END

#endif
