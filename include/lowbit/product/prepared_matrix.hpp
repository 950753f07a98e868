// lowbit/product/prepared_matrix.hpp – the constant operand of a product, reordered once.
//
// Weights are multiplied many times. prepare() does once what every product would do. It puts the codes in the order in
// which this machine's kernel reads them (kernel/bits/panels.hpp), and sums the bits of the rows. gemm() takes a
// prepared matrix as its right operand, linear as its weights, with the same result. matmul() takes a prepared
// quantized matrix (product/prepared_quantized_matrix.hpp).
//
//     const auto w = lowbit::prepare(weights.codes());
//     auto c = lowbit::gemm(a, w);
//
// Which kernel is fastest depends on both formats. prepare() assumes left operands of the same format, or takes theirs:
//
//     const auto w = lowbit::prepare(ternary_codes, format_of<signed_bits<8>>());
//
// A matrix that grows (the database of a search) is prepared once, and append() adds rows at the end. That costs
// what the new rows cost, on average. The result is that of preparing all rows at once.
//
//     w.append(more);
//
// The plain codes are kept beside the panels, for ISAs without panels and for products of a few rows. So a prepared
// matrix takes twice the memory of the packed one (five times with look-up panels).
#ifndef LOWBIT_PRODUCT_PREPARED_MATRIX_HPP
#define LOWBIT_PRODUCT_PREPARED_MATRIX_HPP

#include <span>

#include "lowbit/kernel/bits/bit_sums.hpp"
#include "lowbit/product/route.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// Memory for `needed` elements, at least twice the old size, with the first `used` old elements; empty if the old
/// memory suffices.
template <class T>
[[nodiscard]] buffer<T> more_room(const buffer<T>& have, index_t used, index_t needed) {
  if (needed <= have.size()) return {};
  buffer<T> grown(needed < 2 * have.size() ? 2 * have.size() : needed);
  if (used > 0) std::memcpy(grown.data(), have.data(), static_cast<std::size_t>(used) * sizeof(T));
  return grown;
}

/// Panels and bit sums of the rows of a constant operand. Both buffers may be longer than the rows need.
struct prepared_rows {
  panel_buffer panels{};
  buffer<std::uint32_t>
      bit_sums{};  ///< of each row, weighted, over the whole depth (kernel/bits/bit_sums.hpp)
  buffer<float> scales{};   ///< per group of depth and row, if a quantized matrix has groups
  buffer<float> offsets{};  ///< the same, if it has offsets as well
  buffer<std::uint16_t>
      half_scales{};  ///< instead of both, where nothing else is needed (tensor/half_levels.hpp)

  [[nodiscard]] index_t bytes() const noexcept {
    return panels.bytes.size() + 4 * (bit_sums.size() + scales.size() + offsets.size()) +
           2 * half_scales.size();
  }
};

/// What `have` holds for `before` rows, in memory for `after` rows; a buffer is empty if that of `have` suffices. A
/// few rows may have narrower panels than many rows. Then no panel is kept, once in the life of a matrix that grows.
[[nodiscard]] inline prepared_rows room_for(const kernel::panel_format& format,
                                            const prepared_rows& have, index_t before,
                                            index_t after) {
  prepared_rows out{{format, {}}, {}};
  const index_t needed = panel_bytes(format.layout, after);
  out.panels.bytes = format == have.panels.format
                         ? more_room(have.panels.bytes, panel_bytes(format.layout, before), needed)
                         : buffer<std::uint8_t>(needed);
  out.bit_sums = more_room(have.bit_sums, before, after);
  return out;
}

/// Prepares the rows of m from `before` on, in the memory that was made for them; `have` holds the others.
template <isa_tag Isa>
void prepare_rest(Isa isa, const packed_view<any_encoding>& m, index_t before, prepared_rows room,
                  prepared_rows& have) noexcept {
  const bool same = room.panels.format == have.panels.format;
  if (same && room.panels.bytes.size() == 0) room.panels.bytes.swap(have.panels.bytes);
  if (room.bit_sums.size() == 0) room.bit_sums.swap(have.bit_sums);
  const kernel::operand rows{m.data(), m.rows(), m.row_stride(), m.plane_stride()};
  fill_panels(m.format(), rows, same ? before : 0, room.panels);
  const auto bit_sum = kernel::bit_sum_on(isa);
  for (index_t r = before; r < m.rows(); ++r)
    room.bit_sums[r] = bit_sum(m.format(), rows, r, m.layout().words());
  have = static_cast<prepared_rows&&>(room);
}

/// All rows of m, for the ISA and the families of `where`, and for left operands of a format (parts of codes: of one of
/// their own).
template <executor Where>
[[nodiscard]] prepared_rows prepare_rows(const packed_view<any_encoding>& m, const code_format& lhs,
                                         const Where& where) {
  const auto isa = isa_of(where);
  const code_format rhs = m.format().part(), left = lhs.part();
  const kernel::rhs_shape shape{m.rows(), m.layout().words(), rhs.plane_count,
                                m.layout().word_depth()};
  const kernel::factors of(left, rhs);
  const auto* const packer =
      packer_among(methods_of<families_of<Where>>(isa), of,
                   {0, shape.rows, shape.words, left.plane_count, of.rule.term_count,
                    rhs.plane_count, 1, shape.word_depth});
  require_fitting("prepare", packer, {m.data(), m.rows(), m.row_stride(), m.plane_stride()},
                  m.layout());
  const auto format =
      panel_format_of(packer, {shape.rows, shape.words, m.plane_count(), shape.word_depth});
  prepared_rows out;
  prepare_rest(isa, m, 0, room_for(format, out, 0, m.rows()), out);
  return out;
}

}  // namespace detail::product

/// Codes, panels and bit sums of one operand. Const and thread-safe. Made by prepare().
template <class E>
class prepared_matrix {
 public:
  using encoding = E;

  prepared_matrix() = default;

  [[nodiscard]] index_t rows() const noexcept { return codes_.rows(); }
  [[nodiscard]] index_t depth() const noexcept { return codes_.depth(); }
  [[nodiscard]] const packed_matrix<E>& codes() const noexcept { return codes_; }
  /// Bytes of codes, and of the memory of panels and sums.
  [[nodiscard]] index_t bytes() const noexcept { return codes_.bytes() + made_.bytes(); }
  [[nodiscard]] const detail::product::panel_buffer& panels() const noexcept {
    return made_.panels;
  }
  /// The weighted bit count of each row over the whole depth (kernel/bits/bit_sums.hpp).
  [[nodiscard]] std::span<const std::uint32_t> bit_sums() const noexcept {
    return {made_.bit_sums.data(), static_cast<std::size_t>(rows())};
  }

  /// Adds packed rows at the end, also rows of this matrix. The bytes are those of preparing all rows at once, on the
  /// ISA that this matrix was prepared for. Amortised O(1) per row; memory that must grow at least doubles. Views,
  /// panels and sums become invalid. Errors: rows of another depth or layout; codes that the family of the panels
  /// does not take; nothing is changed then.
  void append(packed_view<E> more) {
    using namespace detail;
    tensor::require_like(more, codes_.view());
    product::require_fitting("append", made_.panels.format.packer,
                             {more.data(), more.rows(), more.row_stride(), more.plane_stride()},
                             more.layout());
    const index_t before = rows(), after = checked_add(before, more.rows(), "append: rows");
    const auto format = product::panel_format_of(
        made_.panels.format.packer,
        {after, codes_.layout().words(), codes_.plane_count(), codes_.layout().word_depth()});
    product::prepared_rows room = product::room_for(format, made_, before, after);
    codes_.append(more);  // the last that may fail
    product::prepare_rest(isa_, codes_.view(), before, static_cast<product::prepared_rows&&>(room),
                          made_);
  }

 private:
  template <class F, executor Where>
  friend prepared_matrix<F> prepare(packed_matrix<F> codes, const code_format& lhs,
                                    const Where& where);

  packed_matrix<E> codes_;
  detail::product::prepared_rows made_;
  any_isa isa_ = isa::scalar{};
};

/// Prepares N x K codes, which are moved in, as the right operand of products that run on `where`. They are packed for
/// its ISA, and for the family that multiplies many rows of left operands of the format `lhs` in the least time. Left
/// operands of every other format are multiplied, too, perhaps by another family. Cost: one pass over the codes.
/// Allocates the panels and the bit sums; no codes are copied. Errors: sizes overflow; codes that the family does not
/// take (its header says so).
template <class E, executor Where = serial_executor>
[[nodiscard]] prepared_matrix<E> prepare(packed_matrix<E> codes, const code_format& lhs,
                                         const Where& where = {}) {
  prepared_matrix<E> out;
  out.codes_ = static_cast<packed_matrix<E>&&>(codes);
  out.made_ = detail::product::prepare_rows(out.codes_.view(), lhs, where);
  out.isa_ = detail::isa_of(where);
  return out;
}
/// The same for left operands of as many planes.
template <class E, executor Where = serial_executor>
[[nodiscard]] prepared_matrix<E> prepare(packed_matrix<E> codes, const Where& where = {}) {
  const code_format own = codes.format();
  return prepare(static_cast<packed_matrix<E>&&>(codes), own, where);
}

LOWBIT_END

#endif
