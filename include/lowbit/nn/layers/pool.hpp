// lowbit/nn/layers/pool.hpp – pools to train through.
//
//     max_pool               y = the largest number under the window     dL/dx goes to where it was
//     average_pool           y = the mean of the numbers on the image    dL/dx is shared among them
//     global_average_pool    the same over the whole image, to one pixel
//
// Padding has no value, as in pooling/float_pool.hpp: it is never the largest, nor part of a mean. Of equal numbers the
// first, in the order of taps, is the largest. NaN is never larger than a number, and a window of NaN alone gives its
// first tap.
#ifndef LOWBIT_NN_LAYERS_POOL_HPP
#define LOWBIT_NN_LAYERS_POOL_HPP

#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/window_rows.hpp"
#include "lowbit/pooling/float_pool.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// f(output row, input row, taps on the image) for every tap of every output that lies on the image.
template <class F>
void for_each_tap(tensor_shape in, const window& w, tensor_shape out, const F& f) {
  core::for_each_window(
      in, w, out, 0, out.batch * out.height,
      [&](const core::output_pixel& to, core::tap_range vertical, core::tap_range horizontal) {
        const index_t taps = vertical.count() * horizontal.count();
        for (index_t i = vertical.first; i < vertical.last; ++i)
          for (index_t j = horizontal.first; j < horizontal.last; ++j)
            f(to.number, input_row(in, w, to, i, j), taps);
      });
}

/// Gradients of means, shared among what they were the means of.
inline void share_out(const lowbit::nn::feature_view& upstream, const window& w,
                      lowbit::nn::feature_map& dx) {
  dx.mutable_pixels().setZero();
  for_each_tap(dx.shape(), w, upstream.shape(), [&](index_t row, index_t pixel, index_t taps) {
    dx.mutable_pixels().row(pixel) += upstream.pixels().row(row) / static_cast<float>(taps);
  });
}

}  // namespace detail::nn

namespace nn {

/// Max pooling.
class max_pool : public trainable {
 public:
  /// Errors: a size, stride or dilation below 1, or a negative padding.
  explicit max_pool(const window& over) : over_(over) {
    detail::core::fail_if(detail::core::window_problem(over_), "nn::max_pool");
  }

  [[nodiscard]] const window& over() const noexcept { return over_; }

  /// Errors: the window does not fit or lies on the padding alone.
  feature_view forward(const feature_view& x) override {
    in_ = x.shape();
    y_.resize(detail::pooling::pooled_shape(in_, over_, "nn::max_pool"));
    constexpr index_t nowhere = -1;
    from_.assign(static_cast<std::size_t>(y_.shape().elements()), nowhere);
    const index_t channels = in_.channels;
    detail::nn::for_each_tap(in_, over_, y_.shape(), [&](index_t row, index_t pixel, index_t) {
      const float* const v = x.pixels().data() + pixel * channels;
      float* const best = y_.mutable_pixels().data() + row * channels;
      index_t* const from = from_.data() + row * channels;
      for (index_t c = 0; c < channels; ++c) {
        if (from[c] != nowhere && !is_larger(v[c], best[c])) continue;
        from[c] = pixel;
        best[c] = v[c];
      }
    });
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::max_pool", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    dx_.resize(in_);
    dx_.mutable_pixels().setZero();
    const index_t channels = in_.channels;
    for (index_t i = 0; i < upstream.pixels().size(); ++i)
      dx_.mutable_pixels().data()[from_[static_cast<std::size_t>(i)] * channels + i % channels] +=
          upstream.pixels().data()[i];
    return dx_.read();
  }

 private:
  window over_;
  tensor_shape in_;
  feature_map y_, dx_;
  std::vector<index_t> from_;  ///< the pixel that each output was taken from
};

/// Average pooling.
class average_pool : public trainable {
 public:
  /// Errors: as max_pool.
  explicit average_pool(const window& over) : over_(over) {
    detail::core::fail_if(detail::core::window_problem(over_), "nn::average_pool");
  }

  [[nodiscard]] const window& over() const noexcept { return over_; }

  /// Errors: the window does not fit or lies on the padding alone.
  feature_view forward(const feature_view& x) override {
    in_ = x.shape();
    y_.resize(detail::pooling::pooled_shape(in_, over_, "nn::average_pool"));
    lowbit::average_pool(x.view(), over_, y_.mutable_view());
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::average_pool", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    dx_.resize(in_);
    detail::nn::share_out(upstream, over_, dx_);
    return dx_.read();
  }

 private:
  window over_;
  tensor_shape in_;
  feature_map y_, dx_;
};

/// The mean of each channel over the whole image.
class global_average_pool : public trainable {
 public:
  /// Errors: images without pixels.
  feature_view forward(const feature_view& x) override {
    in_ = x.shape();
    y_.resize({in_.batch, 1, 1, in_.channels});
    lowbit::average_pool(x.view(), whole(), y_.mutable_view());
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::global_average_pool", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    dx_.resize(in_);
    detail::nn::share_out(upstream, whole(), dx_);
    return dx_.read();
  }

 private:
  [[nodiscard]] window whole() const noexcept {
    return {{in_.height > 0 ? in_.height : 1}, {in_.width > 0 ? in_.width : 1}};
  }
  tensor_shape in_;
  feature_map y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
