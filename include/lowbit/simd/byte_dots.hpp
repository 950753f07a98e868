// lowbit/simd/byte_dots.hpp – dot products of bytes: four products per 32-bit lane.
//
//     sum[lane] += u[4 lane] * a[0] + u[4 lane + 1] * a[1] + u[4 lane + 2] * a[2] + u[4 lane + 3] * a[3]
//
// u are unsigned bytes, four per lane. a are four signed bytes, the same for all lanes. Sums are exact modulo 2^32.
//
//     ISA            lanes   products of an instruction                 adds to
//     xsimd            4     8 products of 16 bits                     16 bits, with a register of 16 bytes
//     ssse3            4     16: pmaddubsw                              16 bits
//     avx2             8     32: the same                               16 bits
//     avxvnni          8     32: vpdpbusd                               32 bits
//     avx512bw        16     64: pmaddubsw                              16 bits
//     avx512vnni      16     64: vpdpbusd                               32 bits
//     neon             4     8: smull, sadalp                           32 bits
//     neon_dotprod     4     16: sdot                                   32 bits
//
// What the loops (kernel/bytes/dot_sums.hpp) need to know of an ISA is three constants:
//
//     whole_sums     dot() adds to 32-bit sums. Else it adds to 16-bit sums, which hold byte_dot_steps() additions, and
//                    flush() adds these to 32-bit sums. The instruction saturates: it is used for fields of at most 4
//                    bits. dot_wide() multiplies whole bytes: even and odd bytes become 16-bit numbers (even_bytes() and
//                    odd_bytes() of u, widen() of a row), whose products add to 32 bits in one instruction. That takes
//                    as many multiplications.
//     in_place       u may be any byte. So a field of bits may stay where it lies in its byte: its sum is 2^position too
//                    large, and add_quotient() undoes that.
//     signed_only    u is taken for a signed byte. Whole bytes are read as u - 128, which the caller adds again.
//
// ISAs with sums of 32 bits have more, for compressed ternary weights:
//
//     base 3               thrice(), add_digits()                            kernel/trits/digit_sums.hpp
//     fours with one 0     table(), signed_entry<Bit>(), exchange_fours()    kernel/three_of_four/group_sums.hpp
//
// signed_entry() is the entry of a table. Where the bit is set in a byte of signs, it is 2 minus the entry. exchange_fours()
// moves byte 4 j + i of 16 to 4 i + j.
//
// The functions take and return by reference, and carry the target attribute of their ISA.
#ifndef LOWBIT_SIMD_BYTE_DOTS_HPP
#define LOWBIT_SIMD_BYTE_DOTS_HPP

#include "lowbit/arch/isa.hpp"

LOWBIT_BEGIN
namespace detail::simd {

/// How many additions of a pair of products a 16-bit sum holds, for 0 <= u <= largest and -128 <= a <= 127.
[[nodiscard]] constexpr index_t byte_dot_steps(int largest) noexcept {
  return 32767 / (2 * 128 * largest);
}

}  // namespace detail::simd
LOWBIT_END

#endif
