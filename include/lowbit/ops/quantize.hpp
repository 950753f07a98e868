// lowbit/ops/quantize.hpp – real numbers to packed codes with their scales, in one pass.
//
//     auto w = lowbit::quantize(lowbit::twn<>{}, weights);                        one scale
//     auto w = lowbit::quantize(per_group(twn<>{}, per::row), weights);           one a row
//     auto w = lowbit::quantize(per_group(twn<>{}, per::group<64>), weights);     one a 64 elements
//     auto a = lowbit::quantize(lowbit::stochastic_sign<>{}, x, random_stream(seed));
//
// A quantizer with fit() is fitted first, to the tensor or to each group; one without is used as it is.
// Stochastic quantizers take their uniforms from the stream: element (r, c) uses number r * cols + c,
// so the result does not depend on threads or ISA. The scalar encode() is the only formula.
//
// Errors: what fit() reports. x may have 0 rows or columns.
#ifndef LOWBIT_OPS_QUANTIZE_HPP
#define LOWBIT_OPS_QUANTIZE_HPP

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/pack.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::ops {

/// The fitted quantizer of one group, or q itself.
template <quantizer Q>
[[nodiscard]] Q fit_group(const Q& q, std::span<const float> group) {
  if constexpr (fitted<Q>)
    return q.fit(group);
  else
    return q;
}

/// All elements in one span: x itself if its rows have no gaps, else a copy.
class contiguous {
 public:
  explicit contiguous(matrix_view<const float> x) {
    const auto size = static_cast<std::size_t>(x.rows() * x.cols());
    if (x.row_stride() == x.cols() || x.rows() <= 1) {
      elements_ = {x.data(), size};
      return;
    }
    copy_ = buffer<float>(x.rows() * x.cols());
    for (index_t r = 0; r < x.rows() && x.cols() > 0; ++r)
      std::memcpy(copy_.data() + r * x.cols(), x.row(r).data(), x.row(r).size_bytes());
    elements_ = {copy_.data(), size};
  }
  [[nodiscard]] std::span<const float> elements() const noexcept { return elements_; }

 private:
  buffer<float> copy_;
  std::span<const float> elements_;
};

/// Encodes one run of a row and packs it at the run's words.
template <isa_tag Tag, quantizer Q>
void encode_run(Tag tag, const Q& q, std::span<const float> x, const random_stream* stream,
                index_t first_number, kernel::plane_words out) {
  const auto n = static_cast<index_t>(x.size());
  constexpr int planes = Q::encoding::plane_count;
  if constexpr (stochastic_quantizer<Q>) {
    buffer<float> u(n);
    for (index_t i = 0; i < n; ++i) u[i] = stream->uniform(first_number + i);
    kernel::encode_and_pack(tag, kernel::encode_row_with<Q>{q, x.data(), u.data()}, n, planes, out);
  } else {
    static_cast<void>(stream);
    static_cast<void>(first_number);
    kernel::encode_and_pack(tag, kernel::encode_row<Q>{q, x.data()}, n, planes, out);
  }
}

/// The whole of quantize(): fit per group, encode, pack.
template <isa_tag Tag, quantizer Q>
[[nodiscard]] quantized_matrix<typename Q::encoding> quantize_on(Tag tag, const Q& q,
                                                                 granularity grain,
                                                                 matrix_view<const float> x,
                                                                 const random_stream* stream) {
  using encoding = typename Q::encoding;
  const bool whole = grain.kind == granularity::map::tensor;
  const bool grouped = grain.kind == granularity::map::group;
  const index_t group = grouped ? grain.group_size : x.cols();
  const index_t groups = grouped && x.cols() > 0 ? ceil_div(x.cols(), group) : 1;
  packed_matrix<encoding> codes(x.rows(), x.cols(), grouped ? group : 0);
  buffer<affine> levels(whole ? 1 : checked_mul(x.rows(), groups, "quantize: rows x groups"));
  const Q tensor_fit = whole ? fit_group(q, contiguous(x).elements()) : q;
  if (whole) levels[0] = tensor_fit.levels();
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t g = 0; g < groups; ++g) {
      const index_t first = g * group;
      const auto part = x.row(r).subspan(
          static_cast<std::size_t>(first),
          static_cast<std::size_t>(x.cols() - first < group ? x.cols() - first : group));
      const Q fit = whole ? tensor_fit : fit_group(q, part);
      if (!whole) levels[r * groups + g] = fit.levels();
      encode_run(
          tag, fit, part, stream, r * x.cols() + first,
          {codes.mutable_row(r) + codes.layout().bit(first) / word_bits, codes.plane_stride()});
    }
  return {static_cast<packed_matrix<encoding>&&>(codes), grain,
          static_cast<buffer<affine>&&>(levels)};
}

}  // namespace detail::ops

/// One scale for the tensor.
template <isa_tag Tag, quantizer Q>
requires deterministic_quantizer<Q>
[[nodiscard]] auto quantize(Tag tag, const Q& q, matrix_view<const float> x) {
  return detail::ops::quantize_on(tag, q, per::tensor, x, nullptr);
}
template <quantizer Q>
requires deterministic_quantizer<Q>
[[nodiscard]] auto quantize(const Q& q, matrix_view<const float> x) {
  return with_isa([&](isa_tag auto tag) { return quantize(tag, q, x); });
}

/// One scale for each row, token or group.
template <isa_tag Tag, quantizer Q>
requires deterministic_quantizer<Q>
[[nodiscard]] auto quantize(Tag tag, const per_group<Q>& q, matrix_view<const float> x) {
  return detail::ops::quantize_on(tag, q.prototype, q.grain, x, nullptr);
}
template <quantizer Q>
requires deterministic_quantizer<Q>
[[nodiscard]] auto quantize(const per_group<Q>& q, matrix_view<const float> x) {
  return with_isa([&](isa_tag auto tag) { return quantize(tag, q, x); });
}

/// A stochastic quantizer with its random numbers.
template <isa_tag Tag, quantizer Q>
requires stochastic_quantizer<Q>
[[nodiscard]] auto quantize(Tag tag, const Q& q, matrix_view<const float> x,
                            const random_stream& stream) {
  return detail::ops::quantize_on(tag, q, per::tensor, x, &stream);
}
template <quantizer Q>
requires stochastic_quantizer<Q>
[[nodiscard]] auto quantize(const Q& q, matrix_view<const float> x, const random_stream& stream) {
  return with_isa([&](isa_tag auto tag) { return quantize(tag, q, x, stream); });
}

LOWBIT_END

#endif
