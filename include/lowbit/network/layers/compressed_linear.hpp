// lowbit/network/layers/compressed_linear.hpp – a dense layer whose weights decode while they are multiplied.
//
//     y(image, o) = float(double(float(sum)) + double(bias(o))),    sum over pixel after pixel, each with its channels
//
// The sum is one chain in double (kernel/compressed/sparse_panel.hpp). The result has the bits of layer::float_conv2d
// with the decoded weights as filters of the size of the image, and a batch norm of mean 0, deviation 1 and beta =
// bias, for finite images. What weights there are is said by layer::sparse_linear and layer::hashed_linear, which have
// headers of their own.
#ifndef LOWBIT_NETWORK_LAYERS_COMPRESSED_LINEAR_HPP
#define LOWBIT_NETWORK_LAYERS_COMPRESSED_LINEAR_HPP

#include <vector>

#include "lowbit/network/values.hpp"
#include "lowbit/product/side_by_side.hpp"

LOWBIT_BEGIN
namespace layer {

/// Images of K floats to images {batch, 1, 1, N}. `Kind` says what the weights are: the types `parts` (what a file
/// holds) and `weights`, its name in files and in texts, and the functions fields, make and multiply. Const and
/// thread-safe.
template <class Kind>
class compressed_linear {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  struct workspace_type {
    tensor_shape in;
    buffer<float> floats;  ///< some images side by side

    [[nodiscard]] index_t bytes() const noexcept { return 4 * floats.size(); }
  };
  static constexpr const char* name = Kind::file_name;

  struct parameters {
    typename Kind::parts weights;  ///< N x K
    std::vector<float> bias;       ///< N: so a file cannot claim more outputs than it has numbers

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      if (const reason why = weights.problem()) return why;
      if (weights.rows < 1 || weights.cols < 1)
        return make_reason("weights of %tdx%td: there must be an input and an output", weights.rows,
                           weights.cols);
      if (static_cast<index_t>(bias.size()) == weights.rows) return {};
      return make_reason("%zu biases for %td outputs: one each", bias.size(), weights.rows);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      Kind::fields(self.weights, f);
      f(self.bias);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit compressed_linear(parameters p)
      : rows_(valid(p).weights.rows),
        cols_(p.weights.cols),
        bias_(static_cast<std::vector<float>&&>(p.bias)),
        weights_(Kind::make(static_cast<typename Kind::parts&&>(p.weights))) {}
  compressed_linear(const typename Kind::weights& weights, std::vector<float> bias)
      : compressed_linear(
            parameters{Kind::parts_of(weights), static_cast<std::vector<float>&&>(bias)}) {}

  [[nodiscard]] parameters data() const { return {Kind::parts_of(weights_), bias_}; }
  [[nodiscard]] const typename Kind::weights& weights() const noexcept { return weights_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return weights_.bytes() + 4 * static_cast<index_t>(bias_.size());
  }
  /// Errors: images of another number of floats.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.height * in.width * in.channels != cols_)
      detail::fail("%s: images of %tdx%tdx%td for weights of %td inputs", Kind::text, in.height,
                   in.width, in.channels, cols_);
    return {in.batch, 1, 1, rows_};
  }
  /// Up to 8 images in floats. Errors: as output_shape().
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {in, buffer<float>(detail::product::side_by_side_floats(in.batch, cols_))};
  }

  /// y = the layer of x. Cost: the weights are decoded once per 8 images; a multiply-add per stored weight and image.
  /// Allocates nothing. Errors: images of another size; a workspace for another shape; y has another shape than the
  /// result.
  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type& work, image_tensor<float>& y,
                  const Executor& where = {}) const {
    const tensor_shape s = x.shape;
    detail::core::require_result(Kind::text, output_shape(s), y.shape());
    if (!(work.in == s))
      detail::fail("%s: %td images of %tdx%tdx%td with a workspace for %td of %tdx%tdx%td",
                   Kind::text, s.batch, s.height, s.width, s.channels, work.in.batch,
                   work.in.height, work.in.width, work.in.channels);
    Kind::multiply(s.batch, detail::product::gather_images{x, work.floats.data()}, weights_, bias_,
                   y.mutable_pixels().view(), where);
  }

 private:
  [[nodiscard]] static const parameters& valid(const parameters& p) {
    detail::core::fail_if(p.problem(), Kind::text);
    return p;
  }

  index_t rows_, cols_;
  std::vector<float> bias_;
  typename Kind::weights weights_;
};

}  // namespace layer
LOWBIT_END

#endif
