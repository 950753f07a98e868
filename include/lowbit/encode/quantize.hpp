// lowbit/encode/quantize.hpp – floats to packed codes with their scales, in one pass.
//
//     auto w = lowbit::quantize(lowbit::twn<>{}, weights);                        one scale
//     auto w = lowbit::quantize(per_group(twn<>{}, per::row), weights);           one per row
//     auto w = lowbit::quantize(per_group(twn<>{}, per::group<64>), weights);     one per 64 elements
//     auto w = lowbit::quantize(per_group(syq<>{}, per::pixel<32>), weights);     one per pixel of 3x3x32 kernels
//     auto a = lowbit::quantize(lowbit::stochastic_sign<>{}, x, random_stream(seed));
//     auto a = lowbit::quantize(lowbit::sign<>{}, x, on(isa::avx2{}));            where it runs comes last
//
// A quantizer with fit() is fitted first, to the tensor or to each group. One with fit_layer() sees the whole tensor
// before. One without either is used as it is. Then every element is encoded and packed: see encode/encode.hpp, which
// also packs into existing memory, or with a quantizer that was fitted earlier.
//
// x may have 0 rows or columns.
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

/// The block of x that one scale belongs to: a group of one row, or of all rows.
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
template <executor Where, quantizer Q, class... Stream>
[[nodiscard]] quantized_matrix<typename Q::encoding> quantize_to(const Where& where,
                                                                 const Q& prototype,
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
  const bool shared = grain.shares_rows();
  for (index_t i = 0; i < levels.size(); ++i) {
    const index_t row = shared ? 0 : i / groups, first = (shared ? i : i % groups) * extent;
    const matrix_view<const float> block =
        block_of(x, row, shared ? x.rows() : 1, first, min_of(extent, x.cols() - first));
    const Q fit = fit_block(q, block);
    levels[i] = fit.levels();
    encode_source(where, fit, matrix_source{block, row, first}, codes, stream...);
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
/// The quantizer's type. A trait, not the type of prototype_of(): so a compiler says what Q lacks.
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

/// Q is a quantizer or per_group of one; what may follow the operands is as in encodes_with.
template <class Q, class... Options>
concept quantizes_with = encodes_with<detail::encoders::policy_of<Q>, Options...>;

/// The codes and levels of a rows x depth matrix: quantized_matrix<encoding>. A quantizer alone has one scale,
/// per_group(q, grain) one per row, token, group of the depth, pixel or row of a kernel (quantize/granularity.hpp).
/// Fits run on the caller's thread; the codes of one scale are made in parts where that is worth threads. Allocates
/// the result, and a copy of each block that has gaps between its rows. Errors: those of validate() and fit(); the
/// ISA is not there.
template <class Q, class... Options>
requires quantizes_with<Q, Options...>
[[nodiscard]] auto quantize(const Q& q, matrix_view<const float> x, const Options&... options) {
  const auto run = [&](const auto& where, const auto&... stream) {
    return detail::encoders::quantize_to(where, detail::encoders::prototype_of(q),
                                         detail::encoders::grain_of(q), x, stream...);
  };
  return detail::encoders::with_options(run, options...);
}

/// One row of floats, for example a vector of activations: a 1 x n matrix. Otherwise as above.
template <class Q, class... Options>
requires quantizes_with<Q, Options...>
[[nodiscard]] auto quantize(const Q& q, std::span<const float> row, const Options&... options) {
  return quantize(q, matrix_view<const float>(row.data(), 1, static_cast<index_t>(row.size())),
                  options...);
}

LOWBIT_END

#endif
