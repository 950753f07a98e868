// lowbit/product/prepared_quantized_matrix.hpp – the weights of matmul(), reordered once.
//
// A prepared_matrix is codes without scales; this is codes with their scales. As the right operand of matmul() it gives
// the same result, bit for bit, and no codes are packed during the product.
//
//     const auto w = lowbit::prepare(lowbit::quantize(lowbit::per_group(lowbit::twn<>{}, lowbit::per::row), weights));
//     auto y = lowbit::matmul(x, w);
//
//     const auto w = lowbit::prepare(weights, lowbit::format_of<lowbit::signed_bits<8>>());     for 8-bit left operands
//
// With a scale per block of depth, the scales of 64 rows lie side by side, in 16 bits each if that changes none
// (tensor/half_levels.hpp).
//
// If codes have several planes with one coefficient each, every plane is prepared. A codebook is not prepared: its
// parts are made anew for every product (product/operand_parts.hpp).
//
// The quantized matrix is kept beside the panels, so this takes twice the memory of its codes.
#ifndef LOWBIT_PRODUCT_PREPARED_QUANTIZED_MATRIX_HPP
#define LOWBIT_PRODUCT_PREPARED_QUANTIZED_MATRIX_HPP

#include <span>
#include <vector>

#include "lowbit/product/operand_parts.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"

LOWBIT_BEGIN

/// A quantized matrix and what matmul() makes of its codes. Const and thread-safe. Made by prepare().
template <class E>
class prepared_quantized_matrix {
 public:
  using encoding = E;

  prepared_quantized_matrix() = default;

  [[nodiscard]] index_t rows() const noexcept { return matrix_.rows(); }
  [[nodiscard]] index_t depth() const noexcept { return matrix_.depth(); }
  [[nodiscard]] const packed_matrix<E>& codes() const noexcept { return matrix_.codes(); }
  [[nodiscard]] granularity grain() const noexcept { return matrix_.grain(); }
  /// Codes and scales, as they were.
  [[nodiscard]] const quantized_matrix<E>& matrix() const noexcept { return matrix_; }
  /// Bytes of codes, levels, panels and sums.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = matrix_.bytes();
    for (const auto& part : parts_) sum += part.bytes();
    return sum;
  }
  /// The prepared codes of each part: of all codes, or of each plane of planes<M>. None of codebooks.
  [[nodiscard]] std::span<const detail::product::prepared_rows> parts() const noexcept {
    return parts_;
  }

 private:
  template <class F, executor Where>
  friend prepared_quantized_matrix<F> prepare(quantized_matrix<F> matrix, const code_format& lhs,
                                              const Where& where);

  quantized_matrix<E> matrix_;
  std::vector<detail::product::prepared_rows> parts_;
};

/// Prepares N x K quantized weights, which are moved in, as the right operand of matmul() that runs on `where`. They are
/// packed for left operands whose codes have the format `lhs`, as by prepare() of codes. Other left operands are
/// multiplied, too, perhaps in more time.
/// Cost: one pass over the codes and levels. Allocates panels, bit sums and, for groups of depth, a copy of the levels.
/// Errors: sizes overflow.
template <class E, executor Where = serial_executor>
[[nodiscard]] prepared_quantized_matrix<E> prepare(quantized_matrix<E> matrix,
                                                   const code_format& lhs,
                                                   const Where& where = {}) {
  prepared_quantized_matrix<E> out;
  out.matrix_ = static_cast<quantized_matrix<E>&&>(matrix);
  const packed_view<any_encoding> codes = out.matrix_.codes().view();
  if (codes.format().kind == code_kind::integers)
    out.parts_.push_back(detail::product::prepare_rows(codes, lhs, where));
  else if (codes.format().kind == code_kind::planes)
    for (int p = 0; p < codes.plane_count(); ++p)
      out.parts_.push_back(detail::product::prepare_rows(codes.plane(p), lhs, where));
  const auto levels = detail::product::scaled_codes_of(out.matrix_, codes);
  if (levels.groups() > 1)
    for (std::size_t p = 0; p < out.parts_.size(); ++p)
      detail::product::levels_by_group(levels, static_cast<int>(p), out.parts_[p]);
  return out;
}
/// The same for left operands of as many planes.
template <class E, executor Where = serial_executor>
[[nodiscard]] prepared_quantized_matrix<E> prepare(quantized_matrix<E> matrix,
                                                   const Where& where = {}) {
  const code_format own = matrix.codes().format();
  return prepare(static_cast<quantized_matrix<E>&&>(matrix), own, where);
}

LOWBIT_END

#endif
