// Random symbols of many shapes, as the weights and gaps of networks have them.
#pragma once

#include <cmath>
#include <vector>

#include "lowbit/core/types.hpp"
#include "support/settings.hpp"

namespace test {

/// n symbols below `alphabet`; each is `ratio` times as probable as the one before it. That is how gaps fall.
inline std::vector<lowbit::code_t> falling(std::size_t n, int alphabet, double ratio,
                                           std::uint64_t salt) {
  auto random = generator(salt);
  std::vector<lowbit::code_t> out(n);
  for (auto& s : out) {
    int x = 0;
    while (x + 1 < alphabet && std::generate_canonical<double, 32>(random) < ratio) ++x;
    s = static_cast<lowbit::code_t>(x);
  }
  return out;
}

/// n normal numbers of this deviation, rounded, around the middle of the alphabet. That is how weights lie.
inline std::vector<lowbit::code_t> bell(std::size_t n, int alphabet, double deviation,
                                        std::uint64_t salt) {
  auto random = generator(salt);
  std::normal_distribution<double> normal(alphabet / 2.0, deviation);
  std::vector<lowbit::code_t> out(n);
  for (auto& s : out)
    s = static_cast<lowbit::code_t>(
        std::min(std::max(std::round(normal(random)), 0.0), alphabet - 1.0));
  return out;
}

/// Bits per symbol that no code of single symbols goes below.
inline double entropy(const std::vector<std::uint64_t>& counts) {
  double all = 0, bits = 0;
  for (const auto n : counts) all += static_cast<double>(n);
  for (const auto n : counts)
    if (n > 0) bits -= static_cast<double>(n) / all * std::log2(static_cast<double>(n) / all);
  return bits;
}

}  // namespace test
