// lowbit/quantize/fit/largest_open.hpp – the largest weights that are not frozen yet.
#ifndef LOWBIT_QUANTIZE_FIT_LARGEST_OPEN_HPP
#define LOWBIT_QUANTIZE_FIT_LARGEST_OPEN_HPP

#include <algorithm>
#include <span>

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/error.hpp"
#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/rounding.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// Sets frozen[i] to 1 and calls f(i) for the weights of largest magnitude until round(portion * n) are frozen. Frozen
/// weights stay frozen; of equal magnitudes the first are taken. Cost: n log n. Errors: the lengths differ; portion is
/// not in [0, 1].
template <class F>
void for_each_largest_open(double portion, std::span<const float> w, std::span<std::uint8_t> frozen,
                           const F& f) {
  if (w.size() != frozen.size())
    fail("freeze_largest: %zu weights, %zu marks: they must be equal", w.size(), frozen.size());
  if (is_nan(portion) || !(portion >= 0 && portion <= 1))
    fail("freeze_largest: a portion of %g: it must be in [0, 1]", portion);
  struct larger_first {
    std::span<const float> w;
    bool operator()(index_t a, index_t b) const noexcept {
      const float x = magnitude(w[static_cast<std::size_t>(a)]),
                  y = magnitude(w[static_cast<std::size_t>(b)]);
      return x > y || (x == y && a < b);
    }
  };
  buffer<index_t> open(static_cast<index_t>(w.size()));
  index_t count = 0;
  for (std::size_t i = 0; i < w.size(); ++i)
    if (frozen[i] == 0) open[count++] = static_cast<index_t>(i);
  std::sort(open.data(), open.data() + count, larger_first{w});
  const index_t wanted =
      static_cast<index_t>(round_half_even(portion * static_cast<double>(w.size()))) -
      (open.size() - count);
  for (index_t j = 0; j < count && j < wanted; ++j) {
    const auto i = static_cast<std::size_t>(open[j]);
    frozen[i] = 1;
    f(i);
  }
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
