// lowbit/encode/quantize.hpp – real numbers to packed codes with their scales, in one pass.
//
//     auto w = lowbit::quantize(lowbit::twn<>{}, weights);                        one scale
//     auto w = lowbit::quantize(per_group(twn<>{}, per::row), weights);           one a row
//     auto w = lowbit::quantize(per_group(twn<>{}, per::group<64>), weights);     one a 64 elements
//     auto w = lowbit::quantize(per_group(syq<>{}, per::pixel<32>), weights);     one a pixel of 3x3x32 kernels
//     auto a = lowbit::quantize(lowbit::stochastic_sign<>{}, x, random_stream(seed));
//
// A quantizer with fit() is fitted first, to the tensor or to each group; one with fit_layer() sees the
// whole tensor before; one without either is used as it is.
// Then every element is encoded and packed, see encode/encode.hpp: which is also the way to pack into
// memory that is there already, or with a quantizer that was fitted before.
//
// Errors: what validate() and fit() report. x may have 0 rows or columns.
#ifndef LOWBIT_ENCODE_QUANTIZE_HPP
#define LOWBIT_ENCODE_QUANTIZE_HPP

#include "lowbit/encode/encode.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::encoders {

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

/// The block of x that one scale belongs to: a group of one row, or of all.
[[nodiscard]] inline matrix_view<const float> block_of(matrix_view<const float> x, index_t row,
                                                       index_t rows, index_t first, index_t size) {
  return {x.data() == nullptr ? nullptr : x.data() + row * x.row_stride() + first, rows, size,
          x.row_stride()};
}

/// Fitted to the block, or q itself.
template <quantizer Q>
[[nodiscard]] Q fit_block(const Q& q, matrix_view<const float> block) {
  if constexpr (fitted<Q>)
    return q.fit(contiguous(block).elements());
  else
    return q;
}

/// The whole of quantize(): fit per group, encode, pack.
template <isa_tag Tag, quantizer Q, class... Stream>
[[nodiscard]] quantized_matrix<typename Q::encoding> quantize_on(Tag tag, const Q& prototype,
                                                                 granularity grain,
                                                                 matrix_view<const float> x,
                                                                 const Stream&... stream) {
  using encoding = typename Q::encoding;
  validate(prototype);
  const index_t extent = grain.extent(x.cols());
  const index_t groups = grain.grouped() && x.cols() > 0 ? ceil_div(x.cols(), extent) : 1;
  packed_matrix<encoding> codes(x.rows(), x.cols(), grain.grouped() ? extent : 0);
  buffer<levels_of<encoding>> levels(
      checked_mul(grain.shares_rows() ? 1 : x.rows(), groups, "quantize: rows x groups"));
  Q q = prototype;
  if constexpr (layer_fitted<Q>) q = prototype.fit_layer(contiguous(x).elements());
  const auto size = [&](index_t g) {
    const index_t rest = x.cols() - g * extent;
    return rest < extent ? rest : extent;
  };
  const bool shared = grain.shares_rows();
  const index_t rows_of_scale = shared ? x.rows() : 1;
  for (index_t i = 0; i < levels.size(); ++i) {
    const index_t first_row = shared ? 0 : i / groups, g = shared ? i : i % groups;
    const index_t first = g * extent;
    const matrix_view<const float> block = block_of(x, first_row, rows_of_scale, first, size(g));
    const Q fit = fit_block(q, block);
    levels[i] = fit.levels();
    const auto runs = [&](const auto& encode_run) {
      for (index_t r = 0; r < rows_of_scale; ++r)
        encode_run(block.row(r), (first_row + r) * x.cols() + first,
                   {codes.mutable_row(first_row + r) + codes.layout().bit_index(first) / word_bits,
                    codes.plane_stride()});
    };
    encode_runs(tag, fit, rows_of_scale * size(g), runs, stream...);
  }
  return {static_cast<packed_matrix<encoding>&&>(codes), grain,
          static_cast<buffer<levels_of<encoding>>&&>(levels)};
}

/// A quantizer, or one with a granularity: what quantize() takes, as its parts.
template <quantizer Q>
[[nodiscard]] const Q& prototype_of(const Q& q) noexcept {
  return q;
}
template <class Q>
[[nodiscard]] const Q& prototype_of(const per_group<Q>& q) noexcept {
  return q.prototype;
}
template <quantizer Q>
[[nodiscard]] granularity grain_of(const Q&) noexcept {
  return per::tensor;
}
template <class Q>
[[nodiscard]] granularity grain_of(const per_group<Q>& q) noexcept {
  return q.grain;
}
/// The quantizer's type. A trait, not prototype_of's result: so a compiler says what Q lacks.
template <class Q>
struct policy {
  using type = Q;
};
template <class Q>
struct policy<per_group<Q>> {
  using type = Q;
};
template <class Q>
using policy_of = typename policy<Q>::type;

}  // namespace detail::encoders

/// Q, a quantizer or per_group of one, quantizes with what else is passed: see encodes_with.
template <class Q, class... Stream>
concept quantizes_with = encodes_with<detail::encoders::policy_of<Q>, Stream...>;

/// The codes and levels of a rows x depth matrix; see the head of this file.
template <isa_tag Tag, class Q, class... Stream>
requires quantizes_with<Q, Stream...>
[[nodiscard]] auto quantize(Tag tag, const Q& q, matrix_view<const float> x,
                            const Stream&... stream) {
  return detail::encoders::quantize_on(tag, detail::encoders::prototype_of(q),
                                       detail::encoders::grain_of(q), x, stream...);
}
template <class Q, class... Stream>
requires quantizes_with<Q, Stream...>
[[nodiscard]] auto quantize(const Q& q, matrix_view<const float> x, const Stream&... stream) {
  return quantize(chosen_isa(), q, x, stream...);
}

/// One row of numbers, for example a vector of activations: a 1 x n matrix.
template <class Q, class... Stream>
requires quantizes_with<Q, Stream...>
[[nodiscard]] auto quantize(const Q& q, std::span<const float> row, const Stream&... stream) {
  return quantize(q, matrix_view<const float>(row.data(), 1, static_cast<index_t>(row.size())),
                  stream...);
}

LOWBIT_END

#endif
