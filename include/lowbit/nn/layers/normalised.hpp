// lowbit/nn/layers/normalised.hpp – a convolution and the batch norm behind it, as one layer.
//
//     y = bn(conv2d(x))          one mean, variance, gamma and beta for each output channel
//
// They belong together because they are deployed together. The batch norm becomes a stage in the tile of the packed
// convolution, or one integer threshold per channel (nn/deployment/deploy.hpp).
#ifndef LOWBIT_NN_LAYERS_NORMALISED_HPP
#define LOWBIT_NN_LAYERS_NORMALISED_HPP

#include "lowbit/nn/layers/batch_norm.hpp"
#include "lowbit/nn/layers/conv2d.hpp"

LOWBIT_BEGIN
namespace nn {

/// Conv is an nn::conv2d.
template <trainable_layer Conv>
class normalised : public layer_group<normalised<Conv>> {
 public:
  /// Errors: the convolution has a bias, which the batch norm would take off again; an option of the
  /// batch norm is out of range.
  explicit normalised(Conv conv, batch_norm_options options = {})
      : conv_(std::move(conv)), norm_(conv_.outputs(), options) {
    if (conv_.has_bias())
      detail::fail(
          "nn::normalised: the convolution of %td channels has a bias: the batch norm takes it off "
          "again",
          conv_.outputs());
  }

  /// Normalised by the batch's own statistics, in evaluation by the running ones. Errors: those of the convolution; no
  /// pixel at all.
  feature_view forward(const feature_view& x) override { return norm_.forward(conv_.forward(x)); }
  /// dL/dx; leaves the gradients of all parameters. Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    return conv_.backward(norm_.backward(upstream));
  }
  /// The same without dL/dx.
  void backward_parameters(const feature_view& upstream) override {
    detail::nn::backward_parameters(conv_, norm_.backward(upstream));
  }
  /// What is trained; valid while the layer lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override { return this->parameters_of_all(); }

  /// The same layer around the expanded convolution. Allocates both.
  [[nodiscard]] auto expanded() const requires expandable_layer<Conv> {
    normalised<decltype(conv_.expanded())> all(conv_.expanded());
    all.norm() = norm_;
    return all;
  }

  [[nodiscard]] Conv& conv() noexcept { return conv_; }
  [[nodiscard]] const Conv& conv() const noexcept { return conv_; }
  [[nodiscard]] batch_norm& norm() noexcept { return norm_; }
  [[nodiscard]] const batch_norm& norm() const noexcept { return norm_; }

 private:
  friend layer_group<normalised<Conv>>;

  template <class F>
  void for_each(const F& f) {
    detail::nn::as_trainable(conv_, f);
    f(norm_);
  }

  Conv conv_;
  batch_norm norm_;
};

/// A convolution with its batch norm, by the convolution's policies.
template <class Weight, class Input, pad_value P = pad::zero>
using normalised_conv2d = normalised<conv2d<Weight, Input, P>>;

}  // namespace nn
LOWBIT_END

#endif
