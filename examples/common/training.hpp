// Batches of images, and two networks that are trained on the same ones.
#pragma once

#include <lowbit/nn/deployment/trace.hpp>
#include <lowbit/nn/layers/trainable_layer.hpp>

#include "images.hpp"

/// Some images as networks read them: as bytes, and the same numbers as floats.
struct batch {
  lowbit::tensor_view<const std::uint8_t> bytes;
  lowbit::nn::feature_map floats;
  std::vector<lowbit::index_t> labels;
};

/// Images that pass through a network together.
inline constexpr lowbit::index_t batch_size = 100;
/// The batch that begins with image `first`; the last one may be smaller.
batch batch_from(const arranged_images& images, lowbit::index_t first);
/// f(batch) for all images in order.
void for_each_batch(const arranged_images& images, const auto& f) {
  for (lowbit::index_t first = 0; first < images.size(); first += batch_size)
    f(batch_from(images, first));
}

/// The shares of right guesses, batch after batch.
class accuracy {
 public:
  void add(lowbit::matrix_view<const float> logits, const std::vector<lowbit::index_t>& labels) {
    const auto guesses = lowbit::nn::predictions(logits);
    for (std::size_t i = 0; i < guesses.size(); ++i) right_ += guesses[i] == labels[i] ? 1 : 0;
    seen_ += logits.rows();
  }
  double share() const { return static_cast<double>(right_) / static_cast<double>(seen_); }

 private:
  lowbit::index_t right_ = 0, seen_ = 0;
};

/// Trains a network and its float twin with Adam and a falling learning rate, each on one thread, so that the result
/// does not depend on how many cores there are. Returns the seconds it took.
double train_both(lowbit::nn::trainable& net, float rate, lowbit::nn::trainable& twin,
                  float twin_rate, const arranged_images& images, lowbit::index_t epochs,
                  std::uint64_t seed);
