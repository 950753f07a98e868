// The rows of a convolution of bits or of bytes, from packed input to int32 sums, with the peers in the same rounds. Or as a layer
// of a network, from floats to threshold bits.
#pragma once

#include "integer_convolution.hpp"
#include "rounds.hpp"
#include "row.hpp"

namespace bench {

/// Packed input, prepared filters, int32 sums. Errors: lowbit differs from the definition.
[[nodiscard]] row measure_convolution(const convolution_shape& shape, const effort& how);

/// The same with bytes: images of 0 ... 255, filters of -128 ... 127.
[[nodiscard]] row measure_byte_convolution(const convolution_shape& shape, const effort& how);

/// Signs of the float input packed, convolved, and compared with thresholds into bits.
[[nodiscard]] row measure_bit_layer(const convolution_shape& shape, const effort& how);

}  // namespace bench
