// lowbit/compress/model.hpp – a network under compression: its layers, what is pruned and shared, and how it is trained.
//
//     compress::model m(net, {{"ip1", &first}, {"ip2", &second}, {"ip3", &last}}, images, {.seed = 1});
//     m.train(10, 1e-3f);
//
// Pruned weights stay 0, shared weights stay equal and weights with codes per filter stay as they are while the model trains (nn/optimizers/masked.hpp, tied.hpp). So
// steps of a pipeline (compress/pipeline.hpp) may follow each other in any order that makes sense. Unlike the rest of
// compress/, what trains needs Eigen.
#ifndef LOWBIT_COMPRESS_MODEL_HPP
#define LOWBIT_COMPRESS_MODEL_HPP

#include <memory>
#include <optional>
#include <string>

#include "lowbit/compress/sharing.hpp"
#include "lowbit/nn/fit.hpp"
#include "lowbit/nn/layers/conv_layer.hpp"
#include "lowbit/nn/optimizers/adam.hpp"
#include "lowbit/nn/optimizers/masked.hpp"
#include "lowbit/nn/optimizers/tied.hpp"
#include "lowbit/tensor/row_coded.hpp"

LOWBIT_BEGIN
namespace compress {

/// A layer whose weights are compressed.
struct model_layer {
  std::string name;  ///< in reports
  nn::conv_layer* layer;
  /// In the shape of the weights: 1 where a weight is kept, 0 where it is pruned.
  nn::float_matrix kept = {};
  /// Codes and their table, once weights share values; code 0 stands for 0.
  std::optional<shared_weights> shared = {};
  /// Codes with levels per filter, once a step has made them: then the weights are what they stand for, and stay.
  std::optional<row_coded_matrix> coded = {};
  /// Of a weight, once a step has chosen them (compress/allocate.hpp, compress/width_search.hpp); 0: none has.
  int bits = 0;

  [[nodiscard]] std::span<float> weights() noexcept { return nn::elements(layer->weights().value); }
  /// The share of weights that are kept.
  [[nodiscard]] double kept_share() const {
    return kept.size() == 0 ? 1 : static_cast<double>(kept.mean());
  }
  /// The marks of kept weights, as compress::prune() and share_weights() take them.
  [[nodiscard]] std::vector<std::uint8_t> marks() const {
    std::vector<std::uint8_t> out;
    for (const float mark : nn::elements(kept)) out.push_back(mark != 0 ? 1 : 0);
    return out;
  }
};

/// A network, the layers of it that are compressed, and the images that train it. All must outlive the model, and layers
/// must not move.
class model {
 public:
  /// An optimizer around that of a training, which it steps and does not own; see nn/optimizers/projected.hpp.
  using optimizer_around = std::function<std::shared_ptr<nn::optimizer>(nn::optimizer&)>;

  /// Nothing is pruned or shared yet. `training` says how the network is trained: batch, seed, moves, loss; epochs and
  /// rate are those of each training.
  model(nn::trainable& network, std::vector<model_layer> layers, const nn::image_set& images,
        nn::fit_options training = {})
      : network_(&network),
        layers_(std::move(layers)),
        images_(&images),
        training_(std::move(training)) {
    for (model_layer& l : layers_)
      l.kept =
          nn::float_matrix::Ones(l.layer->weights().value.rows(), l.layer->weights().value.cols());
  }

  [[nodiscard]] nn::trainable& network() noexcept { return *network_; }
  [[nodiscard]] std::vector<model_layer>& layers() noexcept { return layers_; }
  [[nodiscard]] const std::vector<model_layer>& layers() const noexcept { return layers_; }
  /// The images that train.
  [[nodiscard]] const nn::image_set& images() const noexcept { return *images_; }
  /// How the network is trained.
  [[nodiscard]] const nn::fit_options& training() const noexcept { return training_; }
  /// Steps of an epoch.
  [[nodiscard]] index_t steps_per_epoch() const noexcept {
    const index_t batch = (std::min)(training_.batch, images_->size());
    return batch > 0 ? images_->size() / batch : 0;
  }
  /// The share of all weights that are kept.
  [[nodiscard]] double kept_share() const {
    double kept = 0, all = 0;
    for (const model_layer& l : layers_) {
      kept += l.kept_share() * static_cast<double>(l.kept.size());
      all += static_cast<double>(l.kept.size());
    }
    return all > 0 ? kept / all : 1;
  }

  /// Trains with Adam at a rate that falls by a cosine; every training has an order of images of its own. After step n,
  /// counted from 1, `after(n)` may change weights and clear marks of `kept`; marks of shared weights stay. `around`, if
  /// given, makes the optimizer that is stepped; what it leaves in the weights is what the network has afterwards.
  /// Errors: those of nn::fit().
  void train(index_t epochs, float rate, const std::function<void(index_t)>& after = {},
             const optimizer_around& around = {}) {
    nn::adam adam(network_->parameters());
    std::vector<nn::parameter*> weights;
    std::vector<nn::tied_parameter> shared;
    for (model_layer& l : layers_) {
      weights.push_back(&l.layer->weights());
      if (l.shared) shared.push_back({weights.back(), l.shared->codes});
      if (l.coded) weights.back()->frozen.assign(l.weights().size(), 1);
    }
    nn::masked masked(adam, weights);
    const auto give_masks = [&] {
      for (std::size_t i = 0; i < layers_.size(); ++i) masked.kept(i) = layers_[i].kept;
    };
    give_masks();
    nn::tied tied(masked, std::move(shared));
    nn::fit_options options = training_;
    options.epochs = epochs;
    options.rate = nn::cosine_lr{rate, static_cast<double>(epochs)};
    options.seed += trainings_++;
    index_t step = 0;
    options.after_step = [&](nn::training_position) {
      if (!after) return;
      after(++step);
      give_masks();
    };
    const std::shared_ptr<nn::optimizer> outer = around ? around(tied) : nullptr;
    nn::fit(*network_, outer ? *outer : tied, *images_, options);
    for (model_layer& l : layers_)
      if (l.shared) l.shared->read(l.weights());
  }

 private:
  nn::trainable* network_;
  std::vector<model_layer> layers_;
  const nn::image_set* images_;
  nn::fit_options training_;
  std::uint64_t trainings_ = 0;
};

}  // namespace compress
LOWBIT_END

#endif
