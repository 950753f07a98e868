// lowbit/nn/deployment/frozen_conv2d.hpp – a trained convolution and its batch norm, evaluated without packed words.
//
// This is the plain side of "packed equals plain": ordinary integers and floats. A linear layer is the convolution with
// a window of one pixel. By the layer's policies:
//
//     quantized weights, quantized inputs   y = bn(total): integer sums of the parts of both, added in double in the one
//                                           order of network/parts.hpp. Where one pair of parts is all and no sum
//                                           exceeds 2^24, the integers are multiplied as floats, which is exact;
//                                           otherwise in the loops of network/reference_conv2d.hpp
//     conv2d<real, sign<>>                  y = bn(float_dot(w, x)): the library's one order for signs
//     one or both real                      y = bn(float(chain in double)): its order for real windows
//                                           (kernel/floats/tile.hpp), tap after tap and channel after channel, of the
//                                           floats that codes stand for
//     real in groups                        y = bn(x w^T), in the order of training
//
// A layer without batch norm has its bias as one: mean 0, scale 1, beta = bias. Everything behind the sums is
// lowbit::batch_norm, as on bits. Inputs that are fitted per token have one scale per row; deploy() refuses them.
//
// A real network, which is never packed, does not need the library's order. sums::fast takes the order of training for
// all real weights. Time a float network with it.
#ifndef LOWBIT_NN_DEPLOYMENT_FROZEN_CONV2D_HPP
#define LOWBIT_NN_DEPLOYMENT_FROZEN_CONV2D_HPP

#include <algorithm>
#include <optional>
#include <vector>

#include "lowbit/network/reference_conv2d.hpp"
#include "lowbit/nn/deployment/conv_parameters.hpp"
#include "lowbit/product/float_linear.hpp"

LOWBIT_BEGIN
namespace nn {

/// How a frozen network adds products with real weights.
enum class sums {
  as_packed,  ///< in the packed layers' order: identical bits
  fast        ///< in the order of training
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

/// The integers that codes stand for, as floats.
inline void integers_of(const matrix<code_t>& codes, const code_format& format,
                        lowbit::nn::float_matrix& out) {
  float values[256] = {};
  for (int c = 0; c < 1 << format.plane_count; ++c)
    values[c] = static_cast<float>(format.value(static_cast<code_t>(c)));
  out.resize(codes.rows(), codes.cols());
  for (index_t r = 0; r < codes.rows(); ++r)
    for (index_t c = 0; c < codes.cols(); ++c) out(r, c) = values[codes(r, c)];
}

/// y = bn(y), channel by channel.
inline void normalise(const lowbit::batch_norm& bn, lowbit::nn::float_matrix& y) {
  for (index_t r = 0; r < y.rows(); ++r)
    for (index_t o = 0; o < y.cols(); ++o) y(r, o) = bn(y(r, o), o);
}

/// The scale of one pair of parts per output channel, if the whole sum is that and floats hold it; else none.
[[nodiscard]] inline std::vector<float> scales_of_one_pair(const quantized_conv2d_parameters& p) {
  const std::vector<network::input_part> inputs = network::input_parts(p.inputs);
  const std::vector<network::weight_part> weights = network::weight_parts(p);
  constexpr index_t exact = 1 << 24;
  const auto largest = [](const code_format& f) {
    return index_t{f.largest > -f.smallest ? f.largest : -f.smallest};
  };
  if (inputs.size() != 1 || weights.size() != 1 || weights[0].has_input_offsets() ||
      p.groups != 1 || p.inputs.format.kind != code_kind::integers ||
      p.weights.format.kind != code_kind::integers ||
      largest(inputs[0].format) * largest(weights[0].format) * p.depth() > exact)
    return {};
  return network::pair_scales(weights[0], inputs[0]);
}

}  // namespace detail::nn

namespace nn {

/// One layer, immutable. Made from a trained one; keeps its own copy of everything.
class frozen_conv2d {
 public:
  /// `reals_on_signs`: deploy() makes a layer::float_linear of it. Errors: a batch norm of other channels; what
  /// conv_parameters.hpp refuses. Inputs that are fitted per token are accepted where weights are real, or integers
  /// with one scale per filter.
  frozen_conv2d(const conv_layer& layer, lowbit::batch_norm bn, sums order = sums::as_packed,
                bool reals_on_signs = false)
      : input_(layer.input_quantizer()),
        over_(layer.over()),
        inputs_(layer.inputs()),
        outputs_(layer.outputs()),
        groups_(layer.groups()),
        beyond_(static_cast<float>(layer.pad_code())),
        weight_count_(layer.weights().value.size()),
        bn_(std::move(bn)) {
    if (bn_.size() != outputs_)
      detail::fail("nn::frozen_conv2d: a batch norm of %td channels for %td output channels",
                   bn_.size(), outputs_);
    const float_matrix& latent = layer.weights().value;
    straight_through weight = layer.weight_quantizer();
    const code_format& codes = input_.policy().format();
    const bool per_row = detail::nn::fitted_per_row(input_);
    const bool integers = codes.plane_count > 0 && codes.kind == code_kind::integers;
    if (weight.policy().is_quantizer() && input_.policy().is_quantizer()) {
      per_row ? take_tokens(layer) : take_codes(layer);
    } else if (!weight.policy().is_quantizer() && integers && (per_row || reals_on_signs)) {
      way_ = order == sums::as_packed && groups_ == 1 ? way::in_order : way::as_trained;
      weights_ = per_row ? latent : folded_weights(layer);
    } else {
      if (per_row) detail::nn::require_known_levels(input_, "nn::frozen_conv2d");
      way_ = order == sums::as_packed && groups_ == 1 ? way::in_chains : way::as_trained;
      decoded_ = true;
      if (beyond_ != 0) beyond_ *= input_.of_row(0).affine_levels().scale;
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
    feature_map y(detail::core::output_shape(over_, in, outputs_, "nn::frozen_conv2d"));
    straight_through input = input_;
    matrix<code_t> codes;
    if (input.policy().is_quantizer()) {
      input.fit(x.pixels());
      codes = input.evaluated(x.pixels()).encode(x.pixels());
      if (log != nullptr) log->push_back(codes);
    }
    if (plain_) {
      const image_tensor<float> floats = (*plain_)(nhwc(std::as_const(codes).data(), in));
      std::copy_n(floats.pixels().data(), y.pixels().size(), y.mutable_pixels().data());
      return y;
    }
    feature_map used(in);
    if (decoded_)
      input.forward(x.pixels(), used.mutable_pixels());
    else
      detail::nn::integers_of(codes, input.policy().format(), used.mutable_pixels());
    multiply(used.read(), y);
    if (!decoded_) apply_scales(input, y.mutable_pixels());
    detail::nn::normalise(bn_, y.mutable_pixels());
    return y;
  }

  /// Bytes of weights and batch norm (three numbers per channel) as floats.
  [[nodiscard]] index_t bytes() const noexcept {
    return (weight_count_ + 3 * bn_.size()) * index_t{sizeof(float)};
  }

 private:
  enum class way { in_order, in_chains, as_trained };

  /// Two quantizers.
  void take_codes(const conv_layer& layer) {
    const quantized_conv2d_parameters p =
        detail::nn::parameters_of(layer, bn_, "nn::frozen_conv2d");
    scales_ = detail::nn::scales_of_one_pair(p);
    if (scales_.empty()) {
      plain_.emplace(p);
      return;
    }
    take_integers(layer, p.weights.format);
  }
  /// The same where inputs have a scale per row: weights have one scale per filter, or for all.
  void take_tokens(const conv_layer& layer) {
    const detail::network::quantized_rows rows =
        detail::nn::rows_of_weights(layer, "nn::frozen_conv2d");
    if (rows.levels.format.kind != code_kind::integers || rows.levels.group != 0)
      detail::nn::require_known_levels(input_, "nn::frozen_conv2d");
    for (index_t o = 0; o < outputs_; ++o) {
      if (rows.levels.offset(o, 0, 1) != 0)
        detail::nn::require_known_levels(input_, "nn::frozen_conv2d");
      scales_.push_back(rows.levels.scale(o, 0, 1, 0));
    }
    take_integers(layer, rows.levels.format);
  }
  void take_integers(const conv_layer& layer, const code_format& format) {
    const float_matrix& latent = layer.weights().value;
    detail::nn::integers_of(layer.weight_quantizer().evaluated(latent).encode(latent), format,
                            weights_);
  }

  void multiply(const feature_view& x, feature_map& y) const {
    if (way_ == way::as_trained)
      return detail::nn::window_products(over_).forward(x, weights_, beyond_, groups_, y);
    float_matrix gathered;
    detail::nn::for_each_block(x, over_, y.shape(), beyond_, gathered,
                               [&](index_t, index_t, index_t row, detail::nn::rows_view windows) {
                                 const auto to = detail::nn::mutable_rows_of(y.mutable_pixels(),
                                                                             row, windows.rows());
                                 if (way_ == way::in_order)
                                   detail::nn::multiply_in_order(windows, weights_, to);
                                 else
                                   detail::nn::multiply_in_chains(windows, weights_, to);
                               });
  }
  /// Sums of integers, or of real weights with them, in the units of the output.
  void apply_scales(const straight_through& input, float_matrix& y) const {
    const bool per_row = detail::nn::fitted_per_row(input);
    for (index_t r = 0; r < y.rows(); ++r) {
      const float token = per_row ? input.of_row(r).affine_levels().scale : 1.0f;
      for (index_t o = 0; o < y.cols(); ++o)
        if (!scales_.empty())
          y(r, o) = scaled_float(static_cast<std::int32_t>(y(r, o)),
                                 scales_[static_cast<std::size_t>(o)] * token);
        else if (per_row)
          y(r, o) *= token;
    }
  }

  straight_through input_;
  window over_;
  index_t inputs_, outputs_, groups_;
  float beyond_;  ///< what the padding holds: an integer, or a float where inputs are decoded
  index_t weight_count_;
  lowbit::batch_norm bn_;
  way way_ = way::as_trained;
  bool decoded_ = false;       ///< inputs are the floats that their codes stand for, or real
  float_matrix weights_;       ///< integers, or floats
  std::vector<float> scales_;  ///< of sums of integers
  std::optional<reference_conv2d> plain_;
};

}  // namespace nn
LOWBIT_END

#endif
