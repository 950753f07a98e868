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
namespace compress {

/// Inputs of every layer of the model before the layer's own policy, in evaluation, in which the network is afterwards.
/// The images lie evenly spread in the training set; all of them, where there are fewer. They pass in one batch: the
/// cost is a forward pass, the memory that of the inputs. Errors: less than one image; those of the network; a layer that
/// the network does not run.
[[nodiscard]] inline std::vector<nn::feature_map> recorded_inputs(model& m, index_t images) {
  const nn::image_set& set = m.images();
  if (images < 1 || set.size() < 1)
    detail::fail("compress::recorded_inputs: %td of %td images: there must be one", images,
                 set.size());
  const index_t count = (std::min)(images, set.size());
  std::vector<index_t> which;
  for (index_t i = 0; i < count; ++i) which.push_back(i * set.size() / count);
  const nn::image_batch batch = nn::pick(set, which, m.training().vectors);
  m.network().set_training(false);
  m.network().forward(batch.x.read());
  std::vector<nn::feature_map> all;
  for (const model_layer& l : m.layers()) {
    const nn::feature_view x = l.layer->last_input();
    if (x.shape().batch != count)
      detail::fail(
          "compress::recorded_inputs: %s has read %td images, not %td: the network does not "
          "run it",
          l.name.c_str(), x.shape().batch, count);
    all.emplace_back(x.shape()).mutable_pixels() = x.pixels();
  }
  return all;
}

}  // namespace compress
LOWBIT_END

#endif
