// lowbit/core/types.hpp – the vocabulary: words, sizes, codes, and the affine levels.
//
// A packed tensor is an array of 64-bit words. Element k of a row is bit (k mod 64) of word (k / 64), least
// significant bit first. Bit 1 means +1 (binary), or that the plane's weight counts (all other encodings). On
// a little-endian machine the bytes of a row are what numpy.packbits(..., bitorder="little") writes.
#ifndef LOWBIT_CORE_TYPES_HPP
#define LOWBIT_CORE_TYPES_HPP

#include <cstddef>
#include <cstdint>

#include "lowbit/abi.hpp"

namespace lowbit {

/// The unit of storage of every packed tensor: 64 elements of one bit plane.
using word = std::uint64_t;

/// Every size, position and stride. Signed, so that differences may be negative.
using index_t = std::ptrdiff_t;

/// One quantized element before packing: bit i belongs to plane i. Bits above the encoding's
/// planes are zero.
using code_t = std::uint8_t;

/// Elements per word.
inline constexpr index_t word_bits = 64;

/// float = scale * value + offset: how the integer value of a code becomes a float.
/// `scale` and `offset` are in the units of the quantized tensor.
struct affine {
  float scale = 1;
  float offset = 0;
};

}  // namespace lowbit

#endif
