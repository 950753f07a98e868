// lowbit/compress/quantizer_by_width.hpp – quantizers of one method, by the bits of a code.
//
//     const auto steps = compress::quantizer_by_width::of<2, 8>([](auto bits) { return l2_step<bits()>{}; });
//     any_quantizer q = steps.at(4);                         l2_step<4>
//
// Widths are template parameters of quantizers. What searches or allocates widths has numbers that are known when the
// program runs. This table stands between both. A single quantizer converts to it: it serves layers of any width, also
// those to which no width was given.
//
// Families of the literature are in compress/width_families.hpp.
#ifndef LOWBIT_COMPRESS_QUANTIZER_BY_WIDTH_HPP
#define LOWBIT_COMPRESS_QUANTIZER_BY_WIDTH_HPP

#include <type_traits>
#include <utility>
#include <vector>

#include "lowbit/quantize/any_quantizer.hpp"

LOWBIT_BEGIN
namespace compress {

/// A quantizer per width. Copies share the quantizers' memory.
class quantizer_by_width {
 public:
  /// The same quantizer at every width. Not explicit: a quantizer may stand wherever widths are not asked for.
  template <class Q>
  requires(std::convertible_to<Q, any_quantizer> && !std::same_as<Q, quantizer_by_width>)
      quantizer_by_width(const Q& same)
      : quantizers_{same} {}

  /// f(std::integral_constant<int, K>{}) is the quantizer of K bits, for K from Least to Most.
  template <int Least, int Most, class F>
  [[nodiscard]] static quantizer_by_width of(const F& f) {
    static_assert(1 <= Least && Least <= Most && Most <= 8,
                  "lowbit::compress::quantizer_by_width: codes have 1 to 8 bits");
    std::vector<any_quantizer> all;
    [&]<int... I>(std::integer_sequence<int, I...>) {
      (all.push_back(f(std::integral_constant<int, Least + I>{})), ...);
    }
    (std::make_integer_sequence<int, Most - Least + 1>{});
    return {std::move(all), Least};
  }

  /// Whether the quantizer depends on the width.
  [[nodiscard]] bool varies() const noexcept { return least_ > 0; }
  /// The smallest and the largest width; 1 and 8 of a single quantizer.
  [[nodiscard]] int narrowest() const noexcept { return varies() ? least_ : 1; }
  [[nodiscard]] int widest() const noexcept {
    return varies() ? least_ + static_cast<int>(quantizers_.size()) - 1 : 8;
  }
  /// The quantizer of a width; a single quantizer, whatever the width. Errors: it has no such width.
  [[nodiscard]] const any_quantizer& at(int bits) const {
    if (!varies()) return quantizers_.front();
    if (bits < narrowest() || bits > widest())
      detail::fail("compress::quantizer_by_width: a width of %d bits: there are %d to %d", bits,
                   narrowest(), widest());
    return quantizers_[static_cast<std::size_t>(bits - least_)];
  }

 private:
  quantizer_by_width(std::vector<any_quantizer> all, int least)
      : quantizers_(std::move(all)), least_(least) {}

  std::vector<any_quantizer> quantizers_;
  int least_ = 0;  ///< 0: one quantizer for all
};

}  // namespace compress
LOWBIT_END

#endif
