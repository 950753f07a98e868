// lowbit/nn/fit_parts.hpp – what nn::fit keeps in mind: sums over batches, the validation set, the best epoch.
#ifndef LOWBIT_NN_FIT_PARTS_HPP
#define LOWBIT_NN_FIT_PARTS_HPP

#include <algorithm>

#include "lowbit/nn/checkpoint.hpp"
#include "lowbit/nn/history.hpp"
#include "lowbit/nn/image_set.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// Loss and right answers over batches. The first of equal logits counts as the answer.
class batch_sums {
 public:
  void add(const lowbit::nn::float_matrix& logits, std::span<const index_t> labels, double loss) {
    for (index_t r = 0; r < logits.rows(); ++r) {
      index_t answer = 0;
      for (index_t c = 1; c < logits.cols(); ++c)
        if (logits(r, c) > logits(r, answer)) answer = c;
      right_ += answer == labels[static_cast<std::size_t>(r)] ? 1 : 0;
    }
    images_ += static_cast<double>(logits.rows());
    loss_ += loss * static_cast<double>(logits.rows());
  }
  [[nodiscard]] lowbit::nn::evaluation mean() const noexcept {
    return {loss_ / images_, right_ / images_};
  }

 private:
  double images_ = 0, right_ = 0, loss_ = 0;
};

/// The images that train, and those that validate.
struct split_set {
  std::vector<index_t> training, validation;

  /// `share` of all images validate, rounded down.
  split_set(index_t images, double share, const random_stream& stream) {
    const auto aside = static_cast<std::size_t>(share * static_cast<double>(images));
    training = lowbit::nn::shuffled(images, stream);
    validation.assign(training.begin(), training.begin() + static_cast<std::ptrdiff_t>(aside));
    training.erase(training.begin(), training.begin() + static_cast<std::ptrdiff_t>(aside));
    std::sort(training.begin(), training.end());
  }
};

/// The epoch with the lowest validation loss, as a checkpoint.
class best_epoch {
 public:
  /// How many epochs in a row, up to this one, were no better than the best before.
  index_t misses(const lowbit::nn::epoch_result& result, lowbit::nn::trainable& net,
                 lowbit::nn::optimizer& optimizer, lowbit::nn::training_position at) {
    if (file_.empty() || result.validation.loss < loss_) {
      loss_ = result.validation.loss;
      epoch_ = result.epoch;
      file_ = checkpoint(net, optimizer, at);
    }
    return result.epoch - epoch_;
  }
  /// Network and optimizer as they were; returns the epoch.
  index_t restore(lowbit::nn::trainable& net, lowbit::nn::optimizer& optimizer) const {
    if (!file_.empty()) (void)lowbit::nn::restore(file_, net, optimizer);
    return epoch_;
  }

 private:
  double loss_ = 0;
  index_t epoch_ = 0;
  std::vector<std::byte> file_;
};

}  // namespace detail::nn
LOWBIT_END

#endif
