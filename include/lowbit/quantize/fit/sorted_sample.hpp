// lowbit/quantize/fit/sorted_sample.hpp – the elements of a group in order, with running sums.
//
// The elements that are nearest to one level follow each other in sorted order. So the solvers sort once (n log n):
// Lloyd for k-means, QEM for LQ-Nets, the step of least squared error, the exact ternary threshold. After that each
// round costs one binary search per level, and no element is read again for a sum or a count.
#ifndef LOWBIT_QUANTIZE_FIT_SORTED_SAMPLE_HPP
#define LOWBIT_QUANTIZE_FIT_SORTED_SAMPLE_HPP

#include <algorithm>

#include "lowbit/core/buffer.hpp"
#include "lowbit/quantize/fit/reduce.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// Number and sum of some elements.
struct moments {
  index_t count = 0;
  double sum = 0;
};

/// Elements first ... last - 1 of the sorted row.
struct stretch {
  index_t first;
  index_t last;
};

/// Orders that are this library's own: std::sort with them is no function that other objects share.
struct ascending {
  bool operator()(float a, float b) const noexcept { return a < b; }
};
struct descending_magnitude {
  bool operator()(float a, float b) const noexcept { return magnitude(a) > magnitude(b); }
};

/// A finite group, sorted by Order, with sums[i] = the sum of `term` over the first i elements.
class sorted_sample {
 public:
  /// Errors: an element is not finite.
  template <class Order, class Term>
  sorted_sample(std::span<const float> group, const char* who, Order order, Term term)
      : elements_(static_cast<index_t>(group.size())), sums_(elements_.size() + 1) {
    require_finite(group, who);
    for (index_t i = 0; i < size(); ++i) elements_[i] = group[static_cast<std::size_t>(i)];
    std::sort(elements_.begin(), elements_.end(), order);
    for (index_t i = 0; i < size(); ++i)
      sums_[i + 1] = sums_[i] + static_cast<double>(term(elements_[i]));
  }
  sorted_sample(std::span<const float> group, const char* who)
      : sorted_sample(group, who, ascending{}, [](float x) { return x; }) {}

  [[nodiscard]] index_t size() const noexcept { return elements_.size(); }
  [[nodiscard]] float operator[](index_t i) const noexcept { return elements_[i]; }
  [[nodiscard]] moments over(stretch s) const noexcept {
    return {s.last - s.first, sums_[s.last] - sums_[s.first]};
  }
  /// The first element from `first` on for which goes_on(x) is false; it is true for those before.
  template <class Predicate>
  [[nodiscard]] index_t end_of(index_t first, Predicate goes_on) const noexcept {
    index_t last = size();
    while (first < last) {
      const index_t middle = first + (last - first) / 2;
      if (goes_on(elements_[middle]))
        first = middle + 1;
      else
        last = middle;
    }
    return first;
  }

 private:
  buffer<float> elements_;
  buffer<double> sums_;
};

}  // namespace detail::quantizers
LOWBIT_END

#endif
