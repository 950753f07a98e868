// lowbit/product/operand_parts.hpp – an operand of matmul() as a sum of matrices of integers.
//
//     plane codes     one part: the codes, with their scales and offsets
//     planes<M>       M parts: the planes, each with its coefficient as a scale
//     codebook<K>     one part per table entry that occurs and is not 0 everywhere: the 0/1 plane of
//                     "the code is c", with the entry as its scale
//
// So matmul() is one loop over pairs of parts, each of them an integer product. The parts of a codebook are made one at
// a time, with K ands per 64 elements. The other parts are views.
//
// Nothing here is compiled for an encoding: the format of the codes is a value, and levels are read through a pointer.
#ifndef LOWBIT_PRODUCT_OPERAND_PARTS_HPP
#define LOWBIT_PRODUCT_OPERAND_PARTS_HPP

#include <cstring>

#include "lowbit/core/half.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// A quantized matrix of any type, its codes perhaps in other segments, and what prepare() made of it.
struct scaled_codes {
  packed_view<any_encoding> codes;
  granularity grain;
  bool has_offsets;
  float largest_level;
  const std::byte* floats;                  ///< of the levels, granule after granule
  std::span<const prepared_rows> prepared;  ///< per part; none: not prepared

  [[nodiscard]] index_t groups() const noexcept { return tensor::groups_of(grain, codes.depth()); }
  /// Scale and offset of a part in a group of a row: those of its integers, or a coefficient and 0.
  [[nodiscard]] affine levels(index_t row, index_t group, int part) const noexcept {
    const code_format& format = codes.format();
    const bool integers = format.kind == code_kind::integers;
    const index_t granule = (grain.shares_rows() ? 0 : row * groups()) + group;
    const std::byte* const at =
        floats + (granule * level_floats(format) + (integers ? 0 : part)) * index_t{sizeof(float)};
    affine out{0, 0};
    std::memcpy(&out.scale, at, sizeof out.scale);
    if (integers) std::memcpy(&out.offset, at + sizeof out.scale, sizeof out.offset);
    return out;
  }
};
template <class E>
[[nodiscard]] scaled_codes scaled_codes_of(const quantized_matrix<E>& m,
                                           const packed_view<any_encoding>& codes,
                                           std::span<const prepared_rows> prepared = {}) noexcept {
  return {codes, m.grain(), m.has_offsets(), m.largest_level(), m.floats(), prepared};
}

/// Levels of 64 rows lie side by side in memory: of all groups, then those of the next rows. So a tile that goes
/// through its groups reads one stream.
inline constexpr index_t level_rows = 64;

/// Levels of the rows of one group.
struct row_levels {
  const float* scale = nullptr;   ///< null: half_scale has them
  const float* offset = nullptr;  ///< null: all are 0
  const std::uint16_t* half_scale = nullptr;
  index_t distance = level_rows;  ///< from 64 rows to the next

  [[nodiscard]] LOWBIT_INLINE index_t place(index_t row) const noexcept {
    return row / level_rows * distance + row % level_rows;
  }
  [[nodiscard]] affine of(index_t row) const noexcept {
    const index_t at = place(row);
    return {scale != nullptr ? scale[at] : widen_half(half_scale[at]),
            offset == nullptr ? 0 : offset[at]};
  }
};

/// Writes the scales of all rows in one group, and their offsets if there are any.
inline void read_levels(const scaled_codes& m, index_t group, int part, index_t distance,
                        float* scales, float* offsets) noexcept {
  for (index_t r = 0; r < m.codes.rows(); ++r) {
    const affine level = m.levels(r, group, part);
    const index_t at = r / level_rows * distance + r % level_rows;
    scales[at] = level.scale;
    if (m.has_offsets) offsets[at] = level.offset;
  }
}
/// The same of all groups. Scales that are normal numbers of binary16, or 0, are stored as such.
inline void levels_by_group(const scaled_codes& m, int part, prepared_rows& out) {
  const index_t groups = m.groups(), distance = groups * level_rows;
  const index_t size = ceil_div(m.codes.rows(), level_rows) * distance;
  out.scales = buffer<float>(size);
  if (m.has_offsets) out.offsets = buffer<float>(size);
  for (index_t g = 0; g < groups; ++g)
    read_levels(m, g, part, distance, out.scales.data() + g * level_rows,
                m.has_offsets ? out.offsets.data() + g * level_rows : nullptr);
  if (m.has_offsets) return;
  for (index_t i = 0; i < size; ++i)
    if (!is_normal_half(out.scales[i])) return;
  out.half_scales = buffer<std::uint16_t>(size);
  for (index_t i = 0; i < size; ++i) out.half_scales[i] = half_of(out.scales[i]);
  out.scales = {};
}

/// The 0/1 matrix of "the code is c", in the same layout; false if no code is.
[[nodiscard]] inline bool select_code(const packed_view<any_encoding>& codes, int c,
                                      packed_matrix<unsigned_bits<1>>& out) {
  word any = 0;
  for (index_t r = 0; r < codes.rows(); ++r)
    for (index_t i = 0; i < codes.layout().runs(); ++i) {
      const depth_run run = codes.layout().run(i);
      for (index_t done = 0, w = run.first_word; done < run.depth; done += word_bits, ++w) {
        const index_t rest = run.depth - done;
        word is_c = rest < word_bits ? (word{1} << rest) - 1 : ~word{0};
        for (int p = 0; p < codes.plane_count(); ++p)
          is_c &= (c >> p & 1) != 0 ? codes.plane_row(r, p)[w] : ~codes.plane_row(r, p)[w];
        out.mutable_row(r)[w] = is_c;
        any |= is_c;
      }
    }
  return any != 0;
}

/// The codes of a part, which may be made in `memory`. Without rows: the part is 0 everywhere.
[[nodiscard]] inline packed_view<any_encoding> part_of(const scaled_codes& m, int part,
                                                       packed_matrix<unsigned_bits<1>>& memory) {
  if (m.codes.format().kind == code_kind::integers) return m.codes;
  if (m.codes.format().kind == code_kind::planes) return m.codes.plane(part);
  bool counts = false;
  for (index_t r = 0; r < (m.grain.shares_rows() ? 1 : m.codes.rows()); ++r)
    for (index_t g = 0; g < m.groups(); ++g) counts |= m.levels(r, g, part).scale != 0;
  if (!counts) return {};
  memory =
      packed_matrix<unsigned_bits<1>>(m.codes.rows(), m.codes.depth(), m.codes.layout().segment());
  return select_code(m.codes, part, memory) ? memory.view() : packed_view<unsigned_bits<1>>();
}

}  // namespace detail::product
LOWBIT_END

#endif
