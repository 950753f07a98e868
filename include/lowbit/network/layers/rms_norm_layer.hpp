// lowbit/network/layers/rms_norm_layer.hpp – each token divided by its root mean square, as a layer of packed networks.
//
//     y = x gamma / root mean square of x          per pixel (network/rms_norm.hpp)
#ifndef LOWBIT_NETWORK_LAYERS_RMS_NORM_LAYER_HPP
#define LOWBIT_NETWORK_LAYERS_RMS_NORM_LAYER_HPP

#include "lowbit/network/rms_norm.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/network/window_parameters.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// The floats of a pixel side by side: where they lie, or copied to `copy`, which must hold one pixel.
[[nodiscard]] inline std::span<const float> pixel_row(const tensor_view<const float>& x,
                                                      index_t row, float* copy) noexcept {
  const tensor_shape s = x.shape;
  const float* const from =
      &x(row / s.width / s.height, row / s.width % s.height, row % s.width, 0);
  const auto size = static_cast<std::size_t>(s.channels);
  if (x.channel_stride == 1) return {from, size};
  for (index_t c = 0; c < s.channels; ++c) copy[c] = from[c * x.channel_stride];
  return {copy, size};
}

}  // namespace detail::network

namespace layer {

/// Each pixel divided by its root mean square. Const and thread-safe.
class rms_norm {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  struct workspace_type {
    buffer<float> pixel;  ///< of one pixel, made normed

    [[nodiscard]] index_t bytes() const noexcept { return 4 * pixel.size(); }
  };
  static constexpr const char* name = "rms-norm";

  struct parameters {
    lowbit::rms_norm norm;

    [[nodiscard]] reason problem() const noexcept { return norm.problem(); }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.norm.gamma);
      f(self.norm.epsilon);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit rms_norm(parameters p)
      : parameters_(detail::network::valid(static_cast<parameters&&>(p), "layer::rms_norm")) {}
  explicit rms_norm(lowbit::rms_norm norm)
      : rms_norm(parameters{static_cast<lowbit::rms_norm&&>(norm)}) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return 4 * static_cast<index_t>(parameters_.norm.gamma.size());
  }
  /// Errors: other channels.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.channels != static_cast<index_t>(parameters_.norm.gamma.size()))
      detail::fail("layer::rms_norm: images of %td channels for a gamma of %zu", in.channels,
                   parameters_.norm.gamma.size());
    return in;
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    return {buffer<float>(output_shape(in).channels)};
  }

  /// y = the norm of each pixel of x. Runs on the caller's thread. Allocates nothing. Errors: y has another shape; as
  /// output_shape.
  template <detail::network::keeps_floats Y, executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type& work, Y& y,
                  const Executor& = {}) const {
    detail::core::require_result("layer::rms_norm", output_shape(x.shape), y.shape());
    const auto store = detail::network::store_in(y);
    constexpr index_t together = detail::epilogues::stage_lanes;
    float* const made = work.pixel.data();
    for (index_t r = 0; r < x.shape.pixels(); ++r) {
      parameters_.norm(detail::network::pixel_row(x, r, made), made);
      for (index_t c = 0; c < x.shape.channels; c += together) {
        float part[together] = {};
        const index_t count = detail::min_of(together, x.shape.channels - c);
        for (index_t i = 0; i < count; ++i) part[i] = made[c + i];
        store(part, r, c, count);
      }
    }
  }

 private:
  parameters parameters_;
};

}  // namespace layer
LOWBIT_END

#endif
