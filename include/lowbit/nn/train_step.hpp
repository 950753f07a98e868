// lowbit/nn/train_step.hpp – one step of training, which stops where numbers are lost.
//
//     nn::training_position at{.seed = 1};
//     const double loss = nn::train_step(net, optimizer, x.read(), labels, rate, at);
//
// forward, a loss, backward, a step of the optimizer. It works on any network and any optimizer, and is compiled once.
// nn::fit (nn/fit.hpp) makes all steps of a training.
//
// A network that diverges has lost what it learned. So NaN and infinities in the images or in the loss are errors that
// name epoch, step and layer. The optimizer makes no step then, so parameters are those of the step before.
#ifndef LOWBIT_NN_TRAIN_STEP_HPP
#define LOWBIT_NN_TRAIN_STEP_HPP

#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/losses/loss_function.hpp"
#include "lowbit/nn/optimizers/optimizer.hpp"
#include "lowbit/nn/training_position.hpp"

LOWBIT_BEGIN
namespace nn {

/// The loss of a batch; network and optimizer have made one step. The loss is given the labels as they are. Errors: an
/// empty batch; NaN or infinities in x or in the loss; those of the network and of the loss.
inline double train_step(trainable& net, optimizer& optimizer, const feature_view& x,
                         std::span<const index_t> labels, const loss_function& loss_of, float rate,
                         training_position at) {
  const auto epoch = static_cast<long long>(at.epoch), step = static_cast<long long>(at.step);
  const tensor_shape s = x.shape();
  if (s.elements() == 0)
    detail::fail("nn::train_step: epoch %lld, step %lld: an empty batch of %tdx%tdx%tdx%td", epoch,
                 step, s.batch, s.height, s.width, s.channels);
  for (index_t i = 0; i < s.elements(); ++i)
    if (!is_finite(x.pixels().data()[i]))
      detail::fail(
          "nn::train_step: epoch %lld, step %lld: image %td of the batch has %g as number %td",
          epoch, step, i / (s.elements() / s.batch), static_cast<double>(x.pixels().data()[i]),
          i % (s.elements() / s.batch));
  const feature_view y = net.forward(x);
  if (y.shape().pixels() != s.batch)
    detail::fail(
        "nn::train_step: results of %tdx%td pixels: a network must end in one pixel per image",
        y.shape().height, y.shape().width);
  const loss_and_gradient loss = loss_of({y.pixels(), labels, x});
  if (!is_finite(static_cast<float>(loss.loss)))
    detail::fail(
        "nn::train_step: epoch %lld, step %lld: the loss is %g; layer %td (from 0) is the first "
        "whose "
        "results are not finite (-1: none is). A smaller learning rate than %g may help",
        epoch, step, loss.loss, net.first_not_finite(x), static_cast<double>(rate));
  net.backward_parameters({y.shape(), loss.gradient});
  optimizer.step(rate);
  return loss.loss;
}

/// The same with softmax cross-entropy: a label per image, of any integer type.
template <label_list Labels>
double train_step(trainable& net, optimizer& optimizer, const feature_view& x, const Labels& labels,
                  float rate, training_position at) {
  const auto loss = [&](const batch_result& r) { return softmax_cross_entropy(r.logits, labels); };
  return train_step(net, optimizer, x, {}, loss, rate, at);
}

}  // namespace nn
LOWBIT_END

#endif
