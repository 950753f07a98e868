// lowbit/nn/window_products.hpp – the float arithmetic of a convolution while training.
//
//     y = windows(x) w^T      dw = g^T windows(x)      dx = scatter(g w)
//
// What a layer's policies make of weights and inputs is in nn/layers/conv2d.hpp; here are floats alone, so that the
// policies of ten layers do not compile this ten times.
#ifndef LOWBIT_NN_WINDOW_PRODUCTS_HPP
#define LOWBIT_NN_WINDOW_PRODUCTS_HPP

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

  /// y = windows of x times w^T. y has its shape. `beyond` is what the padding holds.
  void forward(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w, float beyond,
               lowbit::nn::feature_map& y) {
    for_each_block(x, over_, y.shape(), beyond, gathered_,
                   [&](index_t, index_t, index_t row, rows_view windows) {
                     multiply_transposed(windows, w,
                                         mutable_rows_of(y.mutable_pixels(), row, windows.rows()));
                   });
  }

  /// dw = g^T times the windows of x; dx too, unless it is null.
  void backward(const lowbit::nn::feature_view& x, const lowbit::nn::float_matrix& w, float beyond,
                const lowbit::nn::feature_view& g, lowbit::nn::float_matrix& dw,
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

 private:
  window over_;
  lowbit::nn::float_matrix gathered_;
};

}  // namespace detail::nn
LOWBIT_END

#endif
