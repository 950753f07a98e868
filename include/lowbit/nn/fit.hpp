// lowbit/nn/fit.hpp – the training loop.
//
//     nn::adam optimizer(net.parameters());
//     const nn::history run = nn::fit(net, optimizer, train, {.epochs = 6, .rate = nn::cosine_lr{1e-3f, 6}, .seed = 1,
//                                                             .after_epoch = nn::print_epoch()});
//     const nn::evaluation result = nn::evaluate(net, test);
//
// An epoch goes over the training images once, in an order of its own; images that fill no whole batch are left out of
// it. Order, moves of images and the validation set follow from the seed and the epoch alone. So a resumed run
// (options.from, nn/checkpoint.hpp) has the bits of one that never stopped. Its patience begins anew.
//
// Early stopping looks at a validation set, which is taken off the training images. Test images have no part in it: a
// network that was chosen by its test result says nothing about new images.
#ifndef LOWBIT_NN_FIT_HPP
#define LOWBIT_NN_FIT_HPP

#include <chrono>
#include <functional>
#include <numeric>

#include "lowbit/nn/fit_parts.hpp"
#include "lowbit/nn/schedules/learning_rate.hpp"
#include "lowbit/nn/train_step.hpp"

LOWBIT_BEGIN
namespace nn {

/// Options of fit().
struct fit_options {
  index_t epochs = 10;
  index_t batch = 100;  ///< images per step; all, where there are fewer
  schedule rate = {};   ///< by epoch; without: cosine_lr from 1e-3 to 0
  std::uint64_t seed = 1;
  bool vectors = false;     ///< images as vectors (dense networks)
  augmentation moves = {};  ///< of training images
  loss_function loss = {};  ///< without: softmax cross-entropy
  double validation = 0;    ///< the share of images that are set aside, chosen at random
  index_t patience = 0;     ///< stop after so many epochs without a lower validation loss; 0: never
  training_position from = {};  ///< where to begin: of a checkpoint
  /// Called after every epoch, with all epochs so far and the options.
  std::function<void(const history&, const fit_options&)> after_epoch = {};
  /// Called after every step, with the position of the next one: progress, checkpoints.
  std::function<void(training_position)> after_step = {};
};

}  // namespace nn

namespace detail::nn {

/// Loss and accuracy of some images of a set; the network is in evaluation afterwards.
[[nodiscard]] inline lowbit::nn::evaluation evaluate_some(lowbit::nn::trainable& net,
                                                          const lowbit::nn::image_set& set,
                                                          std::span<const index_t> which,
                                                          bool vectors, index_t batch,
                                                          const lowbit::nn::loss_function& loss) {
  net.set_training(false);
  batch_sums sums;
  const auto size = static_cast<std::size_t>(batch);
  for (std::size_t first = 0; first < which.size(); first += size) {
    const auto some = which.subspan(first, (std::min)(size, which.size() - first));
    const auto b = pick(set, some, vectors);
    const lowbit::nn::float_matrix& logits = net.forward(b.x.read()).pixels();
    sums.add(logits, b.labels, loss_of(loss, {logits, b.labels, b.x.read(), some}).loss);
  }
  return sums.mean();
}

/// Errors: options of fit() that cannot be met.
inline void require_fit(const lowbit::nn::fit_options& o, index_t images) {
  const auto train = static_cast<double>(images) * (1 - o.validation);
  if (o.epochs < 0 || o.batch < 1 || o.from.epoch < 0 || o.from.epoch > o.epochs)
    fail("nn::fit: %td epochs from epoch %td on, batches of %td", o.epochs,
         static_cast<index_t>(o.from.epoch), o.batch);
  if (!(o.validation >= 0 && o.validation < 1) || train < 1)
    fail("nn::fit: %td images, of which a share of %g is for validation: none is left to train on",
         images, o.validation);
  if (o.patience < 0 || (o.patience > 0 && static_cast<double>(images) * o.validation < 1))
    fail("nn::fit: patience %td with a validation set of %g images", o.patience,
         static_cast<double>(images) * o.validation);
}

}  // namespace detail::nn

namespace nn {

/// Loss and accuracy of a set, in batches of 100. The network is in evaluation afterwards. Errors: those of the network
/// and of the loss.
[[nodiscard]] inline evaluation evaluate(trainable& net, const image_set& set, bool vectors = false,
                                         const loss_function& loss = {}) {
  std::vector<index_t> all(static_cast<std::size_t>(set.size()));
  std::iota(all.begin(), all.end(), index_t{0});
  return detail::nn::evaluate_some(net, set, all, vectors, 100, loss);
}

/// Trains; the network is in training afterwards. Errors: no image, a share that is not in [0, 1), patience without a
/// validation set, a position behind the end. Those of train_step() name epoch and step.
inline history fit(trainable& net, optimizer& optimizer, const image_set& images,
                   const fit_options& options) {
  detail::nn::require_fit(options, images.size());
  const auto stream = [&](std::uint64_t number) { return random_stream(options.seed, number); };
  const detail::nn::split_set parts(images.size(), options.validation, stream(999));
  const auto count = static_cast<index_t>(parts.training.size());
  const index_t batch = (std::min)(options.batch, count), steps = count / batch;
  const schedule rate =
      options.rate ? options.rate : cosine_lr{1e-3f, static_cast<double>(options.epochs)};
  history run{options.seed, {}, false, 0};
  detail::nn::best_epoch best;
  training_position at = options.from;
  at.seed = static_cast<std::int64_t>(options.seed);
  for (; at.epoch < options.epochs && !run.stopped_early; ++at.epoch, at.step = 0) {
    const auto start = std::chrono::steady_clock::now();
    const auto number = static_cast<std::uint64_t>(at.epoch);
    const std::vector<index_t> order = shuffled(count, stream(1000 + number));
    detail::nn::batch_sums sums;
    epoch_result result{at.epoch + 1, 0, {}, {}, 0};
    net.set_training(true);
    for (; at.step < steps; ++at.step) {
      std::vector<index_t> which;
      for (index_t i = at.step * batch; i < (at.step + 1) * batch; ++i)
        which.push_back(
            parts.training[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
      const double done =
          static_cast<double>(at.epoch) + static_cast<double>(at.step) / static_cast<double>(steps);
      const image_batch b = pick(images, which, options.vectors, options.moves,
                                 stream((std::uint64_t{1} << 32) + number));
      net.set_progress(done / static_cast<double>(options.epochs));
      result.rate = rate(done);
      train_step(
          net, optimizer, b.x.read(), b.labels,
          [&](const batch_result& r) {
            const loss_and_gradient loss =
                detail::nn::loss_of(options.loss, {r.logits, r.labels, r.x, which});
            sums.add(r.logits, r.labels, loss.loss);
            return loss;
          },
          result.rate, at);
      if (options.after_step) options.after_step({at.epoch, at.step + 1, at.seed});
    }
    result.training = sums.mean();
    if (!parts.validation.empty())
      result.validation = detail::nn::evaluate_some(net, images, parts.validation, options.vectors,
                                                    batch, options.loss);
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    run.epochs.push_back(result);
    run.kept_epoch = result.epoch;
    if (options.patience > 0)
      run.stopped_early = best.misses(result, net, optimizer, at) >= options.patience;
    if (options.after_epoch) options.after_epoch(run, options);
  }
  if (options.patience > 0) run.kept_epoch = best.restore(net, optimizer);
  net.set_training(true);
  return run;
}

}  // namespace nn
LOWBIT_END

#endif
