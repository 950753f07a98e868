// lowbit/kernel/lookups/panel_family.hpp – the family "lookups": rows of small values against single bits, by tables.
//
// For activations of 3 and 4 bits and weights of one bit. Bits take a pass per plane, and bytes multiply by 0 and 1.
// A table has the sums of all selections of a few values, and a byte shuffle selects for a register of columns at once.
//
// As for bytes, the left operand is converted once per product (kernel/bytes/). Then tables are made per block of
// depth, and serve all columns of a panel. So lookups want many columns.
#ifndef LOWBIT_KERNEL_LOOKUPS_PANEL_FAMILY_HPP
#define LOWBIT_KERNEL_LOOKUPS_PANEL_FAMILY_HPP

#include "lowbit/kernel/bytes/panel_family.hpp"
#include "lowbit/kernel/lookups/strip.hpp"
#include "lowbit/simd/byte_lookups_neon.hpp"
#include "lowbit/simd/byte_lookups_x86.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Times in the unit of kernel/family.hpp. `each`: of 64 products. `tables`: of a word of a left row, per panel. `packing`: of
/// a word of a column. (Converting left rows costs what it does for bytes.)
struct lookup_costs {
  double each = 0, tables = 0, packing = 0;
};

/// A body of the family.
template <class Tag, class Lookups>
struct lookup_panel_body : reads_signed_rows<Tag> {
  using lookups = Lookups;
  static_assert(255 / (Lookups::group * Lookups::steps) <= most_table_range);

  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs, const dispatch::core&) noexcept {
    return lookup_layout<Lookups>(rhs);
  }
  static void pack(const code_format& format, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    pack_indices<Lookups>(format, rows, first, layout, panel);
  }
  static void run(const strip& s, const epilogues::any_epilogue& epilogue) noexcept {
    arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
      lookup_strip<Lookups> all(s, epilogue);
      constexpr std::size_t rows = Lookups::rows;
      index_t row = s.first_row;
      for (; row + index_t{rows} <= s.end_row; row += index_t{rows}) all.template run<rows>(row);
      for (; row < s.end_row; ++row) all.template run<1>(row);
    });
  }
};

no_body lookup_body(isa::scalar);
[[nodiscard]] constexpr lookup_costs lookup_costs_on(isa::scalar) noexcept { return {}; }
#if LOWBIT_X86
lookup_panel_body<isa::ssse3, simd::lookups_ssse3> lookup_body(isa::ssse3);
[[nodiscard]] constexpr lookup_costs lookup_costs_on(isa::ssse3) noexcept { return {1.4, 40, 60}; }
lookup_panel_body<isa::avx2, simd::lookups_avx2> lookup_body(isa::avx2);
[[nodiscard]] constexpr lookup_costs lookup_costs_on(isa::avx2) noexcept { return {1.9, 60, 100}; }
/// Dot products of 64 bytes are as fast as look-ups in tables of sixteen.
no_body lookup_body(isa::avx512bw);
lookup_panel_body<isa::avx512vpopcntdq, simd::lookups_vbmi> lookup_body(isa::avx512vpopcntdq);
[[nodiscard]] constexpr lookup_costs lookup_costs_on(isa::avx512vpopcntdq) noexcept {
  return {2.4, 380, 200};
}
#elif LOWBIT_AARCH64
lookup_panel_body<isa::neon, simd::lookups_neon> lookup_body(isa::neon);
[[nodiscard]] constexpr lookup_costs lookup_costs_on(isa::neon) noexcept { return {2, 60, 60}; }
#endif

/// The family.
struct value_lookups {
  static constexpr const char* name = "lookups";
  static constexpr product_loops compiled_for = lookup_loops;

  template <class Tag>
  using body = decltype(lookup_body(Tag{}));

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    const byte_range values = signed_range(of);
    using lookups = typename body<Tag>::lookups;
    return (of.loops & lookup_loops) != 0 && of.rhs_storage == code_storage::planes &&
           (values.largest - values.smallest) * lookups::group * lookups::steps <= 255;
  }
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors& of, const product_shape& shape,
                                             const panel_layout& layout, bool packed) noexcept {
    const lookup_costs costs = lookup_costs_on(Tag{});
    using lookups = typename body<Tag>::lookups;
    const auto rows = static_cast<double>(shape.rows);
    const auto panels = static_cast<double>(ceil_div(shape.cols, layout.rows));
    const double part = static_cast<double>(groups_of<lookups>(layout.word_depth)) /
                        static_cast<double>(groups_of<lookups>(word_bits));
    const auto columns =
        static_cast<double>(ceil_div(shape.cols, tile_columns<lookups>) * tile_columns<lookups>);
    return columns * (costs.each * part * rows + (packed ? 0 : costs.packing)) +
           rows * costs.tables * part * panels + converting_cost(byte_costs_on(Tag{}), of, shape);
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
