// lowbit/nn/layers/dropout.hpp – numbers that are left out at random while training.
//
//     training      y = x / (1 - p) with probability 1 - p, else 0
//     evaluation    y = x
//
// It belongs in front of a sign, whose result the factor 1 / (1 - p) does not change. Behind a sign its zeros would be
// a third value, which binary codes do not have.
//
// Source: Srivastava et al., "Dropout", JMLR 15 (2014).
#ifndef LOWBIT_NN_LAYERS_DROPOUT_HPP
#define LOWBIT_NN_LAYERS_DROPOUT_HPP

#include "lowbit/core/random.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// Takes images of any shape. Element k of draw d takes a number of the stream that depends on d and k alone. A
/// checkpoint keeps how many numbers were drawn.
class dropout : public training_only {
 public:
  /// p: the share that is left out. Errors: p is not in [0, 1).
  explicit dropout(float p, const random_stream& stream) : p_(p), stream_(stream) {
    if (!(p >= 0 && p < 1))
      detail::fail("nn::dropout: p is %g: it must be in [0, 1)", static_cast<double>(p));
  }

  feature_view forward(const feature_view& x) override {
    y_.resize(x.shape());
    y_.mutable_pixels() = x.pixels();
    if (!training_) return y_.read();
    kept_.resize(x.pixels().rows(), x.pixels().cols());
    const float scale = 1 / (1 - p_);
    for (float& k : elements(kept_)) k = stream_.uniform(drawn_++) < p_ ? 0 : scale;
    y_.mutable_pixels().array() *= kept_.array();
    return y_.read();
  }
  /// For the last forward() in training. Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::dropout", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    dx_.resize(upstream.shape());
    dx_.mutable_pixels() = upstream.pixels();
    if (training_) dx_.mutable_pixels().array() *= kept_.array();
    return dx_.read();
  }

  void set_training(bool training) override { training_ = training; }
  void write_state(std::vector<double>& to) const override {
    to.push_back(static_cast<double>(drawn_));
  }
  void read_state(std::span<const double>& from) override {
    drawn_ = static_cast<index_t>(detail::nn::take_count(from));
  }

 private:
  float p_;
  random_stream stream_;
  index_t drawn_ = 0;
  bool training_ = true;
  float_matrix kept_;
  feature_map y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
