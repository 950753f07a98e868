// lowbit/nn/recorded_teacher.hpp – the logits of a trained network for all images of a set, computed once.
//
//     const nn::recorded_teacher teacher(large, images);
//     options.loss = [&](const nn::batch_result& r) {
//       return nn::distillation(teacher.logits(r.images), r.logits);
//     };
//
// A teacher that is asked in every step costs its forward pass once per epoch. Logits of 10 classes take 40 bytes per
// image, and the teacher is not needed afterwards. The teacher may read another arrangement of the same images, for
// example as pictures where the student reads vectors. The order of the images must be the same.
//
// The images of a set are not moved, so a training with augmentation learns from logits of the images before the move.
#ifndef LOWBIT_NN_RECORDED_TEACHER_HPP
#define LOWBIT_NN_RECORDED_TEACHER_HPP

#include <algorithm>
#include <numeric>

#include "lowbit/nn/image_set.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// A row of logits per image of a set.
class recorded_teacher {
 public:
  /// Runs `teacher` over all images, in batches of 100; `vectors` as in nn::fit(). The teacher is in evaluation
  /// afterwards. Errors: those of the teacher.
  recorded_teacher(trainable& teacher, const image_set& images, bool vectors = false) {
    teacher.set_training(false);
    std::vector<index_t> all(static_cast<std::size_t>(images.size()));
    std::iota(all.begin(), all.end(), index_t{0});
    for (index_t first = 0; first < images.size(); first += batch) {
      const index_t count = (std::min)(batch, images.size() - first);
      const image_batch some = pick(
          images,
          std::span(all).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
          vectors);
      const float_matrix& of_some = teacher.forward(some.x.read()).pixels();
      if (first == 0) logits_.resize(images.size(), of_some.cols());
      logits_.middleRows(first, count) = of_some;
    }
  }

  /// The rows of some images, in their order: images x classes. Cost: a copy. Errors: an image that the set does not
  /// have.
  [[nodiscard]] float_matrix logits(std::span<const index_t> images) const {
    float_matrix out(static_cast<index_t>(images.size()), logits_.cols());
    for (std::size_t i = 0; i < images.size(); ++i) {
      if (images[i] < 0 || images[i] >= logits_.rows())
        detail::fail("nn::recorded_teacher: image %td of %td", images[i], logits_.rows());
      out.row(static_cast<index_t>(i)) = logits_.row(images[i]);
    }
    return out;
  }

 private:
  static constexpr index_t batch = 100;
  float_matrix logits_;
};

}  // namespace nn
LOWBIT_END

#endif
