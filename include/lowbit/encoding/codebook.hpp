// lowbit/encoding/codebook.hpp – K-bit indices into a table of floats.
//
// k-means, INQ, ShiftCNN, LogNet and non-uniform half-wave place their levels where the data are, not at equal
// distances, so no integer stands for a code. The code is an index whose bit i is in plane i. The table
// (level_table, one per tensor, row or group) is stored in the tensor.
//
// A product gathers what each table entry multiplies. With u_c the 0/1 plane of "the code is c",
//
//     w . a = sum over k of table[code(k)] a(k) = sum over c of table[c] (u_c . a)
//
// so it takes one binary product per entry that occurs and is not 0. These are at most 2^K - 1 products, where K planes
// with integer weights need K. A table with few entries (INQ with 3 bits has four that are not 0) costs little. A table
// of 256 entries costs more than bytes would.
#ifndef LOWBIT_ENCODING_CODEBOOK_HPP
#define LOWBIT_ENCODING_CODEBOOK_HPP

#include "lowbit/encoding/levels.hpp"

namespace lowbit {

/// K planes of index bits; all 2^K codes are valid.
template <int K>
struct codebook {
  static_assert(K >= 1 && K <= 8, "lowbit::codebook<K>: the index width K must be 1 to 8");
  static constexpr const char* name = "codebook";
  static constexpr int plane_count = K;
  using levels = level_table<K>;
};

}  // namespace lowbit

#endif
