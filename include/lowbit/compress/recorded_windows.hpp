// lowbit/compress/recorded_windows.hpp – what the filters of a layer are multiplied with, for some of the training images.
//
//     const nn::float_matrix x = compress::recorded_windows(m, 1, {.images = 500, .most = 2000});       samples x depth
//
// Steps that fit weights to outputs, layer by layer, need inputs of a layer as the network has them. These lie behind
// the layer's own policy of inputs, and follow from what earlier layers have become by then. Of a convolution every window is a sample.
#ifndef LOWBIT_COMPRESS_RECORDED_WINDOWS_HPP
#define LOWBIT_COMPRESS_RECORDED_WINDOWS_HPP

#include "lowbit/compress/recorded_inputs.hpp"
#include "lowbit/nn/window_rows.hpp"

LOWBIT_BEGIN
namespace compress {

/// How much is recorded.
struct recording {
  index_t images = 500;  ///< evenly spread in the training set; all, where there are fewer
  index_t most = 2000;   ///< samples, evenly spread in what these images give
};

}  // namespace compress

namespace detail::compress {

/// What filters w sum up over windows: samples x filters, without biases.
[[nodiscard]] inline lowbit::nn::float_matrix sums_over(const lowbit::nn::float_matrix& windows,
                                                        const lowbit::nn::float_matrix& w) {
  lowbit::nn::float_matrix y(windows.rows(), w.rows());
  nn::multiply_transposed(nn::rows_of(windows, 0, windows.rows()), w,
                          nn::mutable_rows_of(y, 0, y.rows()));
  return y;
}

}  // namespace detail::compress

namespace compress {

/// Windows of layer `number` of the model, one per row, in the order of its weights. The network is in evaluation
/// afterwards. Cost: a forward pass of the images, in one batch. Errors: no such layer; groups; less than one image or
/// sample; those of the network; a layer that the network does not run.
[[nodiscard]] inline nn::float_matrix recorded_windows(model& m, std::size_t number,
                                                       const recording& how = {}) {
  if (number >= m.layers().size() || how.most < 1)
    detail::fail("compress::recorded_windows: layer %zu of %zu, %td samples: there must be one",
                 number, m.layers().size(), how.most);
  const nn::conv_layer& layer = *m.layers()[number].layer;
  if (layer.groups() != 1)
    detail::fail("compress::recorded_windows: %s has %td groups: there must be one",
                 m.layers()[number].name.c_str(), layer.groups());
  detail::compress::run_recorded(m, how.images, "compress::recorded_windows");
  const nn::feature_view x = layer.used_input();
  const tensor_shape out = layer.output_shape(x.shape());
  const std::vector<index_t> rows = detail::compress::evenly_spread(out.pixels(), how.most);
  nn::float_matrix samples(static_cast<index_t>(rows.size()), layer.weights().value.cols());
  nn::float_matrix gathered;
  std::size_t next = 0;
  detail::nn::for_each_block(
      x, layer.over(), out, layer.beyond(), gathered,
      [&](index_t, index_t, index_t first, const auto& windows) {
        for (; next < rows.size() && rows[next] < first + windows.rows(); ++next)
          samples.row(static_cast<index_t>(next)) = windows.row(rows[next] - first);
      });
  return samples;
}

}  // namespace compress
LOWBIT_END

#endif
