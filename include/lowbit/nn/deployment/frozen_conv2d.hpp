// lowbit/nn/deployment/frozen_conv2d.hpp – a trained convolution and its batch norm, evaluated in float arithmetic.
//
// The float side of "packed equals float" for images, as nn/deployment/frozen_linear.hpp is for vectors: windows
// gathered as rows, ordinary products, no packed word in sight. By the layer's policies:
//
//     quantized weights, quantized inputs   y = bn(float(scale * (V(x) V(w)^T))): V are the integers that the
//                                           codes stand for, held in floats, so the product is exact in any
//                                           order while no sum exceeds 2^24 (checked)
//     real weights, quantized inputs        y = bn(float_dot(w, x)): the library's one order for signs
//     real weights, real inputs             y = bn(float(chain in double)): its order for real windows
//                                           (kernel/floats/tile.hpp), tap after tap and channel after channel
//     anything else                         y = bn(x w^T), summed in Eigen's order
//
// A layer without batch norm has its bias as one: mean 0, scale 1, beta = bias. Everything behind the sums
// is lowbit::batch_norm, as on bits.
//
// A real network, which is never packed, does not need the library's order: sums::fast takes Eigen's for all
// real weights, and that is what a float network should be timed with.
#ifndef LOWBIT_NN_DEPLOYMENT_FROZEN_CONV2D_HPP
#define LOWBIT_NN_DEPLOYMENT_FROZEN_CONV2D_HPP

#include <algorithm>
#include <vector>

#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/nn/deployment/frozen_linear.hpp"
#include "lowbit/nn/layers/normalised.hpp"

LOWBIT_BEGIN
namespace nn {

/// How a frozen network adds products with real weights.
enum class sums {
  as_packed,  ///< in the packed layers' order: identical bits
  fast        ///< in Eigen's order
};

/// The codes that quantized layers made of their inputs, one layer after the other: a row a pixel.
using code_log = std::vector<matrix<code_t>>;

/// (weight scale) * (input scale) of every output channel of a quantized layer, fitted now. Errors: levels
/// with an offset.
template <integer_quantizer Weight, integer_quantizer Input, pad_value P>
[[nodiscard]] std::vector<float> channel_scales(const conv2d<Weight, Input, P>& layer) {
  straight_through<Weight> weight = layer.weight_quantizer();
  weight.fit(layer.weights().value);
  const float input = detail::nn::input_scale(layer.input_quantizer());
  std::vector<float> scales;
  for (index_t n = 0; n < layer.outputs(); ++n)
    scales.push_back(detail::nn::pure_scale(weight.of_row(n).levels()) * input);
  return scales;
}

/// The real weights of a layer with quantized inputs, times the inputs' scale. Errors: levels with an
/// offset.
template <integer_quantizer Input, pad_value P>
[[nodiscard]] float_matrix folded_weights(const conv2d<real, Input, P>& layer) {
  return layer.weights().value * detail::nn::input_scale(layer.input_quantizer());
}

/// The bias of a layer, or zeros, as a batch norm that only adds it.
template <policy Weight, policy Input, pad_value P>
[[nodiscard]] lowbit::batch_norm bias_only(const conv2d<Weight, Input, P>& layer) {
  const float_matrix one = float_matrix::Ones(1, layer.outputs()),
                     zero = float_matrix::Zero(1, layer.outputs());
  return {elements(one), elements(layer.has_bias() ? layer.bias().value : zero), elements(zero),
          elements(one), 0};
}

/// One layer, immutable. Made from a trained one; keeps its own copy of everything.
template <policy Weight, policy Input, pad_value P = pad::zero>
class frozen_conv2d {
  static_assert(detail::nn::accepts_frozen<Weight, Input>());
  static constexpr bool integers = integer_quantizer<Weight> && integer_quantizer<Input>;
  static constexpr bool float_rows = std::same_as<Weight, real> && integer_quantizer<Input>;
  static constexpr bool float_windows = std::same_as<Weight, real> && std::same_as<Input, real>;

 public:
  /// Errors: an integer sum could exceed 2^24; levels with an offset; a batch norm of other channels.
  frozen_conv2d(const conv2d<Weight, Input, P>& layer, lowbit::batch_norm bn,
                sums order = sums::as_packed)
      : input_(layer.input_quantizer()),
        over_(layer.over()),
        inputs_(layer.inputs()),
        bn_(std::move(bn)),
        order_(order) {
    if (bn_.size() != layer.outputs())
      detail::fail("nn::frozen_conv2d: a batch norm of %td channels for %td output channels",
                   bn_.size(), layer.outputs());
    if constexpr (integers) {
      constexpr index_t exact = 1 << 24;
      const index_t depth = layer.weights().value.cols();
      const index_t largest =
          largest_sum<typename Input::encoding, typename Weight::encoding>(depth);
      if (largest > exact)
        detail::fail("nn: sums of depth %td reach %td: floats are exact up to 2^24", depth,
                     largest);
      scales_ = channel_scales(layer);
      straight_through<Weight> weight = layer.weight_quantizer();
      weight.fit(layer.weights().value);
      weights_.resize(layer.outputs(), depth);
      for (index_t r = 0; r < weights_.rows(); ++r)
        for (index_t c = 0; c < depth; ++c)
          weights_(r, c) = static_cast<float>(value<typename Weight::encoding>(
              encode(weight.of_row(r), layer.weights().value(r, c))));
    } else if constexpr (float_rows) {
      weights_ = folded_weights(layer);
    } else {
      straight_through<Weight> weight = layer.weight_quantizer();
      weight.forward(layer.weights().value, weights_);
    }
  }

  /// The batch norm's numbers for a batch. The codes of quantized inputs are appended to the log, if there
  /// is one. Errors: other channels, an empty result.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* log = nullptr) const {
    if (x.shape().channels != inputs_)
      detail::fail("nn::frozen_conv2d: images of %tdx%tdx%td for filters of %td channels",
                   x.shape().height, x.shape().width, x.shape().channels, inputs_);
    feature_map y(
        detail::core::output_shape(over_, x.shape(), weights_.rows(), "nn::frozen_conv2d"));
    feature_map used(x.shape());
    quantize(x.pixels(), used.mutable_pixels(), log);
    const tensor_shape out = y.shape();
    const index_t pixels = out.height * out.width;
    const index_t together =
        (std::min)(detail::nn::images_at_a_time(out, weights_.cols()), out.batch);
    float_matrix windows(together * pixels, weights_.cols());
    for (index_t n = 0; n < out.batch; n += together) {
      const index_t images = (std::min)(together, out.batch - n);
      detail::nn::gather(used.read(), over_, out, static_cast<float>(P::value), n, images, windows);
      sum_up(windows, n * pixels, images * pixels, y.mutable_pixels());
    }
    for (index_t r = 0; r < out.pixels(); ++r)
      for (index_t o = 0; o < out.channels; ++o)
        y.mutable_pixels()(r, o) = bn_(y.pixels()(r, o), o);
    return y;
  }

  /// Bytes of weights and batch norm (three numbers a channel) as floats.
  [[nodiscard]] index_t bytes() const noexcept {
    return (weights_.size() + 3 * bn_.size()) * index_t{sizeof(float)};
  }

 private:
  /// Integers of the codes, or the real function of x.
  void quantize(const float_matrix& x, float_matrix& used, code_log* log) const {
    if constexpr (integer_quantizer<Input>) {
      const Input& q = input_.of_row(0);
      if (log != nullptr) log->emplace_back(x.rows(), x.cols());
      for (index_t i = 0; i < x.size(); ++i) {
        const code_t code = encode(q, x.data()[i]);
        used.data()[i] = static_cast<float>(value<typename Input::encoding>(code));
        if (log != nullptr) log->back().data()[i] = code;
      }
    } else {
      straight_through<Input>(input_).forward(x, used);
    }
  }

  /// Sums of the first `rows` windows into y from `row` on.
  void sum_up(const float_matrix& windows, index_t row, index_t rows, float_matrix& y) const {
    if constexpr (integers) {
      y.middleRows(row, rows).noalias() = windows.topRows(rows) * weights_.transpose();
      for (index_t r = row; r < row + rows; ++r)
        for (index_t o = 0; o < y.cols(); ++o)
          y(r, o) = scaled_float(static_cast<std::int32_t>(y(r, o)),
                                 scales_[static_cast<std::size_t>(o)]);
    } else {
      if (order_ == sums::as_packed && float_rows) {
        const matrix_view<const float> x = lowbit::view(windows), w = lowbit::view(weights_);
        for (index_t r = 0; r < rows; ++r)
          for (index_t o = 0; o < y.cols(); ++o) y(row + r, o) = float_dot(w.row(o), x.row(r));
      } else if (order_ == sums::as_packed && float_windows) {
        chains(windows, row, rows, y);
      } else {
        y.middleRows(row, rows).noalias() = windows.topRows(rows) * weights_.transpose();
      }
    }
  }

  /// One chain in double for each sum; the products are exact.
  void chains(const float_matrix& windows, index_t row, index_t rows, float_matrix& y) const {
    const float_matrix steps = weights_.transpose();
    std::vector<double> sum(static_cast<std::size_t>(y.cols()));
    for (index_t r = 0; r < rows; ++r) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (index_t k = 0; k < windows.cols(); ++k) {
        const double x = static_cast<double>(windows(r, k));
        const float* const w = steps.data() + k * steps.cols();
        for (std::size_t o = 0; o < sum.size(); ++o) sum[o] += x * static_cast<double>(w[o]);
      }
      for (std::size_t o = 0; o < sum.size(); ++o)
        y(row + r, static_cast<index_t>(o)) = static_cast<float>(sum[o]);
    }
  }

  straight_through<Input> input_;
  window over_;
  index_t inputs_;
  float_matrix weights_;
  std::vector<float> scales_;
  lowbit::batch_norm bn_;
  sums order_;
};

}  // namespace nn
LOWBIT_END

#endif
