// lowbit/nn/formats/flexpoint_format.hpp – Flexpoint: the exponent is predicted from the maxima of earlier uses.
//
// Words are 16-bit integers, and Autoflex (quantize/number/flexpoint.hpp) predicts the exponent of the next use from the
// largest words of the last 16. Parameters are stored with the same words. The first tensor that is not all 0 is written
// again and again, until its words are filled well; then predictions begin. A tensor of zeros has no largest word, and is
// left out of the history.
//
// Source: Köster et al., "Flexpoint", arXiv:1711.02213, section 3 and algorithms 1-2.
#ifndef LOWBIT_NN_FORMATS_FLEXPOINT_FORMAT_HPP
#define LOWBIT_NN_FORMATS_FLEXPOINT_FORMAT_HPP

#include "lowbit/nn/formats/tensor_format.hpp"
#include "lowbit/quantize/number/flexpoint.hpp"

LOWBIT_BEGIN
namespace nn {

/// Words of 16 bits, one exponent per use.
class flexpoint_format final : public tensor_format {
 public:
  using controller = autoflex<16>;

  /// The constants of the prediction and the bounds of the exponent; a device with 5 bits of exponent has 32 of them.
  /// Errors: bounds that are out of order, or beyond -126 and 120.
  explicit flexpoint_format(controller::options options = {})
      : controller_(first_exponent, options) {
    if (!(-126 <= options.least && options.least <= options.most && options.most <= 120))
      detail::fail("nn::flexpoint_format: exponents from %d to %d: they must be in -126 ... 120",
                   options.least, options.most);
  }

  [[nodiscard]] std::unique_ptr<tensor_format> copy() const override {
    return std::make_unique<flexpoint_format>(*this);
  }
  void use(std::span<float> x, index_t) override {
    if (!has_numbers(x)) return;
    if (!started_) start(x);
    const int largest = largest_word(x);
    round_numbers(x, precision::propagation);
    controller_.update(largest);
  }
  void round_numbers(std::span<float> x, precision) const override {
    if (!started_) return;
    const flexpoint<16> q = controller_.format();
    for (float& v : x) v = q.decode(q.encode(v));
  }
  [[nodiscard]] int exponent() const noexcept override { return controller_.format().exponent; }

  void write_state(std::vector<double>& to) const override {
    to.push_back(started_ ? 1 : 0);
    const controller::memory all = controller_.state();
    to.insert(to.end(), all.begin(), all.end());
  }
  void read_state(std::span<const double>& from) override {
    started_ = detail::nn::take_state(from) != 0;
    controller::memory all{};
    all[0] = detail::nn::take_state(from);
    if (!(all[0] >= -126 && all[0] <= 120))
      detail::fail("nn::read_state: %g stands where an exponent should be", all[0]);
    all[1] = detail::nn::take_count(from);
    for (std::size_t i = 2; i < all.size(); ++i) all[i] = detail::nn::take_state(from);
    controller_.restore(all);
  }

 private:
  static constexpr int first_exponent = -15;  ///< words reach 1

  [[nodiscard]] int largest_word(std::span<const float> x) const noexcept {
    const flexpoint<16> q = controller_.format();
    int largest = 0;
    for (const float v : x) {
      const int word = q.encode(v), size = word < 0 ? -word : word;
      largest = size > largest ? size : largest;
    }
    return largest;
  }
  [[nodiscard]] static bool has_numbers(std::span<const float> x) noexcept {
    for (const float v : x)
      if (is_above(magnitude(v), 0)) return true;
    return false;
  }
  /// Large jumps; they end where the exponent is at a bound.
  void start(std::span<const float> x) noexcept {
    for (int before = exponent();; before = exponent())
      if (controller_.start(largest_word(x)) || exponent() == before) break;
    started_ = true;
  }

  controller controller_;
  bool started_ = false;
};

}  // namespace nn
LOWBIT_END

#endif
