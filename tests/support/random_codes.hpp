// Matrices of codes that find faults. Uniform codes find wrong formulas, extreme codes find sums that overflow inside a
// kernel, and one-hot codes find bits in the wrong place.
#pragma once

#include "support/oracle.hpp"
#include "support/settings.hpp"

namespace test {

enum class fill { uniform, all_min, all_max, max_vs_min, one_hot, alternating };

inline constexpr fill fills[] = {fill::uniform,    fill::all_min, fill::all_max,
                                 fill::max_vs_min, fill::one_hot, fill::alternating};

inline const char* name(fill f) {
  static constexpr const char* names[] = {"uniform",    "all_min", "all_max",
                                          "max_vs_min", "one_hot", "alternating"};
  return names[static_cast<int>(f)];
}

enum class side { lhs, rhs };

/// rows x depth codes of E. max_vs_min: all largest on the left, all smallest on the right. one_hot: one largest
/// value per row, at a place that differs from row to row, among the smallest.
template <class E, class Generator>
lowbit::matrix<code_t> random_codes(index_t rows, index_t depth, fill kind, side where,
                                    Generator& random) {
  const auto all = all_codes(E{});
  const code_t low = smallest(E{}), high = largest(E{});
  std::uniform_int_distribution<std::size_t> any(0, all.size() - 1);
  lowbit::matrix<code_t> codes(rows, depth);
  for (index_t r = 0; r < rows; ++r)
    for (index_t k = 0; k < depth; ++k) switch (kind) {
        case fill::uniform:
          codes(r, k) = all[any(random)];
          break;
        case fill::all_min:
          codes(r, k) = low;
          break;
        case fill::all_max:
          codes(r, k) = high;
          break;
        case fill::max_vs_min:
          codes(r, k) = where == side::lhs ? high : low;
          break;
        case fill::one_hot:
          codes(r, k) = k == (r * 37 + 5) % depth ? high : low;
          break;
        case fill::alternating:
          codes(r, k) = (r + k) % 2 == 0 ? high : low;
          break;
      }
  return codes;
}

/// rows x cols floats: mostly normal ones, and values that break comparisons and roundings.
template <class Generator>
lowbit::matrix<float> random_floats(index_t rows, index_t cols, Generator& random) {
  static constexpr float special[] = {0.0f,        -0.0f, 1e-41f, -1e-41f, 0.5f,  -0.5f,
                                      0.49999997f, 1.0f,  -1.0f,  2.0f,    -2.0f, 1e-3f};
  std::normal_distribution<float> normal;
  std::uniform_int_distribution<std::size_t> pick(0, 8 * std::size(special));
  lowbit::matrix<float> x(rows, cols);
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < cols; ++c) {
      const std::size_t i = pick(random);
      x(r, c) = i < std::size(special) ? special[i] : normal(random);
    }
  return x;
}

}  // namespace test
