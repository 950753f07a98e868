// lowbit/nn/layers/low_precision.hpp – a layer all of whose numbers are short words while it trains.
//
//     nn::sequential net(nn::low_precision(nn::linear<nn::real, nn::real>(784, 256, stream, {.bias = true}), format),
//                        nn::low_precision(nn::activation(256, nn::relu{}), format), ...);
//
// The formats of training with short words (nn/formats/) are rules for every tensor, not only for weights and inputs:
//
//     stored parameters            rounded for updates, after each step of the optimizer
//     parameters in a pass         rounded for propagation
//     results                      the same; a linear layer has the paper's weighted sums, an activation its outputs
//     gradients of the results     the same, before the layer uses them
//     gradients of parameters      the same, before the optimizer uses them
//
// Each tensor has a format of its own. Images come as they are, and what an optimizer remembers stays in floats. The
// layer inside computes in floats, so sums are exact to 24 bits, as in the papers' accumulators.
//
// In evaluation formats stand still. Words of more than 8 bits have no packed form, so deploy() refuses this layer.
//
// Sources: Courbariaux, Bengio, David, arXiv:1412.7024, algorithm 1 and section 6; Köster et al., arXiv:1711.02213.
#ifndef LOWBIT_NN_LAYERS_LOW_PRECISION_HPP
#define LOWBIT_NN_LAYERS_LOW_PRECISION_HPP

#include <utility>

#include "lowbit/nn/formats/tensor_format.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// A tensor_format as a value.
class format_value {
 public:
  explicit format_value(const lowbit::nn::tensor_format& of) : format_(of.copy()) {}
  format_value(const format_value& other) : format_(other.format_->copy()) {}
  format_value(format_value&&) noexcept = default;
  format_value& operator=(format_value other) noexcept {
    format_.swap(other.format_);
    return *this;
  }
  ~format_value() = default;

  [[nodiscard]] lowbit::nn::tensor_format& operator*() const noexcept { return *format_; }
  [[nodiscard]] lowbit::nn::tensor_format* operator->() const noexcept { return format_.get(); }

 private:
  std::unique_ptr<lowbit::nn::tensor_format> format_;
};

}  // namespace detail::nn

namespace nn {

/// Layer with the words of a format. The layer has the same parameters all the time.
template <trainable_layer Layer>
class low_precision : public layer_group<low_precision<Layer>> {
 public:
  /// Every tensor gets a copy of the format as it is.
  low_precision(Layer layer, const tensor_format& format)
      : layer_(std::move(layer)), results_(format), errors_(format) {
    for (std::size_t i = 0; i < layer_.parameters().size(); ++i) {
      values_.emplace_back(format);
      gradients_.emplace_back(format);
    }
    used_.resize(values_.size());
  }

  /// In training rounds the stored parameters, too. Errors: those of the layer.
  feature_view forward(const feature_view& x) override {
    const std::vector<parameter*> all = layer_.parameters();
    const index_t images = x.shape().batch;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (training_) values_[i]->round_numbers(elements(all[i]->value), precision::update);
      used_[i] = all[i]->value;
      if (!training_) values_[i]->round_numbers(elements(used_[i]), precision::update);
      round_numbers(values_[i], used_[i], images);
    }
    const feature_view y = [&] {
      const exchanged words(all, used_);
      return layer_.forward(x);
    }();
    y_.resize(y.shape());
    y_.mutable_pixels() = y.pixels();
    round_numbers(results_, y_.mutable_pixels(), images);
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    return on_the_way_back(upstream, [&] { return layer_.backward(error_.read()); });
  }
  void backward_parameters(const feature_view& upstream) override {
    on_the_way_back(upstream, [&] {
      detail::nn::backward_parameters(layer_, error_.read());
      return error_.read();
    });
  }
  [[nodiscard]] std::vector<parameter*> parameters() override { return layer_.parameters(); }

  [[nodiscard]] Layer& layer() noexcept { return layer_; }
  [[nodiscard]] const Layer& layer() const noexcept { return layer_; }
  /// The formats of y, of dL/dy, of parameter i of parameters() and of its gradient.
  [[nodiscard]] const tensor_format& of_results() const noexcept { return *results_; }
  [[nodiscard]] const tensor_format& of_errors() const noexcept { return *errors_; }
  [[nodiscard]] const tensor_format& of_value(std::size_t i) const noexcept { return *values_[i]; }
  [[nodiscard]] const tensor_format& of_gradient(std::size_t i) const noexcept {
    return *gradients_[i];
  }

  void set_training(bool training) override {
    training_ = training;
    layer_group<low_precision>::set_training(training);
  }
  void write_state(std::vector<double>& to) const override {
    layer_group<low_precision>::write_state(to);
    results_->write_state(to);
    errors_->write_state(to);
    for (const detail::nn::format_value& f : values_) f->write_state(to);
    for (const detail::nn::format_value& f : gradients_) f->write_state(to);
  }
  void read_state(std::span<const double>& from) override {
    layer_group<low_precision>::read_state(from);
    results_->read_state(from);
    errors_->read_state(from);
    for (const detail::nn::format_value& f : values_) f->read_state(from);
    for (const detail::nn::format_value& f : gradients_) f->read_state(from);
  }

 private:
  friend layer_group<low_precision<Layer>>;

  /// Parameters have their words while this lives, and the stored values again afterwards.
  class exchanged {
   public:
    exchanged(const std::vector<parameter*>& all, std::vector<float_matrix>& words)
        : all_(&all), words_(&words) {
      swap();
    }
    exchanged(const exchanged&) = delete;
    exchanged& operator=(const exchanged&) = delete;
    ~exchanged() { swap(); }

   private:
    void swap() noexcept {
      for (std::size_t i = 0; i < all_->size(); ++i) (*all_)[i]->value.swap((*words_)[i]);
    }
    const std::vector<parameter*>* all_;
    std::vector<float_matrix>* words_;
  };

  template <class F>
  void for_each(const F& f) {
    detail::nn::as_trainable(layer_, f);
  }
  void round_numbers(const detail::nn::format_value& format, float_matrix& numbers,
                     index_t images) {
    if (training_)
      format->use(elements(numbers), images);
    else
      format->round_numbers(elements(numbers), precision::propagation);
  }
  template <class F>
  feature_view on_the_way_back(const feature_view& upstream, const F& back) {
    detail::core::require_same_shape("nn::low_precision", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    const std::vector<parameter*> all = layer_.parameters();
    const index_t images = upstream.shape().batch;
    error_.resize(upstream.shape());
    error_.mutable_pixels() = upstream.pixels();
    round_numbers(errors_, error_.mutable_pixels(), images);
    const feature_view dx = [&] {
      const exchanged words(all, used_);
      return back();
    }();
    for (std::size_t i = 0; i < all.size(); ++i)
      round_numbers(gradients_[i], all[i]->gradient, images);
    return dx;
  }

  Layer layer_;
  bool training_ = true;
  detail::nn::format_value results_, errors_;
  std::vector<detail::nn::format_value> values_, gradients_;
  std::vector<float_matrix> used_;  ///< the words of the parameters, in the last pass
  feature_map y_, error_;
};

}  // namespace nn
LOWBIT_END

#endif
