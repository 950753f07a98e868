// lowbit/compress/recorded_inputs.hpp – what the layers of a network read, for some of the training images.
//
//     const auto inputs = compress::recorded_inputs(m, 256);
//     inputs[i].read()                                        of layer m.layers()[i], for 256 images
//
// Ranges are calibrated and errors of single layers are measured on these numbers. Labels have no part in it.
#ifndef LOWBIT_COMPRESS_RECORDED_INPUTS_HPP
#define LOWBIT_COMPRESS_RECORDED_INPUTS_HPP

#include "lowbit/compress/model.hpp"

LOWBIT_BEGIN
namespace detail::compress {

/// `most` of n things, evenly spread, the first one first; all, where there are fewer.
[[nodiscard]] inline std::vector<index_t> evenly_spread(index_t n, index_t most) {
  std::vector<index_t> which;
  const index_t count = (std::min)(n, most);
  for (index_t i = 0; i < count; ++i) which.push_back(i * n / count);
  return which;
}

/// Runs evenly spread training images in one batch, in evaluation: layers then know what they have read. Errors: less
/// than one image; those of the network; a layer that the network does not run.
inline void run_recorded(lowbit::compress::model& m, index_t images, const char* who) {
  const lowbit::nn::image_set& set = m.images();
  if (images < 1 || set.size() < 1)
    fail("%s: %td of %td images: there must be one", who, images, set.size());
  const std::vector<index_t> which = evenly_spread(set.size(), images);
  const auto batch = lowbit::nn::pick(set, which, m.training().vectors);
  m.network().set_training(false);
  m.network().forward(batch.x.read());
  for (const auto& l : m.layers())
    if (l.layer->last_input().shape().batch != static_cast<index_t>(which.size()))
      fail("%s: %s has read %td images, not %zu: the network does not run it", who, l.name.c_str(),
           l.layer->last_input().shape().batch, which.size());
}

}  // namespace detail::compress

namespace compress {

/// Inputs of every layer of the model before the layer's own policy, in evaluation, in which the network is afterwards.
/// The images lie evenly spread in the training set; all of them, where there are fewer. They pass in one batch: the
/// cost is a forward pass, the memory that of the inputs. Errors: less than one image; those of the network; a layer that
/// the network does not run.
[[nodiscard]] inline std::vector<nn::feature_map> recorded_inputs(model& m, index_t images) {
  detail::compress::run_recorded(m, images, "compress::recorded_inputs");
  std::vector<nn::feature_map> all;
  for (const model_layer& l : m.layers()) {
    const nn::feature_view x = l.layer->last_input();
    all.emplace_back(x.shape()).mutable_pixels() = x.pixels();
  }
  return all;
}

}  // namespace compress
LOWBIT_END

#endif
