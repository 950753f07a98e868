// lowbit/network/conv2d_arrays.hpp – a convolution as a framework stores it: arrays of floats.
//
// Filters come in three orders:
//
//     ohwi    (output, height, width, input)     lowbit, TFLite, MXNet NHWC
//     oihw    (output, input, height, width)     PyTorch, ONNX, Caffe
//     hwio    (height, width, input, output)     TensorFlow, Keras, JAX
//
// With groups, `input` counts the channels of one group. Matrices of dense layers are filters of one pixel: ohwi and
// oihw are (output, input), hwio is (input, output). Behind a flatten of images a dense layer is a convolution whose
// window is the image. The batch norm is what frameworks store; a bias in front of it moves its mean, without it the
// bias is all.
#ifndef LOWBIT_NETWORK_CONV2D_ARRAYS_HPP
#define LOWBIT_NETWORK_CONV2D_ARRAYS_HPP

#include <span>
#include <vector>

#include "lowbit/core/image_tensor.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/epilogue/batch_norm.hpp"

LOWBIT_BEGIN

/// The order of a filter's axes in memory, the slowest first.
enum class filter_order { ohwi, oihw, hwio };

/// Views of a convolution's numbers; the arrays stay the caller's.
struct conv2d_arrays {
  std::span<const float> weights{};
  filter_order order = filter_order::ohwi;
  index_t inputs = 0;   ///< channels of the images
  index_t outputs = 0;  ///< filters
  window over{};
  index_t groups = 1;
  std::span<const float> bias{};  ///< none, or one per output
  /// gamma (x - mean) / sqrt(variance + epsilon) + beta: none at all, or mean and variance, one per output. Without
  /// gamma it is 1, without beta 0.
  std::span<const float> gamma{}, beta{}, mean{}, variance{};
  float epsilon = 1e-5f;
};

namespace detail::network {

/// Errors: sizes that do not fit each other.
inline void require_arrays(const conv2d_arrays& a, const char* who) {
  core::fail_if(core::window_problem(a.over), who);
  if (a.outputs < 1 || a.inputs < 1 || a.groups < 1 || a.inputs % a.groups != 0)
    fail(
        "%s: %td channels in %td groups to %td channels: each must be at least 1, and groups must "
        "divide channels",
        who, a.inputs, a.groups, a.outputs);
  const index_t depth = checked_mul(a.over.taps(), a.inputs / a.groups, who);
  if (static_cast<index_t>(a.weights.size()) != checked_mul(a.outputs, depth, who))
    fail("%s: %zu weights for %td filters of %tdx%td taps and %td channels", who, a.weights.size(),
         a.outputs, a.over.vertical.size, a.over.horizontal.size, a.inputs / a.groups);
  const auto require_count = [&](std::span<const float> numbers, const char* what, bool needed) {
    if (numbers.empty() ? needed : static_cast<index_t>(numbers.size()) != a.outputs)
      fail("%s: %zu numbers as %s for %td output channels", who, numbers.size(), what, a.outputs);
  };
  const bool normalised = !a.mean.empty() || !a.variance.empty();
  if (!normalised && !(a.gamma.empty() && a.beta.empty()))
    fail("%s: a batch norm of gamma and beta without mean and variance", who);
  require_count(a.bias, "bias", false);
  require_count(a.gamma, "gamma", false);
  require_count(a.beta, "beta", false);
  require_count(a.mean, "mean", normalised);
  require_count(a.variance, "variance", normalised);
}

}  // namespace detail::network

/// The filters {outputs, height, width, inputs / groups} in lowbit's order. Errors: sizes that do not fit each other.
[[nodiscard]] inline image_tensor<float> filters_of(const conv2d_arrays& a) {
  detail::network::require_arrays(a, "filters_of");
  const tensor_shape s{a.outputs, a.over.vertical.size, a.over.horizontal.size,
                       a.inputs / a.groups};
  image_tensor<float> filters(s);
  std::size_t next = 0;
  const auto take = [&](index_t o, index_t y, index_t x, index_t c) {
    filters.mutable_pixels()((o * s.height + y) * s.width + x, c) = a.weights[next++];
  };
  const auto for_each_tap = [&](const auto& f) {
    for (index_t y = 0; y < s.height; ++y)
      for (index_t x = 0; x < s.width; ++x) f(y, x);
  };
  if (a.order == filter_order::hwio) {
    for_each_tap([&](index_t y, index_t x) {
      for (index_t c = 0; c < s.channels; ++c)
        for (index_t o = 0; o < s.batch; ++o) take(o, y, x, c);
    });
    return filters;
  }
  for (index_t o = 0; o < s.batch; ++o) {
    if (a.order == filter_order::ohwi)
      for_each_tap([&](index_t y, index_t x) {
        for (index_t c = 0; c < s.channels; ++c) take(o, y, x, c);
      });
    else
      for (index_t c = 0; c < s.channels; ++c)
        for_each_tap([&](index_t y, index_t x) { take(o, y, x, c); });
  }
  return filters;
}

/// Bias and batch norm as one batch norm: its mean is float(double(mean) - double(bias)). A bias alone is the beta of a
/// batch norm with mean 0 and scale 1. Errors: sizes that do not fit each other; those of lowbit::batch_norm.
[[nodiscard]] inline batch_norm norm_of(const conv2d_arrays& a) {
  detail::network::require_arrays(a, "norm_of");
  const auto outputs = static_cast<std::size_t>(a.outputs);
  const auto or_all = [&](std::span<const float> given, float otherwise) {
    return given.empty() ? std::vector<float>(outputs, otherwise)
                         : std::vector<float>(given.begin(), given.end());
  };
  if (a.mean.empty()) {
    const std::vector<float> zero(outputs, 0.0f), one(outputs, 1.0f);
    return {one, or_all(a.bias, 0), zero, one, 0};
  }
  std::vector<float> mean(a.mean.begin(), a.mean.end());
  for (std::size_t o = 0; o < a.bias.size(); ++o)
    mean[o] = static_cast<float>(static_cast<double>(mean[o]) - static_cast<double>(a.bias[o]));
  return {or_all(a.gamma, 1), or_all(a.beta, 0), mean, a.variance, a.epsilon};
}

LOWBIT_END

#endif
