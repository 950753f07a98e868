// What the tests of quantizers share: groups of random numbers, and how far a quantizer is from them.
#pragma once

#include <vector>

#include "lowbit/quantize/quantizer.hpp"
#include "support/random_codes.hpp"

namespace test {

/// n numbers, mostly normal, with those that break comparisons among them.
inline std::vector<float> random_group(std::size_t n, std::uint64_t salt) {
  auto random = generator(salt);
  const auto x = random_floats(1, static_cast<index_t>(n), random);
  return {x.data(), x.data() + n};
}

/// n normal numbers.
inline std::vector<float> normal_group(std::size_t n, std::uint64_t salt) {
  auto random = generator(salt);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& v : x) v = normal(random);
  return x;
}

/// ||x - decode(encode(x))||^2.
template <class Q>
double squared_error(const Q& q, const std::vector<float>& x) {
  double sum = 0;
  for (const float v : x) {
    const double d = static_cast<double>(v) - static_cast<double>(lowbit::decode(q, encode(q, v)));
    sum += d * d;
  }
  return sum;
}

}  // namespace test
