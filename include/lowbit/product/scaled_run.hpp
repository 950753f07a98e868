// lowbit/product/scaled_run.hpp – one run of depth in a product of quantized matrices: integer sums become floats.
//
// Within a run every row of either operand has one scale and one offset. To the result of a row and a column a run adds
//
//     sa sw (va . vw)  +  sa ow sum(va)  +  oa sw sum(vw)  +  depth oa ow                product/matmul.hpp
//
// in double, each term an exact product of two floats. Language models store a scale per 32 to 256 weights: a product
// with one token then adds as many scaled sums as the weights have scales. So the scales of a run lie side by side,
// which prepare() sees to, and without offsets there is one term.
#ifndef LOWBIT_PRODUCT_SCALED_RUN_HPP
#define LOWBIT_PRODUCT_SCALED_RUN_HPP

#include "lowbit/epilogue/affine.hpp"
#include "lowbit/product/operand_parts.hpp"
#include "lowbit/product/operands.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// The sums of the values of every row over one run, which the offsets of the other operand multiply; empty if that
/// has no offsets.
template <isa_tag Tag>
[[nodiscard]] buffer<std::int32_t> value_sums(Tag tag, const packed_view<any_encoding>& m,
                                              depth_run run, bool wanted) {
  if (!wanted) return {};
  buffer<std::int32_t> sums(m.rows());
  const auto bit_sum = kernel::bit_sum_on(tag);
  const kernel::operand rows = operand_of(m, run.first_word);
  for (index_t r = 0; r < m.rows(); ++r)
    sums[r] = static_cast<std::int32_t>(
        bit_sum(m.format(), rows, r, ceil_div(run.depth, word_bits)) +
        static_cast<std::uint32_t>(run.depth) * static_cast<std::uint32_t>(m.format().offset));
  return sums;
}

/// One part of an operand in one run, row by row: levels and, where the other operand has offsets, sums.
struct run_side {
  buffer<float> made;  ///< unless prepare() has made the levels
  row_levels levels{};
  buffer<std::int32_t> sums{};
};

template <isa_tag Tag>
[[nodiscard]] run_side side_of(Tag tag, const scaled_codes& m, int part,
                               const packed_view<any_encoding>& codes, index_t first, depth_run run,
                               bool sums_wanted) {
  const index_t rows = codes.rows(), group = m.grain.grouped() ? first / m.grain.group_size : 0;
  run_side side{{}, {}, value_sums(tag, codes, run, sums_wanted)};
  if (!m.prepared.empty() && m.groups() > 1) {
    const prepared_rows& made = m.prepared[static_cast<std::size_t>(part)];
    const index_t at = group * level_rows;
    side.levels.distance = m.groups() * level_rows;
    if (made.half_scales.size() > 0)
      side.levels.half_scale = made.half_scales.data() + at;
    else
      side.levels.scale = made.scales.data() + at;
    if (m.has_offsets) side.levels.offset = made.offsets.data() + at;
    return side;
  }
  side.made = buffer<float>(m.has_offsets ? 2 * rows : rows);
  float* const scales = side.made.data();
  float* const offsets = m.has_offsets ? scales + rows : nullptr;
  read_levels(m, group, part, level_rows, scales, offsets);
  side.levels = {scales, offsets};
  return side;
}

/// total(m, n) += the terms of one run.
struct add_run {
  run_side lhs, rhs;
  index_t depth;
  matrix_view<double> total;

  static constexpr bool compiled_per_isa = true;  // see epilogue/any_epilogue.hpp

  template <class Tag>
  LOWBIT_INLINE void operator()(Tag tag, accumulator_tile tile, tile_place place) const noexcept {
    const row_levels b = rhs.levels;
    const float* scales = b.scale != nullptr ? b.scale + b.place(place.col) : nullptr;
    float widened[level_rows];
    const bool adjacent = place.col % level_rows + place.cols <= level_rows;
    if (adjacent && scales == nullptr) {
      widen(tag, b.half_scale + b.place(place.col), place.cols, widened);
      scales = widened;
    }
    for (index_t r = 0; r < place.rows; ++r) {
      const std::int32_t* const sums = tile.sums + r * tile.row_stride;
      const affine a = lhs.levels.of(place.row + r);
      if (adjacent && b.offset == nullptr && a.offset == 0)
        add_scaled(tag, sums, a.scale, scales, place.cols, &total(place.row + r, place.col));
      else
        add_all(sums, a, place.row + r, place.col, place.cols);
    }
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    (*this)(isa::scalar{}, tile, place);
  }

 private:
  template <class Tag>
  LOWBIT_INLINE static void widen(Tag tag, const std::uint16_t* from, index_t count,
                                  float* to) noexcept {
    using namespace epilogues;
    for_each_sixteen(tag, count, [&](index_t c, auto some) LOWBIT_INLINE_LAMBDA {
      for_each_lane(some,
                    [&](index_t i) LOWBIT_INLINE_LAMBDA { to[c + i] = widen_half(from[c + i]); });
    });
  }
  /// Operands without offsets: one term per sum.
  template <class Tag>
  LOWBIT_INLINE static void add_scaled(Tag tag, const std::int32_t* sums, float a, const float* b,
                                       index_t count, double* to) noexcept {
    using namespace epilogues;
    for_each_sixteen(tag, count, [&](index_t c, auto some) LOWBIT_INLINE_LAMBDA {
      for_each_lane(some, [&](index_t i) LOWBIT_INLINE_LAMBDA {
        to[c + i] += scaled(sums[c + i], combine(a, b[c + i]));
      });
    });
  }
  /// Row m, columns n ... n + count - 1.
  [[gnu::noinline]] void add_all(const std::int32_t* values, affine a, index_t m, index_t n,
                                 index_t count) const noexcept {
    for (index_t end = n + count; n < end; ++n, ++values) {
      const affine b = rhs.levels.of(n);
      double& sum = total(m, n);
      sum += scaled(*values, combine(a.scale, b.scale));
      if (b.offset != 0) sum += scaled(lhs.sums[m], combine(a.scale, b.offset));
      if (a.offset != 0) sum += scaled(rhs.sums[n], combine(a.offset, b.scale));
      if (a.offset != 0 && b.offset != 0)
        sum += scaled(static_cast<std::int32_t>(depth), combine(a.offset, b.offset));
    }
  }
};

}  // namespace detail::product
LOWBIT_END

#endif
