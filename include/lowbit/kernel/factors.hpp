// lowbit/kernel/factors.hpp – what is multiplied, as numbers.
//
// A product of codes depends on two formats (encoding/format.hpp). The product rule follows from them, and so do the
// forms in which kernels use it. `factors` holds all of it as a value. For two encodings that are types it is a
// constant, factors_of<A, B>. So what multiplies is compiled once for all pairs, but for the loops of its
// product_loops: operations, field widths, tables (kernel/product_schedule.hpp).
#ifndef LOWBIT_KERNEL_FACTORS_HPP
#define LOWBIT_KERNEL_FACTORS_HPP

#include "lowbit/encoding/byte_codes.hpp"
#include "lowbit/kernel/product_schedule.hpp"

namespace lowbit {

/// How codes lie in memory.
enum class code_storage {
  planes,  ///< as in packed_matrix: a word holds one bit of each of 64 codes, planes are plane_stride words apart
  bytes,   ///< a signed byte per value (encoding/byte_codes.hpp)
};

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::kernel {

using encoding::byte_codes;
using encoding::field_bits;
using encoding::signed_bytes;
using encoding::unsigned_bytes;

/// From so many terms on, products of bytes or look-ups may be faster than those of bits, on some ISA.
inline constexpr int terms_worth_bytes = 3;

[[nodiscard]] constexpr bool bytes_may_pay(const code_format& lhs, const code_format& rhs,
                                           const product_rule& rule) noexcept {
  return rule.term_count >= terms_worth_bytes && encoding::fits_signed_bytes(lhs) &&
         encoding::fits_fields(rhs);
}

/// So many different values of left operands fit tables: the bytes of a table are sums of at least fourteen of them
/// (simd/byte_lookups.hpp).
inline constexpr int most_table_range = 255 / 14;

/// The loops on bytes and tables that products of two formats may take. Right operands take fields of their own width,
/// and whole bytes where a word holds few elements (encoding/byte_codes.hpp).
[[nodiscard]] constexpr product_loops byte_loops_of(const code_format& lhs, const code_format& rhs,
                                                    const product_rule& rule) noexcept {
  if (!bytes_may_pay(lhs, rhs, rule)) return 0;
  const int bits = field_bits(rhs.plane_count);
  const byte_codes of_lhs = signed_bytes(lhs), of_rhs = unsigned_bytes(rhs);
  product_loops out = of_rhs.largest(rhs) <= 127 ? seven_bit_bytes : whole_bytes;
  if (bits < 8) out |= bits == 1 ? one_bit_fields : bits == 2 ? two_bit_fields : four_bit_fields;
  if (bits == 1 && of_lhs.largest(lhs) - of_lhs.smallest(lhs) <= most_table_range)
    out |= lookup_loops;
  return out;
}

/// Codes of two formats that stand for integers, and how they multiply.
struct factors {
  code_format lhs, rhs;
  code_storage lhs_storage = code_storage::planes, rhs_storage = code_storage::planes;
  product_rule rule;
  product_rule turned;  ///< the rule with lhs and rhs exchanged
  product_schedule schedule;
  product_loops loops = 0;
  byte_codes lhs_bytes, rhs_bytes;  ///< what bytes stand for, if the family multiplies bytes

  constexpr factors(const code_format& of_lhs, const code_format& of_rhs) noexcept
      : lhs(of_lhs),
        rhs(of_rhs),
        rule(multiply(of_lhs, of_rhs)),
        turned(rule.transposed()),
        schedule(make_schedule(rule)),
        loops(loops_of(rule, schedule) | byte_loops_of(of_lhs, of_rhs, rule)),
        lhs_bytes(signed_bytes(of_lhs)),
        rhs_bytes(unsigned_bytes(of_rhs)) {}

  [[nodiscard]] constexpr bool in_planes() const noexcept {
    return lhs_storage == code_storage::planes && rhs_storage == code_storage::planes;
  }
};

template <plane_code A, plane_code B>
inline constexpr factors factors_of{format_of<A>(), format_of<B>()};

}  // namespace detail::kernel
LOWBIT_END

#endif
