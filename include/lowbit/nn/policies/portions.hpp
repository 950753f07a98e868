// lowbit/nn/policies/portions.hpp – weights that are quantized and frozen portion by portion (INQ).
//
// Progress of training says which portion of the weights is frozen (portion_at() of the quantizer). The largest
// magnitudes come first: they get their levels, take no step any more (parameter::frozen), and the levels stay as they
// were fitted then. The other weights run as the real numbers that they are. Where no progress is set, all weights are
// quantized on every pass, as by any other method.
#ifndef LOWBIT_NN_POLICIES_PORTIONS_HPP
#define LOWBIT_NN_POLICIES_PORTIONS_HPP

#include "lowbit/nn/policies/straight_through.hpp"
#include "lowbit/quantize/fit/largest_open.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// How much of a layer's weights is frozen.
class weight_portions {
 public:
  /// From the next pass of training on. A portion of 1 before any other changes nothing.
  void set_portion(double portion) noexcept {
    staged_ = staged_ || portion < 1;
    wanted_ = portion;
  }
  /// y = what the layer multiplies with.
  void forward(lowbit::nn::straight_through& policy, lowbit::nn::parameter& w,
               lowbit::nn::float_matrix& y, const random_stream& stream, index_t first) {
    policy.forward(w.value, y, stream, first);
    if (!staged_) return;
    if (wanted_ > portion_) {
      w.frozen.resize(static_cast<std::size_t>(w.value.size()));
      quantizers::for_each_largest_open(wanted_, lowbit::nn::elements(std::as_const(w.value)),
                                        w.frozen,
                                        [&](std::size_t i) { w.value.data()[i] = y.data()[i]; });
      portion_ = wanted_;
      policy.hold(true);
    }
    keep_open(w, y);
  }
  void evaluate(lowbit::nn::straight_through& policy, const lowbit::nn::parameter& w,
                lowbit::nn::float_matrix& y) const {
    policy.forward(w.value, y);
    if (staged_) keep_open(w, y);
  }

  void write_state(const lowbit::nn::parameter& w, std::vector<double>& to) const {
    to.push_back(staged_ ? 1 : 0);
    to.push_back(portion_);
    for (std::size_t i = 0; i < w.frozen.size() && portion_ > 0; ++i) to.push_back(w.frozen[i]);
  }
  void read_state(lowbit::nn::straight_through& policy, lowbit::nn::parameter& w,
                  std::span<const double>& from) {
    staged_ = take_state(from) != 0;
    portion_ = take_state(from);
    w.frozen.clear();
    if (!(portion_ > 0)) return;
    policy.fit(w.value);
    policy.hold(true);
    for (index_t i = 0; i < w.value.size(); ++i) w.frozen.push_back(take_state(from) != 0 ? 1 : 0);
  }

 private:
  static void keep_open(const lowbit::nn::parameter& w, lowbit::nn::float_matrix& y) {
    for (index_t i = 0; i < w.value.size(); ++i)
      if (w.frozen.empty() || w.frozen[static_cast<std::size_t>(i)] == 0)
        y.data()[i] = w.value.data()[i];
  }

  bool staged_ = false;
  double wanted_ = 1, portion_ = 0;
};

}  // namespace detail::nn
LOWBIT_END

#endif
