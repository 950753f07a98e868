// lowbit/nn/deployment/frozen_conv2d.hpp – a trained convolution and its batch norm, evaluated in float arithmetic.
//
// This is the float side of "packed equals float": windows gathered as rows, ordinary products, no packed word in
// sight. A linear layer is the convolution with a window of one pixel. By the layer's policies:
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
// is lowbit::batch_norm, as on bits. Inputs that are fitted per token have one scale per row
// (nn/deployment/scales.hpp).
//
// A real network, which is never packed, does not need the library's order: sums::fast takes Eigen's for all
// real weights, and that is what a float network should be timed with.
#ifndef LOWBIT_NN_DEPLOYMENT_FROZEN_CONV2D_HPP
#define LOWBIT_NN_DEPLOYMENT_FROZEN_CONV2D_HPP

#include <algorithm>
#include <vector>

#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/nn/deployment/scales.hpp"
#include "lowbit/product/float_linear.hpp"
#include "lowbit/product/linear.hpp"

LOWBIT_BEGIN
namespace nn {

/// How a frozen network adds products with real weights.
enum class sums {
  as_packed,  ///< in the packed layers' order: identical bits
  fast        ///< in Eigen's order
};

/// The codes that quantized layers made of their inputs, one layer after the other: one row per pixel.
using code_log = std::vector<matrix<code_t>>;

}  // namespace nn

namespace detail::nn {

/// y = x w^T in the order of float_dot().
inline void multiply_in_order(rows_view x, const lowbit::nn::float_matrix& w, mutable_rows_view y) {
  const matrix_view<const float> rows(x.data(), x.rows(), x.cols()), weights = lowbit::view(w);
  for (index_t r = 0; r < y.rows(); ++r)
    for (index_t o = 0; o < y.cols(); ++o) y(r, o) = float_dot(weights.row(o), rows.row(r));
}

/// y = x w^T, each sum one chain in double; the products are exact.
inline void multiply_in_chains(rows_view x, const lowbit::nn::float_matrix& w,
                               mutable_rows_view y) {
  const lowbit::nn::float_matrix steps = w.transpose();
  std::vector<double> sum(static_cast<std::size_t>(y.cols()));
  for (index_t r = 0; r < y.rows(); ++r) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (index_t k = 0; k < x.cols(); ++k) {
      const double one = static_cast<double>(x(r, k));
      const float* const of_step = steps.data() + k * steps.cols();
      for (std::size_t o = 0; o < sum.size(); ++o) sum[o] += one * static_cast<double>(of_step[o]);
    }
    for (std::size_t o = 0; o < sum.size(); ++o)
      y(r, static_cast<index_t>(o)) = static_cast<float>(sum[o]);
  }
}

/// The integers that the codes of x stand for, as floats. The codes are appended to the log, if there is one.
inline void integers_of(const lowbit::nn::straight_through& q, const lowbit::nn::float_matrix& x,
                        lowbit::nn::float_matrix& out, lowbit::nn::code_log* log = nullptr) {
  out.resize(x.rows(), x.cols());
  matrix<code_t> codes = q.encode(x);
  const code_format& format = q.policy().format();
  float values[256] = {};
  for (int c = 0; c < 1 << format.plane_count; ++c)
    values[c] = static_cast<float>(format.value(static_cast<code_t>(c)));
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t c = 0; c < x.cols(); ++c) out(r, c) = values[codes(r, c)];
  if (log != nullptr) log->push_back(std::move(codes));
}

/// y = bn(y), channel by channel.
inline void normalise(const lowbit::batch_norm& bn, lowbit::nn::float_matrix& y) {
  for (index_t r = 0; r < y.rows(); ++r)
    for (index_t o = 0; o < y.cols(); ++o) y(r, o) = bn(y(r, o), o);
}

}  // namespace detail::nn

namespace nn {

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
    const float_matrix& latent = layer.weights().value;
    detail::nn::require_frozen_form(layer);
    straight_through weight = layer.weight_quantizer();
    if constexpr (integers) {
      detail::nn::require_exact_sums(
          largest_sum<typename Input::encoding, typename Weight::encoding>(latent.cols()),
          latent.cols());
      scales_ = channel_scales(layer);
      detail::nn::integers_of(weight, latent, weights_);
    } else if constexpr (float_rows) {
      weights_ = folded_weights(layer);
    } else {
      weight.forward(latent, weights_);
    }
  }

  /// The batch norm's numbers for a batch. The codes of quantized inputs are appended to the log, if there
  /// is one. Errors: other channels, an empty result; a token that cannot be fitted.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* log = nullptr) const {
    const tensor_shape in = x.shape();
    if (in.channels != inputs_)
      detail::fail("nn::frozen_conv2d: images of %tdx%tdx%td for filters of %td channels",
                   in.height, in.width, in.channels, inputs_);
    feature_map y(detail::core::output_shape(over_, in, weights_.rows(), "nn::frozen_conv2d"));
    feature_map used(in);
    straight_through input = input_;
    if constexpr (integer_quantizer<Input>) {
      input.fit(x.pixels());
      detail::nn::integers_of(input, x.pixels(), used.mutable_pixels(), log);
    } else {
      input.forward(x.pixels(), used.mutable_pixels());
    }
    float_matrix gathered;
    detail::nn::for_each_block(
        used.read(), over_, y.shape(), static_cast<float>(P::value), gathered,
        [&](index_t, index_t, index_t row, detail::nn::rows_view windows) {
          sum_up(windows, detail::nn::mutable_rows_of(y.mutable_pixels(), row, windows.rows()));
        });
    if constexpr (integer_quantizer<Input>) apply_scales(input, y.mutable_pixels());
    detail::nn::normalise(bn_, y.mutable_pixels());
    return y;
  }

  /// Bytes of weights and batch norm (three numbers per channel) as floats.
  [[nodiscard]] index_t bytes() const noexcept {
    return (weights_.size() + 3 * bn_.size()) * index_t{sizeof(float)};
  }

 private:
  void sum_up(detail::nn::rows_view windows, detail::nn::mutable_rows_view y) const {
    if (order_ == sums::as_packed && float_rows)
      detail::nn::multiply_in_order(windows, weights_, y);
    else if (order_ == sums::as_packed && float_windows)
      detail::nn::multiply_in_chains(windows, weights_, y);
    else
      detail::nn::multiply_transposed(windows, weights_, y);
  }

  /// Sums of integers, or of real weights with them, in the units of the output.
  void apply_scales(const straight_through& input, float_matrix& y) const {
    for (index_t r = 0; r < y.rows(); ++r) {
      const float token =
          fitted<Input> ? detail::nn::pure_scale(input.of_row(r).affine_levels()) : 1;
      for (index_t o = 0; o < y.cols(); ++o)
        if constexpr (integers)
          y(r, o) = scaled_float(static_cast<std::int32_t>(y(r, o)),
                                 scales_[static_cast<std::size_t>(o)] * token);
        else if constexpr (fitted<Input>)
          y(r, o) *= token;
    }
  }

  straight_through input_;
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
