// lowbit/kernel/bytes/panel_family.hpp – the family "bytes": rows of signed bytes against panels of unsigned fields.
//
// It multiplies formats of many planes, for which a product of bits has many terms: 8 x 8 bits have 64, and one
// instruction multiplies 64 pairs of bytes. Formats of 1, 2 and 4 bits stay packed in their panels
// (kernel/bytes/dot_sums.hpp), so that weights from memory cost their bits and no more.
//
// The left operand must lie in bytes. Codes in planes are converted once per product, before it is cut
// (product/product.hpp): 64 elements take a masked addition per plane on AVX-512, and meet all columns after that.
//
// Below, a row per ISA: registers, tiles of M rows x V registers of columns, and costs. Products per cycle, measured on
// Zen 4 (512 x 512 x 512; bits: signed_bits<8> x ternary / signed_bits<8> x signed_bits<8>):
//
//     ISA                fields   whole bytes   bits          limit of the instructions
//     ssse3                14          8         4 / 0.9       26 / 16
//     avx2                 31         17        10 / 2.4       52 / 32
//     avx512bw             44         19         9 / 1.6       52 / 32
//     avx512vnni           59         55         9 / 1.8       64
//     avx512vpopcntdq      59         55        20 / 5.2       64, the same body
#ifndef LOWBIT_KERNEL_BYTES_PANEL_FAMILY_HPP
#define LOWBIT_KERNEL_BYTES_PANEL_FAMILY_HPP

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/kernel/bytes/strip.hpp"
#include "lowbit/simd/byte_dots_neon.hpp"
#include "lowbit/simd/byte_dots_portable.hpp"
#include "lowbit/simd/byte_dots_x86.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Times in the unit of kernel/family.hpp. `fields` and `bytes`: of 64 products, for fields of at most 4 bits and for
/// whole bytes. `converting`: of a word of one plane of a left row, and as much for two planes more. `packing`: of a word
/// of a column. Measured with bench/planner on Zen 5, those of neon guessed.
struct byte_costs {
  double fields = 0, bytes = 0, converting = 0, packing = 0;
};

/// The function that converts rows on an ISA.
[[nodiscard]] inline row_converter row_conversion(isa::scalar) noexcept {
  return &convert_rows<isa::scalar, simd::plane_bytes>;
}
#if LOWBIT_X86
[[nodiscard]] inline row_converter row_conversion(isa::avx2) noexcept {
  return &convert_rows<isa::avx2, simd::plane_bytes_avx2>;
}
[[nodiscard]] inline row_converter row_conversion(isa::avx512bw) noexcept {
  return &convert_rows<isa::avx512bw, simd::plane_bytes_avx512bw>;
}
#endif

/// The cost of converting the left rows of a product on an ISA.
[[nodiscard]] constexpr double converting_cost(const byte_costs& costs, const factors& of,
                                               const product_shape& shape) noexcept {
  if (of.lhs_storage == code_storage::bytes) return 0;
  return costs.converting * static_cast<double>((shape.lhs_planes + 2) * shape.rows);
}

/// What bodies have in common whose left rows are signed bytes.
template <class Tag>
struct reads_signed_rows {
  using tag = Tag;
  static constexpr bool whole_sums = true;

  static void convert(const code_format& format, const operand& rows, run_size run,
                      const signed_rows& out) noexcept {
    row_conversion(Tag{})(format, rows, run, out);
  }
};

/// A body of the family: an ISA's registers, and the sizes of its tiles (run_byte_strip()).
template <class Tag, class Dots, std::size_t M, std::size_t V, std::size_t Tall = 0>
struct byte_panel_body : reads_signed_rows<Tag> {
  static constexpr index_t columns = Dots::lanes * static_cast<index_t>(V);

  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs, const dispatch::core&) noexcept {
    return byte_panel_layout(columns, rhs);
  }
  static void pack(const code_format& format, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    pack_byte_panel(format, rows, first, layout, panel);
  }

  static constexpr product_loops loops = byte_loops;

  template <product_loops Loops, class Epilogue>
  static void run(const strip& s, const Epilogue& epilogue) noexcept {
    arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
      const int bits = s.all.layout.field_bits;
      if constexpr ((Loops & one_bit_fields) != 0)
        if (bits == 1) return run_byte_strip<Dots, 1, M, V, Tall>(s, epilogue);
      if constexpr ((Loops & two_bit_fields) != 0)
        if (bits == 2) return run_byte_strip<Dots, 2, M, V, Tall>(s, epilogue);
      if constexpr ((Loops & four_bit_fields) != 0)
        if (bits == 4) return run_byte_strip<Dots, 4, M, V, Tall>(s, epilogue);
      constexpr bool seven_differ = !Dots::whole_sums && (Loops & seven_bit_bytes) != 0;
      if constexpr (seven_differ)
        if ((s.all.of.loops & seven_bit_bytes) != 0)
          return run_byte_strip<Dots, seven_bits, M, V, Tall>(s, epilogue);
      if constexpr (!seven_differ || (Loops & whole_bytes) != 0)
        run_byte_strip<Dots, 8, M, V, Tall>(s, epilogue);
    });
  }
};

no_body byte_body(isa::scalar);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::scalar) noexcept { return {}; }
#if LOWBIT_HAS_XSIMD
/// Little-endian words: the bytes of a lane are numbered from the lowest.
inline constexpr bool has_portable_bytes =
    std::endian::native == std::endian::little && simd::has_byte_dots<isa::portable::xsimd_arch>();
std::conditional_t<
    has_portable_bytes,
    byte_panel_body<isa::portable, simd::byte_dots_xsimd<isa::portable::xsimd_arch>, 2, 2>, no_body>
    byte_body(isa::portable);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::portable) noexcept { return {5, 9, 20, 300}; }
#endif
#if LOWBIT_X86
byte_panel_body<isa::ssse3, simd::byte_dots_ssse3, 4, 2> byte_body(isa::ssse3);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::ssse3) noexcept {
  return {4.1, 7.8, 45, 300};
}
byte_panel_body<isa::avx2, simd::byte_dots_avx2, 4, 2> byte_body(isa::avx2);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::avx2) noexcept { return {3.8, 7, 15, 600}; }
byte_panel_body<isa::avxvnni, simd::byte_dots_avxvnni, 4, 2> byte_body(isa::avxvnni);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::avxvnni) noexcept {
  return {2.9, 3.6, 15, 600};
}
byte_panel_body<isa::avx512bw, simd::byte_dots_avx512bw, 4, 2> byte_body(isa::avx512bw);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::avx512bw) noexcept {
  return {2.8, 6, 5, 600};
}
byte_panel_body<isa::avx512vnni, simd::byte_dots_avx512vnni, 4, 4, 8> byte_body(isa::avx512vnni);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::avx512vnni) noexcept {
  return {2.1, 3.3, 5, 600};
}
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::avx512vpopcntdq) noexcept {
  return {5.1, 5.6, 12, 1500};
}
#endif

#if LOWBIT_AARCH64
byte_panel_body<isa::neon, simd::byte_dots_neon, 4, 2> byte_body(isa::neon);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::neon) noexcept { return {5, 5, 10, 300}; }
#endif
#if LOWBIT_HAS_NEON_DOTPROD
byte_panel_body<isa::neon_dotprod, simd::byte_dots_neon_dotprod, 4, 4> byte_body(isa::neon_dotprod);
[[nodiscard]] constexpr byte_costs byte_costs_on(isa::neon_dotprod) noexcept {
  return {3, 3, 10, 300};
}
#endif

/// The family.
struct byte_panels {
  static constexpr const char* name = "bytes";
  static constexpr product_loops compiled_for = byte_loops;

  template <class Tag>
  using body = decltype(byte_body(Tag{}));

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return (of.loops & byte_loops) != 0 && of.rhs_storage == code_storage::planes;
  }
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors& of, const product_shape& shape,
                                             const panel_layout& layout, bool packed) noexcept {
    const byte_costs costs = byte_costs_on(Tag{});
    const auto rows = static_cast<double>(shape.rows);
    const double columns = static_cast<double>(ceil_div(shape.cols, layout.rows) * layout.rows);
    const double full = layout.field_bits == 8 ? costs.bytes : costs.fields;
    const double each = full *
                        static_cast<double>(blocks_per_word(layout.word_depth, layout.field_bits)) /
                        static_cast<double>(blocks_per_word(word_bits, layout.field_bits));
    return columns * (each * rows + (packed ? 0 : costs.packing)) +
           converting_cost(costs, of, shape);
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
