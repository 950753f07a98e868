// lowbit/network/reference_conv2d.hpp – a quantized convolution by its definition: plain loops, no packed word.
//
//     const lowbit::reference_conv2d layer(parameters);
//     lowbit::image_tensor<float> y = layer(codes.view());      what layer::quantized_conv2d(parameters) gives, bit for bit
//
// For every pair of parts (network/parts.hpp) the integers of the codes are multiplied and added in 64 bits, over the
// taps on the image. Sums become floats as on packed words: the same scales, starts and additions, in the same order.
// So it is what deployed networks are compared with: nn::freeze() evaluates with it.
#ifndef LOWBIT_NETWORK_REFERENCE_CONV2D_HPP
#define LOWBIT_NETWORK_REFERENCE_CONV2D_HPP

#include <algorithm>

#include "lowbit/core/for_each_window.hpp"
#include "lowbit/core/image_tensor.hpp"
#include "lowbit/network/offset_starts.hpp"
#include "lowbit/network/quantized_conv2d_parameters.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN

/// Const and thread-safe.
class reference_conv2d {
 public:
  /// Errors: what quantized_conv2d_parameters::problem() says.
  explicit reference_conv2d(const quantized_conv2d_parameters& p)
      : geometry_(detail::network::valid(p, "reference_conv2d").filters.shape(), p.over, p.groups),
        format_(p.inputs.format),
        inputs_(detail::network::input_parts(p.inputs)),
        padding_(static_cast<std::int32_t>(p.padding)),
        bn_(p.bn) {
    const std::vector<detail::network::weight_part> parts = detail::network::weight_parts(p);
    starts_ = {parts, geometry_};
    for (const auto& w : parts) {
      weights_.push_back({{}, {}, w.shared});
      for (const code_t code : w.codes) weights_.back().integers.push_back(w.format.value(code));
      for (const auto& x : inputs_)
        weights_.back().scales.push_back(detail::network::pair_scales(w, x));
    }
  }

  /// Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return geometry_.output_shape(in, "reference_conv2d");
  }
  /// The batch norm's floats for images of codes. Allocates them. Errors: as output_shape.
  [[nodiscard]] image_tensor<float> operator()(const tensor_view<const code_t>& x) const {
    using namespace detail;
    const tensor_shape out = output_shape(x.shape);
    image_tensor<float> y(out);
    std::vector<std::int32_t> windows(inputs_.size() * static_cast<std::size_t>(taps_x_channels()));
    core::for_each_window(
        x.shape, geometry_.over(),
        [&](const core::output_pixel& to, core::tap_range vertical, core::tap_range horizontal) {
          gather(x, to, vertical, horizontal, windows);
          for (index_t o = 0; o < out.channels; ++o)
            y.mutable_pixels()(to.number, o) = bn_(
                static_cast<float>(total(windows, o, starts_.start(vertical, horizontal, o))), o);
        });
    return y;
  }

 private:
  struct weight {
    std::vector<std::int32_t> integers;      ///< filters x depth
    std::vector<std::vector<float>> scales;  ///< per input part, per output channel
    bool shared;
  };

  [[nodiscard]] index_t taps_x_channels() const noexcept {
    return geometry_.over().taps() * geometry_.in_channels();
  }
  /// Per input part, the integers of a window: groups, taps, channels; the padding beyond the image.
  void gather(const tensor_view<const code_t>& x, const detail::core::output_pixel& to,
              detail::core::tap_range vertical, detail::core::tap_range horizontal,
              std::vector<std::int32_t>& windows) const {
    using namespace detail;
    const window& w = geometry_.over();
    const index_t channels = geometry_.filters().channels, depth = geometry_.depth();
    std::fill(windows.begin(), windows.end(), padding_);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const network::input_part& part = inputs_[i];
      std::int32_t* const integers = windows.data() + static_cast<index_t>(i) * taps_x_channels();
      for (index_t v = vertical.first; v < vertical.last; ++v)
        for (index_t h = horizontal.first; h < horizontal.last; ++h)
          for (index_t c = 0; c < geometry_.in_channels(); ++c)
            integers[c / channels * depth + (v * w.horizontal.size + h) * channels + c % channels] =
                part.format.value(
                    network::part_code(format_,
                                       x(to.image, core::tap_position(w.vertical, to.y, v),
                                         core::tap_position(w.horizontal, to.x, h), c),
                                       part.index));
    }
  }
  [[nodiscard]] double total(const std::vector<std::int32_t>& windows, index_t o,
                             double total) const noexcept {
    const index_t depth = geometry_.depth(), group = o / geometry_.group_outputs();
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      for (const weight& w : weights_) {
        const std::int32_t* const a =
            windows.data() + static_cast<index_t>(i) * taps_x_channels() + group * depth;
        const std::int32_t* const b = w.integers.data() + (w.shared ? 0 : o * depth);
        std::int64_t sum = 0;
        for (index_t k = 0; k < depth; ++k) sum += std::int64_t{a[k]} * b[k];
        total = add_part(total, static_cast<std::int32_t>(sum),
                         w.scales[i][static_cast<std::size_t>(o)]);
      }
    return total;
  }

  detail::convolution::geometry geometry_;
  code_format format_{};
  std::vector<detail::network::input_part> inputs_;
  std::int32_t padding_;
  std::vector<weight> weights_;
  detail::network::offset_starts starts_;
  batch_norm bn_;
};

LOWBIT_END

#endif
