// One product, the same for lowbit and all peers: the integers, and the expected result.
//
// lowbit multiplies packed codes, its peers floats or bytes. The codes stand for small integers, which a float and a
// byte hold exactly; a float also holds all sums exactly. So every candidate is compared with the same expected
// result before it is timed. That result is from lowbit's scalar reference. A small one is compared whole, a large one
// in rows and columns spread over it, the first and the last among them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lowbit/core/matrix.hpp"

namespace bench {

using lowbit::index_t;

/// lhs is M x K, rhs N x K, the result M x N.
struct product_shape {
  index_t m = 0, n = 0, k = 0;

  [[nodiscard]] double mac() const {
    return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }
  [[nodiscard]] std::string text() const {
    return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  }
};

/// The operands, depth along rows.
struct integer_product {
  product_shape shape;
  lowbit::matrix<std::int8_t> lhs, rhs;
  lowbit::matrix<float> float_lhs, float_rhs;  ///< the same numbers
  std::int8_t smallest_lhs = 0, smallest_rhs = 0;
  bool binary = false;  ///< every number is +1 or -1
};

/// Products of some lhs rows and some rhs rows.
struct expected_block {
  std::vector<index_t> rows, cols;
  lowbit::matrix<std::int32_t> sums;  ///< rows.size() x cols.size()
};

/// True if `result` has the expected sums where these are known.
template <class T>
[[nodiscard]] bool agrees(const lowbit::matrix<T>& result, const expected_block& expected) {
  for (std::size_t r = 0; r < expected.rows.size(); ++r)
    for (std::size_t c = 0; c < expected.cols.size(); ++c)
      if (result(expected.rows[r], expected.cols[c]) !=
          static_cast<T>(expected.sums(static_cast<index_t>(r), static_cast<index_t>(c))))
        return false;
  return true;
}

}  // namespace bench
