// lowbit/tensor/packed_matrix.hpp – the packed tensor: rows x depth codes of one encoding as bits.
//
// It holds codes only; quantized_matrix adds scales. Memory is rows * plane_count * ceil(depth / 64) words. Bits
// that belong to no element are zero: every function that writes keeps this invariant. So equality is equality
// of words, and kernels may read whole words.
//
//     auto m = lowbit::pack<lowbit::ternary>(codes);     from bytes, one code each  (tensor/pack.hpp)
//     auto q = lowbit::quantize(lowbit::sign<>{}, x);     from floats                (encode/quantize.hpp)
//     lowbit::encode(lowbit::sign<>{}, x, m);            into m, which is reused      (encode/encode.hpp)
//     append_row(m, codes);                               grows at the end, amortised  (tensor/pack.hpp)
//     m.append(rows);                                     the same with packed rows
//     m.words()                                          raw words out
//     auto w = lowbit::from_words<E>(words, rows, depth); raw words in, checked       (tensor/words.hpp)
//     lowbit::packed_matrix<any_encoding> m(format, rows, depth);     its format is a value (encoding/format.hpp)
#ifndef LOWBIT_TENSOR_PACKED_MATRIX_HPP
#define LOWBIT_TENSOR_PACKED_MATRIX_HPP

#include <cstring>
#include <span>

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/reset_when_moved.hpp"
#include "lowbit/tensor/packed_view.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

/// The layout of valid sizes, or an error.
inline depth_layout checked_layout(index_t rows, index_t depth, index_t segment) {
  checked_size(rows, "packed_matrix: rows");
  checked_size(depth, "packed_matrix: depth");
  checked_size(segment, "packed_matrix: segment");
  // A segment costs at most one word per element. This bound keeps every product below in range, also for an
  // empty matrix.
  checked_mul(checked_mul(rows > 0 ? rows : 1, 8, "packed_matrix: rows x planes"), depth,
              "packed_matrix: rows x planes x depth");
  const depth_layout layout(depth, segment);
  checked_mul(layout.words(), word_bits, "packed_matrix: words x bits");
  return layout;
}

/// Rows that are added to a matrix must have its layout, and its format.
template <class E>
void require_like(packed_view<E> more, packed_view<E> m) {
  if (more.depth() != m.depth())
    fail("append: the rows are %tdx%td, the matrix is %tdx%td: depth differs", more.rows(),
         more.depth(), m.rows(), m.depth());
  encoding::require_same_format("append", {"the rows are", more.format()},
                                {"the matrix has", m.format()});
  if (!(more.layout() == m.layout()))
    fail(
        "append: the rows are packed in segments of %td, the matrix in segments of %td (0: no "
        "gaps): repack one",
        more.layout().segment(), m.layout().segment());
}

}  // namespace detail::tensor
LOWBIT_END

namespace lowbit {

/// rows x depth codes of encoding E, owned. Default: 0 x 0. New elements have code 0 (which stands for
/// -1 in binary). A matrix of any_encoding that was moved from keeps its format. Errors: negative or huge sizes.
template <class E>
class packed_matrix : private format_holder<E> {
  static_assert(packable_or_any<E>,
                "lowbit::packed_matrix<E>: E must be an encoding (lowbit/encoding/)");

 public:
  using encoding = E;
  using format_holder<E>::format;
  using format_holder<E>::plane_count;

  LOWBIT_INLINE packed_matrix() noexcept {}
  LOWBIT_INLINE packed_matrix(const packed_matrix&) = default;
  LOWBIT_INLINE packed_matrix(packed_matrix&&) noexcept = default;
  LOWBIT_INLINE packed_matrix& operator=(const packed_matrix&) = default;
  LOWBIT_INLINE packed_matrix& operator=(packed_matrix&&) noexcept = default;
  LOWBIT_INLINE ~packed_matrix() = default;
  LOWBIT_INLINE packed_matrix(index_t rows, index_t depth, index_t segment = 0) requires packable<E>
      : packed_matrix(format_holder<E>{}, rows, depth, segment) {}
  /// The format of the codes comes first if it is a value.
  LOWBIT_INLINE packed_matrix(format_holder<E> codes, index_t rows, index_t depth,
                              index_t segment = 0)
      : format_holder<E>(codes),
        storage_(rows * plane_count() *
                 detail::tensor::checked_layout(rows, depth, segment).words()),
        layout_(depth_layout(depth, segment)),
        rows_(rows) {}
  /// The codes of m, which are moved in.
  template <packable F>
  requires std::same_as<E, any_encoding> LOWBIT_INLINE packed_matrix(packed_matrix<F>&& m)
  noexcept
      : format_holder<E>(m.format()),
        storage_(static_cast<buffer<word>&&>(m.storage_)),
        layout_(static_cast<reset_when_moved<depth_layout>&&>(m.layout_)),
        rows_(static_cast<reset_when_moved<index_t>&&>(m.rows_)) {}

  [[nodiscard]] LOWBIT_INLINE index_t rows() const noexcept { return rows_; }
  /// Elements per row.
  [[nodiscard]] LOWBIT_INLINE index_t depth() const noexcept { return layout_->depth(); }
  [[nodiscard]] LOWBIT_INLINE depth_layout layout() const noexcept { return layout_; }
  /// Words of one plane of one row; planes of a row follow each other.
  [[nodiscard]] LOWBIT_INLINE index_t plane_stride() const noexcept { return layout_->words(); }
  /// Words of one row.
  [[nodiscard]] LOWBIT_INLINE index_t row_stride() const noexcept {
    return plane_count() * layout_->words();
  }
  /// Bytes of the codes, rows() * row_stride() * 8.
  [[nodiscard]] LOWBIT_INLINE index_t bytes() const noexcept { return rows_ * row_stride() * 8; }

  [[nodiscard]] LOWBIT_INLINE packed_view<E> view() const noexcept {
    return {static_cast<const format_holder<E>&>(*this),
            storage_.data(),
            rows_,
            layout_,
            row_stride(),
            plane_stride()};
  }
  LOWBIT_INLINE operator packed_view<E>() const noexcept { return view(); }

  /// All words, row after row, plane after plane: bit i of a plane is bit (i mod 64) of word (i / 64).
  [[nodiscard]] LOWBIT_INLINE std::span<const word> words() const noexcept {
    return {storage_.data(), static_cast<std::size_t>(rows_ * row_stride())};
  }
  /// Writable words of one row, for code that keeps the tail bits zero.
  [[nodiscard]] LOWBIT_INLINE word* mutable_row(index_t row) noexcept {
    return storage_.data() + row * row_stride();
  }

  [[nodiscard]] LOWBIT_INLINE code_t code(index_t row, index_t k) const noexcept {
    return view().code(row, k);
  }
  /// Writes one code (it must be a code of the format).
  LOWBIT_INLINE void set_code(index_t row, index_t k, code_t code) noexcept {
    const index_t bit = layout_->bit_index(k);
    const word mask = word{1} << bit % word_bits;
    for (int p = 0; p < plane_count(); ++p) {
      word& w = mutable_row(row)[p * plane_stride() + bit / word_bits];
      w = (code >> p & 1) != 0 ? w | mask : w & ~mask;
    }
  }

  /// Adds `count` rows of code 0 at the end; amortised O(1) per row, views become invalid.
  LOWBIT_INLINE void append_rows(index_t count) {
    const buffer<word> old = make_room(count);
    rows_ = rows_ + count;
  }

  /// Adds packed rows at the end, also rows of this matrix. Amortised O(1) per row; views become invalid. Errors:
  /// rows of another depth or layout; nothing is changed then.
  LOWBIT_INLINE void append(packed_view<E> more) {
    detail::tensor::require_like(more, view());
    const buffer<word> old = make_room(more.rows());  // what `more` may view
    const auto plane_bytes = static_cast<std::size_t>(plane_stride()) * sizeof(word);
    for (index_t r = 0; r < more.rows() && plane_bytes > 0; ++r)
      for (int p = 0; p < plane_count(); ++p)
        std::memcpy(mutable_row(rows_ + r) + p * plane_stride(), more.plane_row(r, p), plane_bytes);
    rows_ = rows_ + more.rows();
  }

  /// Same shape, format, layout and codes.
  [[nodiscard]] LOWBIT_INLINE friend bool operator==(const packed_matrix& a,
                                                     const packed_matrix& b) noexcept {
    return a.rows() == b.rows() && a.layout() == b.layout() && a.format() == b.format() &&
           (a.bytes() == 0 || std::memcmp(a.storage_.data(), b.storage_.data(),
                                          static_cast<std::size_t>(a.bytes())) == 0);
  }

 private:
  template <class F>
  friend class packed_matrix;

  /// Makes room for `count` more rows; memory that must grow at least doubles. Returns the old memory, or nothing.
  [[nodiscard]] LOWBIT_INLINE buffer<word> make_room(index_t count) {
    const index_t needed = detail::checked_mul(
        detail::checked_add(rows_, detail::checked_size(count, "append_rows: count"),
                            "append_rows"),
        row_stride(), "append_rows");
    if (needed <= storage_.size()) return {};
    const index_t doubled = 2 * storage_.size();
    buffer<word> grown(needed > doubled ? needed : doubled);
    if (rows_ * row_stride() > 0)
      std::memcpy(grown.data(), storage_.data(), static_cast<std::size_t>(bytes()));
    storage_.swap(grown);
    return grown;
  }

  buffer<word> storage_;  ///< first: a copy that runs out of memory changes nothing
  reset_when_moved<depth_layout> layout_;
  reset_when_moved<index_t> rows_;
};

}  // namespace lowbit

#endif
