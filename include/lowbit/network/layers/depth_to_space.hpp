// lowbit/network/layers/depth_to_space.hpp – channels become pixels: images grow, and nothing is computed.
//
//     y(n, v, u, c) = x(n, V / s, U / t, ((V mod s) t + U mod t) C + c)       V = v + before,  U = u + before
//
// Every pixel of s t C channels becomes a block of s x t pixels of C channels; then `before` and `after` pixels are cut
// off at the edges. Behind a convolution with s t times the filters it makes a transposed convolution
// (nn/layers/transposed_conv2d.hpp): no product meets the zeros that lie between spread pixels.
//
//     layer::depth_to_space up({square_window(2, 2)});          blocks of 2x2 pixels
//     layer::depth_to_space up({square_window(2, 2, 1)});       and one pixel less on each side
//
// The order of channels is that of TensorFlow's depth_to_space. It costs one pass over the floats. The layer writes
// floats, their signs, or both, and takes stages at the end of a residual's body.
//
// Source: Shi et al., arXiv:1609.05158, section 3.2 (with channels in another order).
#ifndef LOWBIT_NETWORK_LAYERS_DEPTH_TO_SPACE_HPP
#define LOWBIT_NETWORK_LAYERS_DEPTH_TO_SPACE_HPP

#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/network/window_parameters.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// Blocks of pixels that were channels, as a window: stride and size are the block's, padding amounts are what is cut
/// off the result.
struct block_parameters {
  window blocks;

  /// What is wrong with these parameters, or nothing.
  [[nodiscard]] reason problem() const noexcept {
    if (const reason why = core::window_problem(blocks, largest_window)) return why;
    for (const window_axis& a : {blocks.vertical, blocks.horizontal})
      if (a.size != a.stride || a.dilation != 1)
        return make_reason("blocks of size %td, stride %td, dilation %td: they lie side by side",
                           a.size, a.stride, a.dilation);
    return {};
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.blocks);
  }

  /// Errors: channels are no whole number of blocks; a result that a size does not count; nothing is left.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in, const char* who) const {
    const window_axis &v = blocks.vertical, &h = blocks.horizontal;
    core::checked_shape(in, who);
    if (in.channels % (v.stride * h.stride) != 0)
      fail("%s: images of %td channels for blocks of %tdx%td pixels", who, in.channels, v.stride,
           h.stride);
    const auto kept = [&](const window_axis& a, index_t n) {
      return checked_mul(n, a.stride, who) - a.before - a.after;
    };
    const tensor_shape out{in.batch, kept(v, in.height), kept(h, in.width),
                           in.channels / (v.stride * h.stride)};
    if (out.height < 1 || out.width < 1)
      fail(
          "%s: images of %tdx%td in blocks of %tdx%td, cut by %td+%td and %td+%td: nothing is left",
          who, in.height, in.width, v.stride, h.stride, v.before, v.after, h.before, h.after);
    return core::checked_shape(out, who);
  }
  /// Where pixel (y, x) of the result lies: a pixel of the input, and the number of its block's row.
  struct origin {
    index_t y, x, block;
  };
  [[nodiscard]] origin from(index_t y, index_t x) const noexcept {
    const window_axis &v = blocks.vertical, &h = blocks.horizontal;
    const index_t down = y + v.before, across = x + h.before;
    return {down / v.stride, across / h.stride, down % v.stride * h.stride + across % h.stride};
  }
};

}  // namespace detail::network

namespace layer {

/// Channels to pixels. Const and thread-safe.
class depth_to_space {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  using parameters = detail::network::block_parameters;
  struct workspace_type {};
  static constexpr const char* name = "depth-to-space";

  /// Errors: what parameters::problem() says.
  explicit depth_to_space(parameters p)
      : parameters_(detail::network::valid(p, "layer::depth_to_space")) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept { return 0; }
  /// Errors: channels are no whole number of blocks; nothing is left.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return parameters_.output_shape(in, "layer::depth_to_space");
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {};
  }

  /// Allocates nothing. y must share no memory with x. Errors: y has another shape; as output_shape.
  template <detail::network::keeps_floats Y, executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type&, Y& y,
                  const Executor& where = {}) const {
    const tensor_shape s = output_shape(x.shape);
    detail::core::require_result("layer::depth_to_space", s, y.shape());
    if (s.elements() == 0) return;
    const auto store = detail::network::store_in(y);
    constexpr index_t together = detail::epilogues::stage_lanes;
    detail::executors::for_each_share(
        where, s.pixels(), s.channels * 8, [&](index_t first, index_t end) {
          for (index_t r = first; r < end; ++r) {
            const auto at = parameters_.from(r / s.width % s.height, r % s.width);
            const float* const from = &x(r / s.width / s.height, at.y, at.x, at.block * s.channels);
            for (index_t c = 0; c < s.channels; c += together) {
              float moved[together];
              const index_t count = detail::min_of(together, s.channels - c);
              for (index_t i = 0; i < count; ++i) moved[i] = from[(c + i) * x.channel_stride];
              store(moved, r, c, count);
            }
          }
        });
  }

 private:
  parameters parameters_;
};

}  // namespace layer
LOWBIT_END

#endif
