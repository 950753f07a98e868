// lowbit/nn/formats/dynamic_fixed_point_format.hpp – fixed point whose range follows the overflows of a tensor.
//
// Words are scaled integers (quantize/number/scaled_integer.hpp): n bits and a sign, i bits in front of the point. Over a
// window of images two shares are counted: numbers that overflow, and numbers that would overflow with half the range.
// At its end
//
//     overflow > limit              i + 1
//     overflow of half <= limit     i - 1
//
// Of stationary numbers the range settles and cannot oscillate: behind a step up, the overflow of half is the overflow
// from before, which was above the limit. Numbers are counted before they are rounded.
//
// The paper trains once with 31 bits to find the first ranges. Here the first tensor that is not all 0 gives it: the
// smallest range that the controller would not leave.
//
// Source: Courbariaux, Bengio, David, "Training deep neural networks with low precision multiplications",
// arXiv:1412.7024, sections 5 and 8.2; words of 10 bits, of 12 bits for stored parameters, windows of 10000 images.
#ifndef LOWBIT_NN_FORMATS_DYNAMIC_FIXED_POINT_FORMAT_HPP
#define LOWBIT_NN_FORMATS_DYNAMIC_FIXED_POINT_FORMAT_HPP

#include "lowbit/nn/formats/tensor_format.hpp"
#include "lowbit/quantize/number/scaled_integer.hpp"

LOWBIT_BEGIN
namespace nn {

/// The paper's numbers. Bits are without the sign.
struct dynamic_fixed_point_options {
  int bits = 9;
  int update_bits = 11;
  double limit = 1e-4;
  index_t window = 10000;  ///< images between two decisions
};

/// A range that moves by one bit per window.
class dynamic_fixed_point_format final : public tensor_format {
 public:
  /// Errors: bits that scaled_integer refuses; a limit that is not in [0, 1); a window below 1.
  explicit dynamic_fixed_point_format(dynamic_fixed_point_options options = {})
      : options_(options) {
    words(precision::propagation).validate();
    words(precision::update).validate();
    if (!(options.limit >= 0 && options.limit < 1) || options.window < 1)
      detail::fail(
          "nn::dynamic_fixed_point_format: limit %g must be in [0, 1), window %td at least 1",
          options.limit, options.window);
  }

  [[nodiscard]] std::unique_ptr<tensor_format> copy() const override {
    return std::make_unique<dynamic_fixed_point_format>(*this);
  }
  void use(std::span<float> x, index_t images) override {
    if (!started_ && !start(x)) return;
    const scaled_integer now = words(precision::propagation);
    const scaled_integer half{now.bits, now.integer_bits - 1};
    for (float& v : x) {
      over_ += now.overflows(v) ? 1 : 0;
      over_half_ += half.overflows(v) ? 1 : 0;
      v = now.decode(now.encode(v));
    }
    seen_ += static_cast<double>(x.size());
    images_ += images;
    if (images_ < options_.window || seen_ == 0) return;
    set(integer_bits_ + scaled_integer_move(over_ / seen_, over_half_ / seen_, options_.limit));
    images_ = 0;
    seen_ = over_ = over_half_ = 0;
  }
  void round_numbers(std::span<float> x, precision p) const override {
    if (!started_) return;
    const scaled_integer q = words(p);
    for (float& v : x) v = q.decode(q.encode(v));
  }
  [[nodiscard]] int exponent() const noexcept override { return integer_bits_ - options_.bits; }
  /// The bits in front of the point, i.
  [[nodiscard]] int integer_bits() const noexcept { return integer_bits_; }

  void write_state(std::vector<double>& to) const override {
    to.insert(to.end(), {started_ ? 1.0 : 0.0, static_cast<double>(integer_bits_),
                         static_cast<double>(images_), seen_, over_, over_half_});
  }
  void read_state(std::span<const double>& from) override {
    started_ = detail::nn::take_state(from) != 0;
    const double bits = detail::nn::take_state(from);
    if (!(bits >= -largest_range && bits <= largest_range))
      detail::fail("nn::read_state: %g stands where a range should be", bits);
    integer_bits_ = static_cast<int>(bits);
    images_ = static_cast<index_t>(detail::nn::take_count(from));
    seen_ = detail::nn::take_count(from);
    over_ = detail::nn::take_count(from);
    over_half_ = detail::nn::take_count(from);
  }

 private:
  static constexpr int largest_range = 100;

  [[nodiscard]] scaled_integer words(precision p) const noexcept {
    return {p == precision::update ? options_.update_bits : options_.bits, integer_bits_};
  }
  void set(int integer_bits) noexcept {
    integer_bits_ = integer_bits < -largest_range  ? -largest_range
                    : integer_bits > largest_range ? largest_range
                                                   : integer_bits;
  }
  /// Finds the first range; false if all numbers are 0.
  [[nodiscard]] bool start(std::span<const float> x) {
    float largest = 0;
    for (const float v : x) largest = is_above(magnitude(v), largest) ? magnitude(v) : largest;
    if (!(largest > 0)) return false;
    set(ceil_log2(largest) + 1);
    const auto overflow = [&](int integer_bits) {
      return scaled_integer{options_.bits, integer_bits}.overflow_rate(x);
    };
    while (integer_bits_ > -largest_range && overflow(integer_bits_ - 1) <= options_.limit)
      --integer_bits_;
    started_ = true;
    return true;
  }

  dynamic_fixed_point_options options_;
  bool started_ = false;
  int integer_bits_ = 0;
  index_t images_ = 0;                          ///< of this window
  double seen_ = 0, over_ = 0, over_half_ = 0;  ///< counts of this window
};

}  // namespace nn
LOWBIT_END

#endif
