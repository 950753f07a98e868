// lowbit/nn/train_step.hpp – one step of training, which stops where numbers are lost.
//
//     nn::training_position at{.seed = 1};
//     const double loss = nn::train_step(net, optimizer, x.read(), labels, rate, at);
//
// forward, softmax cross-entropy, backward, a step of the optimizer. It works on any network and any optimizer, and is
// compiled once. A network that diverges has lost what it learned. So NaN and infinities in the images or in the loss
// are errors that name epoch, step and layer. The optimizer makes no step then, so parameters are those of the step
// before.
#ifndef LOWBIT_NN_TRAIN_STEP_HPP
#define LOWBIT_NN_TRAIN_STEP_HPP

#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/losses/cross_entropy.hpp"
#include "lowbit/nn/optimizers/optimizer.hpp"
#include "lowbit/nn/training_position.hpp"

LOWBIT_BEGIN
namespace nn {

/// The loss of a batch; network and optimizer have made one step. There is one label per image; row i of the logits has
/// the results of image i. Errors: an empty batch; NaN or infinities in x or in the loss; those of the network and of
/// softmax_cross_entropy().
template <label_list Labels>
double train_step(trainable& net, optimizer& optimizer, const feature_view& x, const Labels& labels,
                  float rate, training_position at) {
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
  const auto loss = softmax_cross_entropy(y.pixels(), labels);
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

}  // namespace nn
LOWBIT_END

#endif
