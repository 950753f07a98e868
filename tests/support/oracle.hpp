// The oracle: what codes mean and what products are, as straight loops over integers from the
// definitions. No bit planes, no popcounts, and nothing of the library but its encoding types.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "lowbit/core/matrix.hpp"
#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/encoding/ternary.hpp"

namespace test {

using lowbit::code_t;
using lowbit::index_t;

/// The integer that a code stands for, written out for each encoding.
inline int meaning(lowbit::binary, int code) { return code == 1 ? 1 : -1; }
inline int meaning(lowbit::ternary, int code) { return code == 0 ? 0 : code == 1 ? 1 : -1; }
template <int K>
int meaning(lowbit::unsigned_bits<K>, int code) {
  return code;
}
template <int K>
int meaning(lowbit::signed_bits<K>, int code) {
  return code >= 1 << (K - 1) ? code - (1 << K) : code;
}
template <int K>
int meaning(lowbit::bipolar_bits<K>, int code) {
  return 2 * code - ((1 << K) - 1);
}

/// Every code that an encoding allows.
template <class E>
std::vector<code_t> all_codes(E) {
  std::vector<code_t> codes;
  for (int c = 0; c < 1 << E::plane_count; ++c) codes.push_back(static_cast<code_t>(c));
  return codes;
}
inline std::vector<code_t> all_codes(lowbit::ternary) { return {0, 1, 3}; }

/// The codes of the smallest and of the largest integer.
template <class E>
code_t smallest(E encoding) {
  code_t best = 0;
  for (const code_t c : all_codes(encoding))
    if (meaning(encoding, c) < meaning(encoding, best)) best = c;
  return best;
}
template <class E>
code_t largest(E encoding) {
  code_t best = 0;
  for (const code_t c : all_codes(encoding))
    if (meaning(encoding, c) > meaning(encoding, best)) best = c;
  return best;
}

/// The integers of a matrix of codes.
template <class E>
lowbit::matrix<std::int32_t> meanings(const lowbit::matrix<code_t>& codes) {
  lowbit::matrix<std::int32_t> out(codes.rows(), codes.cols());
  for (index_t r = 0; r < codes.rows(); ++r)
    for (index_t k = 0; k < codes.cols(); ++k) out(r, k) = meaning(E{}, codes(r, k));
  return out;
}

/// lhs times rhs transposed, in 64 bits.
inline lowbit::matrix<std::int64_t> product(const lowbit::matrix<std::int32_t>& lhs,
                                            const lowbit::matrix<std::int32_t>& rhs) {
  lowbit::matrix<std::int64_t> out(lhs.rows(), rhs.rows());
  for (index_t m = 0; m < lhs.rows(); ++m)
    for (index_t n = 0; n < rhs.rows(); ++n) {
      std::int64_t sum = 0;
      for (index_t k = 0; k < lhs.cols(); ++k) sum += std::int64_t{lhs(m, k)} * rhs(n, k);
      out(m, n) = sum;
    }
  return out;
}
template <class A, class B>
lowbit::matrix<std::int64_t> product(const lowbit::matrix<code_t>& lhs,
                                     const lowbit::matrix<code_t>& rhs) {
  return product(meanings<A>(lhs), meanings<B>(rhs));
}

/// The first place where a result differs from the oracle's, as text; empty if they are equal.
template <class Result>
std::string first_difference(const Result& got, const lowbit::matrix<std::int64_t>& expected) {
  if (got.rows() != expected.rows() || got.cols() != expected.cols()) return "shapes differ";
  for (index_t m = 0; m < expected.rows(); ++m)
    for (index_t n = 0; n < expected.cols(); ++n)
      if (got(m, n) != expected(m, n)) {
        std::ostringstream text;
        text << '(' << m << ',' << n << "): " << got(m, n) << " instead of " << expected(m, n);
        return text.str();
      }
  return {};
}

}  // namespace test
