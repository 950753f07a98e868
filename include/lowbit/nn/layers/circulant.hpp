// lowbit/nn/layers/circulant.hpp – a convolution whose 3x3 filters are rotated copies of fewer learned ones (CBCN).
//
//     filter l M + m of the convolution = learned filter l, its ring rotated by m * 360 / M degrees        M = 4 or 8
//
//     nn::circulant conv(nn::conv2d<sign<>, sign<>>(64, 128, square_window(3, 1, 1), stream));     16 learned filters
//     nn::circulant conv(nn::conv_layer(...), 4);                                                  90 degrees apart
//
// The copies are made before they are quantized, so the signs turn with the weights. An optimizer moves the learned
// filters alone. Circulant back-propagation turns the gradient of each copy back and adds the results:
//
//     dL/d(learned filter l) = sum over m of the gradient of filter l M + m, rotated by -m * 360 / M degrees
//
// It is the exact derivative of the expansion. The rotation of a ring is in quantize/methods/circulant_filter.hpp.
// The copies of a filter are channels next to each other in the result. A layer behind it reads them as any channels.
// So inputs of M orientations, which the paper has behind its first layer, need nothing else.
//
// Frozen and deployed, the layer is the convolution of all its filters: a file has M times the learned weights.
//
// Source: Liu et al., "Circulant binary convolutional networks", arXiv:1910.10853, sections 3.1 to 3.3.
#ifndef LOWBIT_NN_LAYERS_CIRCULANT_HPP
#define LOWBIT_NN_LAYERS_CIRCULANT_HPP

#include "lowbit/nn/layers/conv_layer.hpp"
#include "lowbit/quantize/methods/circulant_filter.hpp"

LOWBIT_BEGIN
namespace nn {

/// Conv is an nn::conv2d or nn::conv_layer of windows of 3x3 taps, of any stride, dilation and padding.
template <std::derived_from<conv_layer> Conv>
class circulant : public layer_group<circulant<Conv>> {
 public:
  /// `conv` has all filters, of which 0, M, 2M ... are the learned ones at first; M is `copies`. Errors: M is neither 4
  /// nor 8; other windows; filters of a group that M does not divide; weights that are frozen one by one (INQ).
  explicit circulant(Conv conv, index_t copies = 8)
      : step_(detail::quantizers::circulant_step(copies)),
        copies_(copies),
        conv_(std::move(conv)),
        filters_(learned_filters(conv_, copies), conv_.weights().value.cols()) {
    for (index_t l = 0; l < filters_.value.rows(); ++l)
      filters_.value.row(l) = conv_.weights().value.row(l * copies);
    take_group();
  }

  [[nodiscard]] index_t inputs() const noexcept { return conv_.inputs(); }
  /// Of all copies.
  [[nodiscard]] index_t outputs() const noexcept { return conv_.outputs(); }
  [[nodiscard]] index_t copies() const noexcept { return copies_; }
  [[nodiscard]] bool has_bias() const noexcept { return conv_.has_bias(); }
  [[nodiscard]] const window& over() const noexcept { return conv_.over(); }

  /// The learned filters, outputs / M rows of (9 taps, channels of a group).
  [[nodiscard]] parameter& filters() noexcept { return filters_; }
  [[nodiscard]] const parameter& filters() const noexcept { return filters_; }
  /// The convolution that forward() runs. Its weights are those of the last forward().
  [[nodiscard]] const Conv& conv() const noexcept { return conv_; }
  /// A copy of the convolution with all filters as they are now.
  [[nodiscard]] Conv expanded() const {
    Conv all = conv_;
    expand_into(all.weights().value);
    return all;
  }
  /// Other policies for the same filters. Errors: as conv_layer::set_policies() and the constructor.
  void set_policies(const any_policy& weight, const any_policy& input) {
    require_no_portions(weight);
    conv_.set_policies(weight, input);
    take_group();
  }

  /// Errors: as the convolution.
  feature_view forward(const feature_view& x) override {
    expand_into(conv_.weights().value);
    return conv_.forward(x);
  }
  /// dL/dx; leaves the gradients of the learned filters and of the convolution's other parameters. Errors: upstream has
  /// not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    const feature_view dx = conv_.backward(upstream);
    turn_back();
    return dx;
  }
  /// The same without dL/dx.
  void backward_parameters(const feature_view& upstream) override {
    conv_.backward_parameters(upstream);
    turn_back();
  }
  /// The learned filters, then the convolution's bias and trained numbers; valid while the layer lives and is not
  /// moved.
  [[nodiscard]] std::vector<parameter*> parameters() override {
    std::vector<parameter*> all = conv_.parameters();
    all.front() = &filters_;  // in the place of all filters
    return all;
  }

 private:
  friend layer_group<circulant<Conv>>;

  template <class F>
  void for_each(const F& f) {
    f(conv_);
  }

  [[nodiscard]] static index_t learned_filters(const Conv& conv, index_t copies) {
    const window& over = conv.over();
    if (over.vertical.size != 3 || over.horizontal.size != 3)
      detail::fail("nn::circulant: a window of %tdx%td taps: the ring of a filter has 3x3",
                   over.vertical.size, over.horizontal.size);
    if (conv.outputs() / conv.groups() % copies != 0)
      detail::fail(
          "nn::circulant: %td filters in %td groups for copies of %td: the copies of a filter are "
          "in one group, so %td must divide the filters of each group",
          conv.outputs(), conv.groups(), copies, copies);
    require_no_portions(conv.weight_policy_in_training().policy());
    return conv.outputs() / copies;
  }
  static void require_no_portions(const any_policy& weight) {
    if (weight.portion_at(0) < 1)
      detail::fail(
          "nn::circulant: this weight quantizer freezes weights one by one, and copies of a weight "
          "would stand still at different times: use a quantizer without portions");
  }

  /// The latent weights of a method are clipped where they are learned.
  void take_group() noexcept {
    filters_.clip = conv_.weights().clip;
    filters_.decay = conv_.weights().decay;
    filters_.rate = conv_.weights().rate;
  }
  /// f(learned filter, place in its row, filter of the convolution, place in its row, channels) for each tap of each
  /// copy.
  template <class F>
  void for_each_tap(const F& f) const {
    const index_t channels = filters_.value.cols() / 9;
    for (index_t l = 0; l < filters_.value.rows(); ++l)
      for (index_t m = 0; m < copies_; ++m)
        for (std::size_t tap = 0; tap < 9; ++tap)
          f(l, static_cast<index_t>(tap) * channels, l * copies_ + m,
            static_cast<index_t>(turned_place(tap, m * step_)) * channels, channels);
  }
  void expand_into(float_matrix& all) const {
    for_each_tap([&](index_t l, index_t from, index_t o, index_t to, index_t channels) {
      std::copy_n(filters_.value.data() + l * all.cols() + from, channels,
                  all.data() + o * all.cols() + to);
    });
  }
  /// The copies' gradients, turned back and added in order in double.
  void turn_back() {
    sums_.assign(static_cast<std::size_t>(filters_.value.size()), 0);
    const float_matrix& all = conv_.weights().gradient;
    for_each_tap([&](index_t l, index_t to, index_t o, index_t from, index_t channels) {
      double* const sum = sums_.data() + l * all.cols() + to;
      const float* const g = all.data() + o * all.cols() + from;
      for (index_t c = 0; c < channels; ++c) sum[c] += static_cast<double>(g[c]);
    });
    for (std::size_t i = 0; i < sums_.size(); ++i)
      elements(filters_.gradient)[i] = static_cast<float>(sums_[i]);
  }

  index_t step_, copies_;
  Conv conv_;
  parameter filters_;
  std::vector<double> sums_;
};

}  // namespace nn
LOWBIT_END

#endif
