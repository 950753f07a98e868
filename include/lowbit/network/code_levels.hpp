// lowbit/network/code_levels.hpp – what the codes of a layer's operand stand for, as data.
//
// A quantized operand is packed codes and numbers: a scale and an offset, a coefficient per plane, or a table entry per
// code (encoding/levels.hpp). There is one set of these numbers for all codes, or one per row (of weights: per output
// channel). There may also be one per group of depth, or one per group of each row (quantize/granularity.hpp).
// code_levels holds them with the format as values, so a layer is compiled once for all quantizers, and can be saved.
//
//     depth of a filter: taps in order, each with its channels; group g holds elements g * group ... of it
#ifndef LOWBIT_NETWORK_CODE_LEVELS_HPP
#define LOWBIT_NETWORK_CODE_LEVELS_HPP

#include <algorithm>
#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/encoding/levels.hpp"

LOWBIT_BEGIN

/// The format of codes, and the numbers that turn them into floats.
struct code_levels {
  code_format format{};
  index_t group = 0;           ///< elements along depth that share a set of numbers; 0: all
  bool per_row = false;        ///< each row has its own
  std::vector<float> numbers;  ///< row after row, group after group

  /// Numbers of one set: scale and offset, a coefficient per plane, or an entry per code.
  [[nodiscard]] std::size_t set_size() const noexcept {
    return static_cast<std::size_t>(level_floats(format));
  }
  [[nodiscard]] index_t groups(index_t depth) const noexcept {
    return group == 0 || depth == 0 ? 1 : (depth - 1) / group + 1;
  }
  /// Sets of numbers, where there are no groups.
  [[nodiscard]] index_t sets() const noexcept {
    return static_cast<index_t>(numbers.size() / set_size());
  }
  /// True if two rows have the same numbers, where there are no groups.
  [[nodiscard]] bool same_set(index_t a, index_t b) const noexcept {
    const float* const one = set(a, 0, 1);
    return std::equal(one, one + set_size(), set(b, 0, 1));
  }
  /// What a part's integers are multiplied by.
  [[nodiscard]] float scale(index_t row, index_t of_group, index_t depth, int part) const noexcept {
    return set(row, of_group, depth)[part];
  }
  /// What is added to each element.
  [[nodiscard]] float offset(index_t row, index_t of_group, index_t depth) const noexcept {
    return format.kind == code_kind::integers ? set(row, of_group, depth)[1] : 0.0f;
  }

  /// The float that a code of a set stands for, as encoding/levels.hpp has it.
  [[nodiscard]] float number(code_t code, index_t of_set = 0) const noexcept {
    return float_of(format, numbers.data() + of_set * level_floats(format), code);
  }

  /// What is wrong with these levels for rows of this depth, or nothing.
  [[nodiscard]] reason problem(index_t rows, index_t depth) const noexcept {
    if (group < 0) return make_reason("levels per %td elements: there must be at least one", group);
    const index_t sets = (per_row ? rows : 1) * groups(depth);
    if (static_cast<index_t>(numbers.size() / set_size()) != sets ||
        numbers.size() % set_size() != 0)
      return make_reason("%zu numbers as levels: %td sets of %zu are needed", numbers.size(), sets,
                         set_size());
    for (const float x : numbers)
      if (!is_finite(x))
        return make_reason("a level of %g: it must be finite", static_cast<double>(x));
    return {};
  }
  /// f for each thing that is saved, in order.
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.format);
    f(self.group);
    f(self.per_row);
    f(self.numbers);
  }

 private:
  [[nodiscard]] const float* set(index_t row, index_t of_group, index_t depth) const noexcept {
    const index_t number = (per_row ? row * groups(depth) : 0) + of_group;
    return numbers.data() + number * static_cast<index_t>(set_size());
  }
};

namespace detail::network {

/// The floats that codes stand for, set after set, code after code; none without a format.
[[nodiscard]] inline std::vector<float> floats_of(const code_levels& levels) {
  std::vector<float> floats;
  if (levels.format.plane_count < 1) return floats;
  for (index_t set = 0; set < levels.sets(); ++set)
    for (int c = 0; c < 1 << levels.format.plane_count; ++c)
      floats.push_back(levels.number(static_cast<code_t>(c), set));
  return floats;
}

}  // namespace detail::network
LOWBIT_END

#endif
