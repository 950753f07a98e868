// lowbit/network/layers/float_layers.hpp – the layers of a network that multiply with float weights.
//
//     layer::float_conv2d    floats -> float convolution -> batch norm [-> + shortcut] -> floats, signs
//     layer::float_linear    bits of a whole image x float rows + bias -> floats: the classes
//
// Networks on bits begin and end with these (convolution/float_conv2d.hpp, product/float_linear.hpp); their shortcuts
// of 1x1 are float_conv2d too. A float layer at the end of a float part is a float_conv2d of 1x1 over one pixel.
#ifndef LOWBIT_NETWORK_LAYERS_FLOAT_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_FLOAT_LAYERS_HPP

#include <vector>

#include "lowbit/convolution/float_conv2d.hpp"
#include "lowbit/network/flatten.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/network/window_parameters.hpp"
#include "lowbit/product/float_linear.hpp"

LOWBIT_BEGIN
namespace layer {

/// Float filters {output channels, height, width, channels} and a batch norm, whose beta holds a bias.
/// Const and thread-safe.
class float_conv2d {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  using workspace_type = float_conv2d_workspace;
  static constexpr const char* name = "real-cnv";

  struct parameters {
    image_tensor<float> filters;
    window over;
    batch_norm bn;

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      using namespace detail;
      if (const reason why = network::no_filters(filters.shape())) return why;
      if (const reason why =
              convolution::geometry(filters.shape(), over).problem(network::largest_window))
        return why;
      return detail::network::norm_problem(bn, filters.shape().batch);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.filters);
      f(self.over);
      f(self.bn);
    }
  };

  /// Errors: what parameters::problem() says.
  float_conv2d(image_tensor<float> filters, const window& over, batch_norm bn)
      : float_conv2d(parameters{static_cast<image_tensor<float>&&>(filters), over,
                                static_cast<batch_norm&&>(bn)}) {}
  explicit float_conv2d(parameters p)
      : parameters_(detail::network::valid(static_cast<parameters&&>(p), "layer::float_conv2d")),
        sums_(parameters_.filters.view(), parameters_.over) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return sums_.bytes() + parameters_.filters.bytes() + parameters_.bn.bytes();
  }
  /// Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const { return sums_.output_shape(in); }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const { return sums_.workspace(in); }
  /// y = the layer of x. Allocates nothing. Errors: a workspace of another layer or for another shape; y has another
  /// shape than the result.
  template <detail::network::keeps_floats Y, executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type& work, Y& y,
                  const Executor& where = {}) const {
    detail::core::require_result("layer::float_conv2d", work.output(), y.shape());
    sums_(x, work, stages(stage::normalise{parameters_.bn}, detail::network::store_in(y)), where);
  }

  /// The same in pieces (lowbit::float_conv2d): rows first ... end - 1 of the result through `keep` instead of a
  /// value.
  [[nodiscard]] index_t most_parts(tensor_shape x, const workspace_type& work) const {
    return sums_.most_parts(x, work);
  }
  [[nodiscard]] auto read(const tensor_view<const float>& x, workspace_type& work, index_t part,
                          index_t parts) const noexcept {
    return sums_.read(x, work, part, parts);
  }
  template <class Share, float_stage S, executor Executor>
  void run(const workspace_type& work, Share& share, index_t first, index_t end, const S& keep,
           const Executor& where) const {
    sums_.run(work, share, first, end, stages(stage::normalise{parameters_.bn}, keep), where);
  }

 private:
  parameters parameters_;
  lowbit::float_conv2d sums_;
};

/// y(image, o) = float(double(sum over the image's bits of +-w(o)) + double(bias(o))), in the order of
/// float_dot(): pixel after pixel, each with its channels. Any number of channels. Const and thread-safe.
class float_linear {
 public:
  using input = packed_tensor<binary>;
  using output = image_tensor<float>;
  struct workspace_type {
    packed_matrix<binary> rows;  ///< the images without gaps

    [[nodiscard]] index_t bytes() const noexcept { return rows.bytes(); }
  };
  static constexpr const char* name = "real-lin";

  struct parameters {
    image_tensor<float> weights;  ///< {outputs, height, width, channels}
    std::vector<float> bias;      ///< one per output

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      const tensor_shape w = weights.shape();
      if (w.batch < 1 || w.height < 1 || w.width < 1 || w.channels < 1)
        return make_reason(
            "weights of %tdx%tdx%tdx%td (outputs, height, width, channels): each must be at least "
            "1",
            w.batch, w.height, w.width, w.channels);
      if (static_cast<index_t>(bias.size()) == w.batch) return {};
      return make_reason("%zu biases for %td outputs: one each", bias.size(), w.batch);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.weights);
      f(self.bias);
    }
  };

  /// Errors: what parameters::problem() says.
  float_linear(image_tensor<float> weights, std::vector<float> bias)
      : float_linear(parameters{static_cast<image_tensor<float>&&>(weights),
                                static_cast<std::vector<float>&&>(bias)}) {}
  explicit float_linear(parameters p)
      : parameters_(detail::network::valid(static_cast<parameters&&>(p), "layer::float_linear")) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return parameters_.weights.bytes() + 4 * static_cast<index_t>(parameters_.bias.size());
  }
  /// Errors: images of another size.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    const tensor_shape w = parameters_.weights.shape();
    if (in.height != w.height || in.width != w.width || in.channels != w.channels)
      detail::fail("layer::float_linear: images of %tdx%tdx%td for weights of %tdx%tdx%td",
                   in.height, in.width, in.channels, w.height, w.width, w.channels);
    return {in.batch, 1, 1, w.batch};
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {packed_matrix<binary>(in.batch, in.height * in.width * in.channels)};
  }

  /// y = the layer of x. Cost: an addition per weight and image; allocates nothing. Errors: images of another size; a
  /// workspace for another shape; y has another shape than the result.
  template <executor Executor = serial_executor>
  void operator()(packed_tensor_view<binary> x, workspace_type& work, image_tensor<float>& y,
                  const Executor& where = {}) const {
    const tensor_shape in = x.shape(), w = parameters_.weights.shape();
    detail::core::require_result("layer::float_linear", output_shape(in), y.shape());
    const index_t depth = w.height * w.width * w.channels;
    if (work.rows.rows() != in.batch || work.rows.depth() != depth)
      detail::fail("layer::float_linear: %td images of %td bits with a workspace for %td of %td",
                   in.batch, depth, work.rows.rows(), work.rows.depth());
    for (index_t n = 0; n < in.batch; ++n) detail::network::flatten_image(x, n, work.rows);
    const matrix_view<const float> rows(parameters_.weights.pixels().data(), w.batch, depth);
    detail::product::multiply_signs(work.rows.view(), rows, parameters_.bias,
                                    y.mutable_pixels().view(), where);
  }

 private:
  parameters parameters_;
};

}  // namespace layer
LOWBIT_END

#endif
