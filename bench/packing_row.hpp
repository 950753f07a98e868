// The row of sign packing: a matrix of floats to one bit each, against a memcpy of the same floats.
//
// Packing reads 32 times as much as it writes, so reading is its roof. `of_read` is its rate divided by that of loads
// alone from as large a working set. A memcpy, which reads as much and writes 32 times more, is a familiar measure.
#pragma once

#include "product_row.hpp"

namespace bench {

/// Checks the codes against the reference's, then times. Errors: they differ.
[[nodiscard]] row measure_sign_packing(index_t rows, index_t cols, const effort& how);

}  // namespace bench
