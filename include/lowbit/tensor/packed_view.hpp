// lowbit/tensor/packed_view.hpp – a packed matrix in memory that it does not own.
//
// Row r of an encoding with P planes is P runs of words, plane 0 first:
//
//     data + r * row_stride:   [plane 0: words()][plane 1: words()] ... [plane P-1: words()]
//                               ^ element 0 is bit 0     (plane_stride apart)
//
// Strides are in words. One plane of a multi-plane matrix is an ordinary view with a longer row stride.
//
// packed_view<any_encoding> views codes of any format (encoding/format.hpp): every other view converts to it.
#ifndef LOWBIT_TENSOR_PACKED_VIEW_HPP
#define LOWBIT_TENSOR_PACKED_VIEW_HPP

#include "lowbit/core/error.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/tensor/depth_layout.hpp"

namespace lowbit {

/// Codes of E may be packed, or E is any_encoding.
template <class E>
concept packable_or_any = packable<E> || std::same_as<E, any_encoding>;

template <class E>
class packed_matrix;

/// rows x depth elements of encoding E, read-only. Made by packed_matrix, or around foreign words with
/// view_words() (tensor/words.hpp), which checks them.
template <class E>
class packed_view : private format_holder<E> {
  static_assert(packable_or_any<E>,
                "lowbit::packed_view<E>: E must be an encoding (lowbit/encoding/)");

 public:
  using encoding = E;
  using format_holder<E>::format;
  using format_holder<E>::plane_count;

  LOWBIT_INLINE packed_view() noexcept {}
  /// The format of the codes comes first if it is a value.
  LOWBIT_INLINE packed_view(format_holder<E> codes, const word* data, index_t rows,
                            depth_layout layout, index_t row_stride, index_t plane_stride) noexcept
      : format_holder<E>(codes),
        data_(data),
        rows_(rows),
        row_stride_(row_stride),
        plane_stride_(plane_stride),
        layout_(layout) {}
  template <packable F>
  requires std::same_as<E, any_encoding> LOWBIT_INLINE packed_view(packed_view<F> m)
  noexcept
      : packed_view(m.format(), m.data(), m.rows(), m.layout(), m.row_stride(), m.plane_stride()) {}
  template <packable F>
  requires std::same_as<E, any_encoding> LOWBIT_INLINE packed_view(const packed_matrix<F>& m)
  noexcept : packed_view(m.view()) {}
  LOWBIT_INLINE packed_view(const word* data, index_t rows, depth_layout layout, index_t row_stride,
                            index_t plane_stride) noexcept requires packable<E>
      : packed_view({}, data, rows, layout, row_stride, plane_stride) {}

  [[nodiscard]] LOWBIT_INLINE const word* data() const noexcept { return data_; }
  [[nodiscard]] LOWBIT_INLINE index_t rows() const noexcept { return rows_; }
  /// Elements per row.
  [[nodiscard]] LOWBIT_INLINE index_t depth() const noexcept { return layout_.depth(); }
  [[nodiscard]] LOWBIT_INLINE depth_layout layout() const noexcept { return layout_; }
  [[nodiscard]] LOWBIT_INLINE index_t row_stride() const noexcept { return row_stride_; }
  [[nodiscard]] LOWBIT_INLINE index_t plane_stride() const noexcept { return plane_stride_; }

  /// The words of one plane of one row, layout().words() of them.
  [[nodiscard]] LOWBIT_INLINE const word* plane_row(index_t row, int plane) const noexcept {
    return data_ + row * row_stride_ + plane * plane_stride_;
  }
  /// The code of element k of a row.
  [[nodiscard]] LOWBIT_INLINE code_t code(index_t row, index_t k) const noexcept {
    const index_t bit = layout_.bit_index(k);
    unsigned code = 0;
    for (int p = 0; p < plane_count(); ++p)
      code |= static_cast<unsigned>(plane_row(row, p)[bit / word_bits] >> bit % word_bits & 1) << p;
    return static_cast<code_t>(code);
  }
  /// Rows first ... first + count - 1.
  [[nodiscard]] LOWBIT_INLINE packed_view rows(index_t first, index_t count) const noexcept {
    packed_view part = *this;
    part.data_ = detail::advanced(data_, first * row_stride_);
    part.rows_ = count;
    return part;
  }
  /// Plane p of a multi-plane matrix as a matrix of its own.
  [[nodiscard]] LOWBIT_INLINE auto plane(int p) const noexcept requires multi_plane_code<E> {
    return packed_view<typename E::plane>(detail::advanced(data_, p * plane_stride_), rows_,
                                          layout_, row_stride_, plane_stride_);
  }
  [[nodiscard]] LOWBIT_INLINE packed_view
  plane(int p) const noexcept requires std::same_as<E, any_encoding> {
    return {format().part(), detail::advanced(data_, p * plane_stride_),
            rows_,           layout_,
            row_stride_,     plane_stride_};
  }

 private:
  const word* data_ = nullptr;
  index_t rows_ = 0;
  index_t row_stride_ = 0;
  index_t plane_stride_ = 0;
  depth_layout layout_;
};

}  // namespace lowbit

LOWBIT_BEGIN
/// The same codes, whose encoding is E. Errors: they are of another format.
template <packable E>
[[nodiscard]] packed_view<E> view_as(const packed_view<any_encoding>& m) {
  detail::encoding::require_same_format("view_as", {"the operand has", m.format()},
                                        {"the result has", format_of<E>()});
  return {m.data(), m.rows(), m.layout(), m.row_stride(), m.plane_stride()};
}

LOWBIT_END

#endif
