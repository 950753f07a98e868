// lowbit/nn/layers/depth_to_space.hpp – channels become pixels, to train through.
//
//     y(n, v, u, c) = x(n, V / s, U / t, ((V mod s) t + U mod t) C + c)       V = v + before,  U = u + before
//
// See network/layers/depth_to_space.hpp, which it is when deployed. The gradient moves back; what is cut off has none.
#ifndef LOWBIT_NN_LAYERS_DEPTH_TO_SPACE_HPP
#define LOWBIT_NN_LAYERS_DEPTH_TO_SPACE_HPP

#include <algorithm>

#include "lowbit/network/layers/depth_to_space.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// f(first number of a pixel of the image of blocks, first number of a pixel of the result), for all pixels of the
/// result.
template <class F>
void for_each_moved_pixel(const network::block_parameters& blocks, tensor_shape in,
                          tensor_shape out, const F& f) {
  for (index_t r = 0; r < out.pixels(); ++r) {
    const auto at = blocks.from(r / out.width % out.height, r % out.width);
    const index_t pixel = (r / out.width / out.height * in.height + at.y) * in.width + at.x;
    f(pixel * in.channels + at.block * out.channels, r * out.channels);
  }
}

/// y = the pixels of x as blocks; y takes the result's shape.
inline void channels_to_pixels(const network::block_parameters& blocks,
                               const lowbit::nn::feature_view& x, lowbit::nn::feature_map& y) {
  y.resize(blocks.output_shape(x.shape(), "nn::depth_to_space"));
  for_each_moved_pixel(blocks, x.shape(), y.shape(), [&](index_t from, index_t to) {
    std::copy_n(x.pixels().data() + from, y.shape().channels, y.mutable_pixels().data() + to);
  });
}

}  // namespace detail::nn

namespace nn {

/// Pixels of s t C channels become blocks of s x t pixels of C channels.
class depth_to_space : public trainable {
 public:
  /// `blocks` has the block as its size and its stride, and as padding what is cut off the result:
  /// square_window(2, 2) makes blocks of 2x2. Errors: size and stride differ; a dilation; a negative number.
  explicit depth_to_space(const window& blocks)
      : blocks_(detail::network::valid(detail::network::block_parameters{blocks},
                                       "nn::depth_to_space")) {}

  [[nodiscard]] const window& blocks() const noexcept { return blocks_.blocks; }

  /// Errors: channels are no whole number of blocks; nothing is left.
  feature_view forward(const feature_view& x) override {
    in_ = x.shape();
    detail::nn::channels_to_pixels(blocks_, x, y_);
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::depth_to_space", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    dx_.resize(in_);
    dx_.mutable_pixels().setZero();
    detail::nn::for_each_moved_pixel(blocks_, in_, y_.shape(), [&](index_t to, index_t from) {
      std::copy_n(upstream.pixels().data() + from, y_.shape().channels,
                  dx_.mutable_pixels().data() + to);
    });
    return dx_.read();
  }

 private:
  detail::network::block_parameters blocks_;
  tensor_shape in_;
  feature_map y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
