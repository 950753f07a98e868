// lowbit/tensor/quantized_matrix.hpp – a packed matrix with the scales that turn its codes into floats.
//
//     float(r, k) = scale(r, g) * value(code(r, k)) + offset(r, g)        g = k / group size
//
// There is one scale and one offset per tensor, per row, per group of a row, or per group of all rows
// (quantize/granularity.hpp). Codes that do not stand for integers have one coefficient per plane or a table
// instead (encoding/levels.hpp). For codes that do, the sum over each group of a row is stored, too. A product
// multiplies the offset of one operand by the sums of the other, and the sums are cheap when packing.
#ifndef LOWBIT_TENSOR_QUANTIZED_MATRIX_HPP
#define LOWBIT_TENSOR_QUANTIZED_MATRIX_HPP

#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/bits/bit_sums.hpp"
#include "lowbit/quantize/granularity.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

/// sums(r * groups + g) = the sum of the values of group g of row r, from the bit counts.
template <class E, isa_tag Tag>
void add_group_sums(Tag tag, packed_view<E> m, index_t group, index_t groups,
                    std::int32_t* sums) noexcept {
  const auto bit_sum = kernel::bit_sum_on(tag);
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t g = 0; g < groups; ++g) {
      const index_t first = g * group;
      const index_t size = m.depth() - first < group ? m.depth() - first : group;
      if (size <= 0) continue;
      const kernel::operand from{m.data() + m.layout().bit_index(first) / word_bits, m.rows(),
                                 m.row_stride(), m.plane_stride()};
      sums[r * groups + g] = static_cast<std::int32_t>(
          bit_sum(format_of<E>(), from, r, ceil_div(size, word_bits)) +
          static_cast<std::uint32_t>(size) * static_cast<std::uint32_t>(E::offset));
    }
}
template <class E>
void add_group_sums(packed_view<E> m, index_t group, index_t groups, std::int32_t* sums) {
  add_group_sums(chosen_isa(), m, group, groups, sums);
}

/// The granularity, if every group of it starts at a word of such a layout.
inline granularity checked_grain(granularity grain, depth_layout layout) {
  const bool grouped = grain.grouped();
  if (grouped && grain.group_size < 1)
    fail("quantized_matrix: a group of %td elements: it must have at least 1", grain.group_size);
  if (!(layout == depth_layout(layout.depth(), grouped ? grain.group_size : 0)))
    fail(
        "quantized_matrix: codes in segments of %td, scales per %td of %td elements: repack the "
        "codes so that every group begins a word",
        layout.segment(), grouped ? grain.group_size : layout.depth(), layout.depth());
  return grain;
}

/// Groups along depth.
[[nodiscard]] LOWBIT_INLINE constexpr index_t groups_of(granularity grain, index_t depth) noexcept {
  return !grain.grouped() || depth == 0 ? 1 : (depth - 1) / grain.group_size + 1;
}

inline void require_levels(index_t levels, index_t expected, index_t rows, index_t depth) {
  if (levels != expected)
    fail("quantized_matrix: %td levels for %tdx%td codes: this granularity needs %td", levels, rows,
         depth, expected);
}

}  // namespace detail::tensor
LOWBIT_END

namespace lowbit {

/// Codes, granularity, scales, offsets, sums. Made by quantize(); or from parts, which are checked.
template <class E>
class quantized_matrix {
  static_assert(packable<E>,
                "lowbit::quantized_matrix<E>: E must be an encoding (lowbit/encoding/)");

 public:
  using encoding = E;
  /// What turns a code into a float: affine, plane_levels<M> or level_table<K>.
  using level_type = levels_of<E>;

  LOWBIT_INLINE quantized_matrix() noexcept {}
  LOWBIT_INLINE quantized_matrix(const quantized_matrix&) = default;
  LOWBIT_INLINE quantized_matrix(quantized_matrix&&) noexcept = default;
  LOWBIT_INLINE quantized_matrix& operator=(quantized_matrix other) noexcept {
    codes_ = static_cast<packed_matrix<E>&&>(other.codes_);
    grain_ = other.grain_;
    levels_.swap(other.levels_);
    sums_.swap(other.sums_);
    has_offsets_ = other.has_offsets_;
    largest_level_ = other.largest_level_;
    return *this;
  }
  LOWBIT_INLINE ~quantized_matrix() = default;
  /// Entries of `levels`: one for per::tensor, rows for per::row and per::token, rows x groups (row by row) for
  /// per::group, groups for per::pixel. Errors: another number of levels; codes whose segments are not the
  /// groups; a group size below 1.
  LOWBIT_INLINE quantized_matrix(packed_matrix<E> codes, granularity grain,
                                 buffer<level_type> levels)
      : codes_(static_cast<packed_matrix<E>&&>(codes)),
        grain_(detail::tensor::checked_grain(grain, codes_.layout())),
        levels_(static_cast<buffer<level_type>&&>(levels)),
        sums_(plane_code<E> ? codes_.rows() * groups() : 0) {
    detail::tensor::require_levels(levels_.size(),
                                   (grain.shares_rows() ? 1 : codes_.rows()) * groups(),
                                   codes_.rows(), codes_.depth());
    if constexpr (plane_code<E>) {
      for (index_t i = 0; i < levels_.size(); ++i)
        if (levels_[i].offset != 0) has_offsets_ = true;
      detail::tensor::add_group_sums(codes_.view(), grain.extent(codes_.depth()), groups(),
                                     sums_.data());
    }
    largest_level_ = detail::encoding::largest_magnitude(
        floats(), levels_.size() * level_floats(format_of<E>()));
  }

  [[nodiscard]] LOWBIT_INLINE index_t rows() const noexcept { return codes_.rows(); }
  [[nodiscard]] LOWBIT_INLINE index_t depth() const noexcept { return codes_.depth(); }
  [[nodiscard]] LOWBIT_INLINE const packed_matrix<E>& codes() const& noexcept { return codes_; }
  /// The codes of a temporary are moved out: `auto c = quantize(q, x).codes()` owns them.
  [[nodiscard]] LOWBIT_INLINE packed_matrix<E> codes() && noexcept {
    return static_cast<packed_matrix<E>&&>(codes_);
  }
  [[nodiscard]] LOWBIT_INLINE granularity grain() const noexcept { return grain_; }
  /// Groups along depth: 1 unless per::group or per::pixel.
  [[nodiscard]] LOWBIT_INLINE index_t groups() const noexcept {
    return detail::tensor::groups_of(grain_, codes_.depth());
  }
  /// The group that element k belongs to.
  [[nodiscard]] LOWBIT_INLINE index_t group_of(index_t k) const noexcept {
    return grain_->grouped() ? k / grain_->group_size : 0;
  }
  [[nodiscard]] LOWBIT_INLINE const level_type& levels(index_t row,
                                                       index_t group = 0) const noexcept {
    return levels_[(grain_->shares_rows() ? 0 : row * groups()) + group];
  }
  [[nodiscard]] LOWBIT_INLINE float scale(index_t row,
                                          index_t group = 0) const noexcept requires plane_code<E> {
    return levels(row, group).scale;
  }
  [[nodiscard]] LOWBIT_INLINE float offset(index_t row, index_t group = 0) const noexcept requires
      plane_code<E> {
    return levels(row, group).offset;
  }
  /// The floats of all levels: granule after granule, as in the matrix of any_encoding.
  [[nodiscard]] LOWBIT_INLINE const std::byte* floats() const noexcept {
    static_assert(sizeof(level_type) ==
                  sizeof(float) * static_cast<std::size_t>(level_floats(format_of<E>())));
    return reinterpret_cast<const std::byte*>(levels_.data());
  }
  /// The largest magnitude of these floats; NaN if one is.
  [[nodiscard]] LOWBIT_INLINE float largest_level() const noexcept { return largest_level_; }
  /// True if any offset is not 0.
  [[nodiscard]] LOWBIT_INLINE bool has_offsets() const noexcept { return has_offsets_; }
  /// The sum of the values of one row's group.
  [[nodiscard]] LOWBIT_INLINE std::int32_t sum(
      index_t row, index_t group = 0) const noexcept requires plane_code<E> {
    return sums_[row * groups() + group];
  }
  /// The float that element k of a row stands for, as decode() computes it.
  [[nodiscard]] LOWBIT_INLINE float real(index_t row, index_t k) const noexcept {
    return float_of<E>(levels(row, group_of(k)), codes_.code(row, k));
  }
  /// Bytes of codes and levels.
  [[nodiscard]] LOWBIT_INLINE index_t bytes() const noexcept {
    return codes_.bytes() + levels_.size() * index_t{sizeof(level_type)};
  }

 private:
  packed_matrix<E> codes_;
  reset_when_moved<granularity> grain_;
  buffer<level_type> levels_;
  buffer<std::int32_t> sums_;
  reset_when_moved<bool> has_offsets_;
  reset_when_moved<float> largest_level_;
};

}  // namespace lowbit

#endif
