// lowbit/network/layers/compressed_layer.hpp – layers whose weights decode while they are multiplied.
//
//     y(o) = float(double(float(sum)) + double(bias(o)))
//
// A dense layer sums over a whole image, pixel after pixel, each with its channels. A convolution sums over a window in
// the same order; the padding is 0. The sum is one chain in double (kernel/compressed/sparse_panel.hpp). The result has
// the bits of layer::float_conv2d with the decoded weights as filters, and a batch norm of mean 0, deviation 1 and beta =
// bias, for finite images. (The filters of a dense layer have the size of the image.) What weights there are is said by
// sparse_layers.hpp and hashed_layers.hpp.
#ifndef LOWBIT_NETWORK_LAYERS_COMPRESSED_LAYER_HPP
#define LOWBIT_NETWORK_LAYERS_COMPRESSED_LAYER_HPP

#include <vector>

#include "lowbit/network/values.hpp"
#include "lowbit/network/window_parameters.hpp"
#include "lowbit/product/side_by_side.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// What a dense layer multiplies: the floats of an image.
struct whole_images {
  using gather = product::gather_images;

  [[nodiscard]] reason problem(index_t) const noexcept { return {}; }
  template <class Self, class F>
  static void fields(Self&, F&) {}
  /// Errors: images of another number of floats.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in, index_t rows, index_t cols,
                                          const char* who) const {
    if (in.height * in.width * in.channels != cols)
      fail("%s: images of %tdx%tdx%td for weights of %td inputs", who, in.height, in.width,
           in.channels, cols);
    return {in.batch, 1, 1, rows};
  }
  [[nodiscard]] gather from(const tensor_view<const float>& x, tensor_shape, float* floats) const {
    return {x, floats};
  }
};

/// What a convolution multiplies: the floats of a window.
struct image_windows {
  window over;
  using gather = product::gather_windows;

  [[nodiscard]] reason problem(index_t cols) const noexcept {
    if (const reason why = core::window_problem(over, largest_window)) return why;
    if (cols % over.taps() != 0)
      return make_reason("weights of %td inputs under a window of %tdx%td: taps must divide them",
                         cols, over.vertical.size, over.horizontal.size);
    return {};
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.over);
  }
  /// Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in, index_t rows, index_t cols,
                                          const char* who) const {
    if (in.channels * over.taps() != cols)
      fail("%s: images of %td channels for filters of %td", who, in.channels, cols / over.taps());
    return core::output_shape(over, in, rows, who);
  }
  [[nodiscard]] gather from(const tensor_view<const float>& x, tensor_shape out,
                            float* floats) const {
    return {x, over, out, floats};
  }
};

}  // namespace detail::network

namespace layer {

/// Images of floats to images of N channels. `Kind` says what the weights are: the types `parts` (what a file holds) and
/// `weights`, names in files and in texts, and the functions fields, make and multiply. `Reads` says what a sum goes over
/// (detail::network::whole_images, image_windows). Const and thread-safe.
template <class Kind, class Reads>
class compressed_layer {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  struct workspace_type {
    tensor_shape in;
    buffer<float> floats;  ///< some images or windows side by side

    [[nodiscard]] index_t bytes() const noexcept { return 4 * floats.size(); }
  };
  static constexpr const char* name = Kind::template file_name<Reads>;

  struct parameters {
    typename Kind::parts weights;  ///< N x K
    std::vector<float> bias;       ///< N: so a file cannot claim more outputs than it has numbers
    Reads reads{};                 ///< of a convolution: its window, `over`

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      if (const reason why = weights.problem()) return why;
      if (weights.rows < 1 || weights.cols < 1)
        return make_reason("weights of %tdx%td: there must be an input and an output", weights.rows,
                           weights.cols);
      if (const reason why = reads.problem(weights.cols)) return why;
      if (static_cast<index_t>(bias.size()) == weights.rows) return {};
      return make_reason("%zu biases for %td outputs: one each", bias.size(), weights.rows);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      Kind::fields(self.weights, f);
      f(self.bias);
      Reads::fields(self.reads, f);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit compressed_layer(parameters p)
      : rows_(valid(p).weights.rows),
        cols_(p.weights.cols),
        bias_(static_cast<std::vector<float>&&>(p.bias)),
        reads_(p.reads),
        weights_(Kind::make(static_cast<typename Kind::parts&&>(p.weights))) {}
  explicit compressed_layer(const typename Kind::weights& weights, std::vector<float> bias,
                            Reads reads = {})
      : compressed_layer(
            parameters{Kind::parts_of(weights), static_cast<std::vector<float>&&>(bias), reads}) {}

  [[nodiscard]] parameters data() const { return {Kind::parts_of(weights_), bias_, reads_}; }
  [[nodiscard]] const typename Kind::weights& weights() const noexcept { return weights_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return weights_.bytes() + 4 * static_cast<index_t>(bias_.size());
  }
  /// Errors: images of another size or of other channels; an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return reads_.output_shape(in, rows_, cols_, Kind::template text<Reads>);
  }
  /// Up to 8 images or windows in floats. Errors: as output_shape().
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    const index_t sums = output_shape(in).pixels();
    return {in, buffer<float>(detail::product::side_by_side_floats(sums, cols_))};
  }

  /// y = the layer of x. Cost: the weights are decoded once per 8 images or windows; a multiply-add per stored
  /// weight and image or window. Allocates nothing. Errors: images of another size; a workspace for another shape; y has another shape than the
  /// result.
  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type& work, image_tensor<float>& y,
                  const Executor& where = {}) const {
    const tensor_shape s = x.shape;
    detail::core::require_result(Kind::template text<Reads>, output_shape(s), y.shape());
    if (!(work.in == s))
      detail::fail("%s: %td images of %tdx%tdx%td with a workspace for %td of %tdx%tdx%td",
                   Kind::template text<Reads>, s.batch, s.height, s.width, s.channels,
                   work.in.batch, work.in.height, work.in.width, work.in.channels);
    Kind::multiply(y.shape().pixels(), reads_.from(x, y.shape(), work.floats.data()), weights_,
                   bias_, y.mutable_pixels().view(), where);
  }

 private:
  [[nodiscard]] static const parameters& valid(const parameters& p) {
    detail::core::fail_if(p.problem(), Kind::template text<Reads>);
    return p;
  }

  index_t rows_, cols_;
  std::vector<float> bias_;
  Reads reads_;
  typename Kind::weights weights_;
};

}  // namespace layer
LOWBIT_END

#endif
