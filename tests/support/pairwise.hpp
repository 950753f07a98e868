// A few combinations of the values of several factors, such that every pair of values of two factors occurs in one of
// them. Most faults that need a combination need only two values.
#pragma once

#include <array>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace test {

/// Rows of one value (0 ... sizes[f] - 1) per factor. Each row begins with a pair that is still missing and
/// takes for every other factor the value that adds most new pairs.
template <std::size_t Factors>
std::vector<std::array<std::size_t, Factors>> pairwise(
    const std::array<std::size_t, Factors>& sizes) {
  using value = std::pair<std::size_t, std::size_t>;  // factor, its value
  std::set<std::pair<value, value>> missing;
  for (std::size_t a = 0; a < Factors; ++a)
    for (std::size_t b = a + 1; b < Factors; ++b)
      for (std::size_t i = 0; i < sizes[a]; ++i)
        for (std::size_t j = 0; j < sizes[b]; ++j) missing.insert({{a, i}, {b, j}});
  std::vector<std::array<std::size_t, Factors>> rows;
  while (!missing.empty()) {
    const auto [first, second] = *missing.begin();
    std::array<std::size_t, Factors> row{};
    std::vector<value> chosen;
    const auto choose = [&](value v) {
      row[v.first] = v.second;
      for (const value& other : chosen)
        missing.erase(other < v ? std::pair{other, v} : std::pair{v, other});
      chosen.push_back(v);
    };
    choose(first);
    choose(second);
    for (std::size_t f = 0; f < Factors; ++f) {
      if (f == first.first || f == second.first) continue;
      std::size_t best = rows.size() % sizes[f], most = 0;
      for (std::size_t i = 0; i < sizes[f]; ++i) {
        std::size_t gained = 0;
        for (const value& other : chosen)
          gained += missing.count(other.first < f ? std::pair{other, value{f, i}}
                                                  : std::pair{value{f, i}, other});
        if (gained > most) best = i, most = gained;
      }
      choose({f, best});
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace test
