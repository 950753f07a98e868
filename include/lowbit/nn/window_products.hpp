// lowbit/nn/window_products.hpp – the float arithmetic of a convolution while training.
//
//     y = windows(x) w^T      dw = g^T windows(x)      dx = scatter(g w)
//
// What a layer's policies make of weights and inputs is in nn/layers/conv_layer.hpp; here are floats alone. With
// groups, the channels of each group are copied out and multiplied as a convolution of their own. Depthwise windows of
// one pixel have one product per element, and copy nothing.
#ifndef LOWBIT_NN_WINDOW_PRODUCTS_HPP
#define LOWBIT_NN_WINDOW_PRODUCTS_HPP

#include <vector>

#include "lowbit/nn/window_rows.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// A window, and the memory in which windows are gathered.
class window_products {
 public:
  /// Errors: a window without taps or with a stride or dilation below 1.
  explicit window_products(const window& over) : over_(over) {
    core::fail_if(core::window_problem(over), "nn::conv2d");
  }

  [[nodiscard]] const window& over() const noexcept { return over_; }

  /// y = windows of x times w^T, group by group: filters of a group read its channels alone. y has its shape. `beyond`
  /// is what the padding holds.
  void forward(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w, float beyond,
               index_t groups, lowbit::nn::feature_map& y) {
    if (groups == 1) return forward_one(x, w, beyond, y);
    if (scales_channels(x.shape(), groups)) return scale_channels(x, w, y);
    for (index_t g = 0; g < groups; ++g) {
      take_group(x, groups, g, group_x_);
      const lowbit::nn::float_matrix group_w = filters_of(w, groups, g);
      resize_group(y.shape(), groups, group_y_);
      forward_one(group_x_.read(), group_w, beyond, group_y_);
      put_group(group_y_, groups, g, y);
    }
  }

  /// dw = g^T times the windows of x; dx too, unless it is null.
  void backward(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w, float beyond,
                index_t groups, const lowbit::nn::feature_view& upstream,
                lowbit::nn::float_matrix& dw, lowbit::nn::feature_map* dx) {
    if (groups == 1) return backward_one(x, w, beyond, upstream, dw, dx);
    if (scales_channels(x.shape(), groups)) return scale_back(x, w, upstream, dw, dx);
    if (dx != nullptr) dx->resize(x.shape());
    for (index_t g = 0; g < groups; ++g) {
      take_group(x, groups, g, group_x_);
      take_group(upstream, groups, g, group_y_);
      const lowbit::nn::float_matrix group_w = filters_of(w, groups, g);
      lowbit::nn::float_matrix group_dw(group_w.rows(), group_w.cols());
      backward_one(group_x_.read(), group_w, beyond, group_y_.read(), group_dw,
                   dx != nullptr ? &group_dx_ : nullptr);
      std::copy_n(group_dw.data(), group_dw.size(), dw.data() + g * group_dw.size());
      if (dx != nullptr) put_group(group_dx_, groups, g, *dx);
    }
  }

 private:
  /// Filters of one channel and one pixel: each output channel is an input channel times a number.
  [[nodiscard]] bool scales_channels(tensor_shape in, index_t groups) const noexcept {
    return is_one_pixel(over_) && in.channels == groups;
  }
  static void scale_channels(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w,
                             lowbit::nn::feature_map& y) {
    const index_t outputs = w.rows(), each = outputs / x.shape().channels;
    for (index_t r = 0; r < x.pixels().rows(); ++r)
      for (index_t o = 0; o < outputs; ++o)
        y.mutable_pixels()(r, o) = x.pixels()(r, o / each) * w(o, 0);
  }
  static void scale_back(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w,
                         const lowbit::nn::feature_view& upstream, lowbit::nn::float_matrix& dw,
                         lowbit::nn::feature_map* dx) {
    const index_t outputs = w.rows(), each = outputs / x.shape().channels;
    std::vector<double> sums(static_cast<std::size_t>(outputs));
    for (index_t r = 0; r < x.pixels().rows(); ++r)
      for (index_t o = 0; o < outputs; ++o)
        sums[static_cast<std::size_t>(o)] += static_cast<double>(upstream.pixels()(r, o)) *
                                             static_cast<double>(x.pixels()(r, o / each));
    for (index_t o = 0; o < outputs; ++o)
      dw(o, 0) = static_cast<float>(sums[static_cast<std::size_t>(o)]);
    if (dx == nullptr) return;
    dx->resize(x.shape());
    dx->mutable_pixels().setZero();
    for (index_t r = 0; r < x.pixels().rows(); ++r)
      for (index_t o = 0; o < outputs; ++o)
        dx->mutable_pixels()(r, o / each) += upstream.pixels()(r, o) * w(o, 0);
  }

  void forward_one(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w,
                   float beyond, lowbit::nn::feature_map& y) {
    for_each_block(x, over_, y.shape(), beyond, gathered_,
                   [&](index_t, index_t, index_t row, rows_view windows) {
                     multiply_transposed(windows, w,
                                         mutable_rows_of(y.mutable_pixels(), row, windows.rows()));
                   });
  }

  void backward_one(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w,
                    float beyond, const lowbit::nn::feature_view& g, lowbit::nn::float_matrix& dw,
                    lowbit::nn::feature_map* dx) {
    dw.setZero();
    if (dx != nullptr) {
      dx->resize(x.shape());
      if (!is_one_pixel(over_)) dx->mutable_pixels().setZero();
    }
    for_each_block(x, over_, g.shape(), beyond, gathered_,
                   [&](index_t first, index_t images, index_t row, rows_view windows) {
                     const index_t rows = windows.rows();
                     const rows_view upstream = rows_of(g.pixels(), row, rows);
                     add_transposed_product(upstream, windows, dw);
                     if (dx == nullptr) return;
                     if (is_one_pixel(over_)) {
                       multiply(upstream, w, mutable_rows_of(dx->mutable_pixels(), row, rows));
                     } else {
                       multiply(upstream, w, mutable_rows_of(gathered_, 0, rows));
                       scatter(gathered_, over_, g.shape(), first, images, *dx);
                     }
                   });
  }

  static void resize_group(tensor_shape all, index_t groups, lowbit::nn::feature_map& one) {
    all.channels /= groups;
    one.resize(all);
  }
  static void take_group(const lowbit::nn::feature_view& all, index_t groups, index_t g,
                         lowbit::nn::feature_map& one) {
    resize_group(all.shape(), groups, one);
    const index_t channels = one.shape().channels, stride = all.shape().channels;
    for (index_t r = 0; r < all.pixels().rows(); ++r)
      std::copy_n(all.pixels().data() + r * stride + g * channels, channels,
                  one.mutable_pixels().data() + r * channels);
  }
  static void put_group(const lowbit::nn::feature_map& one, index_t groups, index_t g,
                        lowbit::nn::feature_map& all) {
    const index_t stride = all.shape().channels, channels = stride / groups;
    for (index_t r = 0; r < all.pixels().rows(); ++r)
      std::copy_n(one.pixels().data() + r * channels, channels,
                  all.mutable_pixels().data() + r * stride + g * channels);
  }
  [[nodiscard]] static lowbit::nn::float_matrix filters_of(const lowbit::nn::float_matrix& w,
                                                           index_t groups, index_t g) {
    lowbit::nn::float_matrix one(w.rows() / groups, w.cols());
    std::copy_n(w.data() + g * one.size(), one.size(), one.data());
    return one;
  }

  window over_;
  lowbit::nn::float_matrix gathered_;
  lowbit::nn::feature_map group_x_, group_y_, group_dx_;  ///< of one group
};

}  // namespace detail::nn
LOWBIT_END

#endif
