// lowbit/compress/encode_layer.hpp – a compressed layer of a model, as it is run and stored.
//
//     lowbit::sequential net(compress::encode_linear(m.layers()[0]), relu, compress::encode_linear(m.layers()[1]), ...);
//     write_file("net.lowbit", save(net));
#ifndef LOWBIT_COMPRESS_ENCODE_LAYER_HPP
#define LOWBIT_COMPRESS_ENCODE_LAYER_HPP

#include "lowbit/compress/encode_sparse.hpp"
#include "lowbit/compress/model.hpp"
#include "lowbit/network/layers/sparse_layers.hpp"

LOWBIT_BEGIN
namespace detail::compress {

[[nodiscard]] inline sparse_codebook_matrix encoded(const lowbit::compress::model_layer& l,
                                                    const lowbit::compress::sparse_options& how) {
  if (!l.shared)
    fail("compress: the weights of %s are not shared: add a step share or quantize",
         l.name.c_str());
  if (l.layer->groups() != 1)
    fail("compress: %s has %td groups: compressed layers have one", l.name.c_str(),
         l.layer->groups());
  const auto& w = l.layer->weights().value;
  return lowbit::compress::encode_sparse(w.rows(), w.cols(), l.shared->codes, l.shared->codebook,
                                         how);
}
[[nodiscard]] inline std::vector<float> biases_of(const lowbit::compress::model_layer& l) {
  if (!l.layer->has_bias())
    return std::vector<float>(static_cast<std::size_t>(l.layer->outputs()), 0.0f);
  const std::span<const float> b = lowbit::nn::elements(std::as_const(l.layer->bias().value));
  return {b.begin(), b.end()};
}

}  // namespace detail::compress

namespace compress {

/// The layer as a dense layer on whole images. Errors: weights that are not shared; groups; a window of more than a
/// pixel, whose order of weights needs images of its size.
[[nodiscard]] inline layer::sparse_linear encode_linear(const model_layer& l,
                                                        const sparse_options& how = {}) {
  return layer::sparse_linear(detail::compress::encoded(l, how), detail::compress::biases_of(l));
}
/// The layer as a convolution. Errors: weights that are not shared; groups.
[[nodiscard]] inline layer::sparse_conv2d encode_conv2d(const model_layer& l,
                                                        const sparse_options& how = {}) {
  return layer::sparse_conv2d(detail::compress::encoded(l, how), detail::compress::biases_of(l),
                              {l.layer->over()});
}

}  // namespace compress
LOWBIT_END

#endif
