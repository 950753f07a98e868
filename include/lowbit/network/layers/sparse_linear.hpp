// lowbit/network/layers/sparse_linear.hpp – a dense layer whose weights stay compressed: pruned, shared, entropy-coded.
//
//     y(image, o) = float(double(float(sum)) + double(bias(o))),    sum over pixel after pixel, each with its channels
//
// The weights are a sparse_codebook_matrix: what lies in the file lies in memory, and decodes while it is multiplied
// (product/sparse_linear.hpp). The result has the bits of layer::float_conv2d with the decoded weights as filters of
// the size of the image, and a batch norm of mean 0, deviation 1 and beta = bias, for finite images.
#ifndef LOWBIT_NETWORK_LAYERS_SPARSE_LINEAR_HPP
#define LOWBIT_NETWORK_LAYERS_SPARSE_LINEAR_HPP

#include <vector>

#include "lowbit/network/values.hpp"
#include "lowbit/product/sparse_linear.hpp"

LOWBIT_BEGIN
namespace layer {

/// Images of K floats to images {batch, 1, 1, N}. Const and thread-safe.
class sparse_linear {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  struct workspace_type {
    tensor_shape in;
    buffer<float> floats;  ///< some images side by side

    [[nodiscard]] index_t bytes() const noexcept { return 4 * floats.size(); }
  };
  static constexpr const char* name = "sparse";

  struct parameters {
    sparse_codebook_parts weights;  ///< N x K
    std::vector<float> bias;        ///< N, or none

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      if (const reason why = weights.problem()) return why;
      if (weights.rows < 1 || weights.cols < 1)
        return make_reason("weights of %tdx%td: there must be an input and an output", weights.rows,
                           weights.cols);
      if (bias.empty() || static_cast<index_t>(bias.size()) == weights.rows) return {};
      return make_reason("%zu biases for %td outputs: one each, or none", bias.size(),
                         weights.rows);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.weights);
      f(self.bias);
    }
  };

  /// Errors: what parameters::problem() says.
  sparse_linear(const sparse_codebook_matrix& weights, std::vector<float> bias)
      : sparse_linear(parameters{weights.parts(), static_cast<std::vector<float>&&>(bias)}) {}
  explicit sparse_linear(parameters p)
      : bias_(valid(p).bias),
        weights_(static_cast<sparse_codebook_parts&&>(p.weights), checked_parts{}) {}

  [[nodiscard]] parameters data() const { return {weights_.parts(), bias_}; }
  [[nodiscard]] const sparse_codebook_matrix& weights() const noexcept { return weights_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return weights_.bytes() + 4 * static_cast<index_t>(bias_.size());
  }
  /// Errors: images of another number of floats.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.height * in.width * in.channels != weights_.cols())
      detail::fail("layer::sparse_linear: images of %tdx%tdx%td for weights of %td inputs",
                   in.height, in.width, in.channels, weights_.cols());
    return {in.batch, 1, 1, weights_.rows()};
  }
  /// Up to 8 images in floats. Errors: as output_shape().
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {in, buffer<float>(detail::product::sparse_workspace(in.batch, weights_.cols()))};
  }

  /// y = the layer of x. Cost: the weights are decoded once per 8 images; a multiply-add per entry and image. Allocates
  /// nothing. Errors: images of another size; a workspace for another shape; y has another shape than the result.
  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type& work, image_tensor<float>& y,
                  const Executor& where = {}) const {
    const tensor_shape s = x.shape;
    detail::core::require_result("layer::sparse_linear", output_shape(s), y.shape());
    if (!(work.in == s))
      detail::fail(
          "layer::sparse_linear: %td images of %tdx%tdx%td with a workspace for %td of "
          "%tdx%tdx%td",
          s.batch, s.height, s.width, s.channels, work.in.batch, work.in.height, work.in.width,
          work.in.channels);
    const auto side_by_side = [&](index_t first, index_t count, index_t lanes) -> const float* {
      float* const to = work.floats.data();
      for (index_t l = 0; l < lanes; ++l) {
        float* at = to + l;
        for (index_t i = 0; i < s.height; ++i)
          for (index_t j = 0; j < s.width; ++j)
            for (index_t c = 0; c < s.channels; ++c, at += lanes)
              *at = l < count ? x(first + l, i, j, c) : 0;
      }
      return to;
    };
    detail::product::multiply_sparse(s.batch, side_by_side, weights_, bias_,
                                     y.mutable_pixels().view(), where);
  }

 private:
  [[nodiscard]] static const parameters& valid(const parameters& p) {
    detail::core::fail_if(p.problem(), "layer::sparse_linear");
    return p;
  }

  std::vector<float> bias_;
  sparse_codebook_matrix weights_;
};

}  // namespace layer
LOWBIT_END

#endif
