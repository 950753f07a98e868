// lowbit/nn/schedules/learning_rate.hpp – learning rates as functions of how many epochs are done.
//
//     nn::schedule rate = nn::warm_up{.epochs = 1, .then = nn::step_lr{.rate = 0.1f, .every = 30}};
//     optimizer.step(rate(epoch + static_cast<double>(step) / steps));
//
// `epoch` is a real number: 2.5 is the middle of the third epoch. So a schedule may move with every step, or stand
// still for whole epochs. The names are those of PyTorch's schedulers; what PyTorch counts in calls is counted in
// epochs here.
#ifndef LOWBIT_NN_SCHEDULES_LEARNING_RATE_HPP
#define LOWBIT_NN_SCHEDULES_LEARNING_RATE_HPP

#include <cmath>
#include <functional>
#include <vector>

#include "lowbit/nn/schedules/cosine.hpp"

LOWBIT_BEGIN
namespace nn {

/// The learning rate at an epoch >= 0.
using schedule = std::function<float(double epoch)>;

/// StepLR: rate * factor^floor(epoch / every).
struct step_lr {
  float rate = 0.1f;
  double every = 30;  ///< epochs, > 0
  double factor = 0.1;

  [[nodiscard]] float operator()(double epoch) const noexcept {
    return static_cast<float>(static_cast<double>(rate) *
                              std::pow(factor, std::floor(epoch / every)));
  }
};

/// MultiStepLR: rate * factor^(how many milestones have been reached).
struct multi_step_lr {
  float rate = 0.1f;
  std::vector<double> milestones;  ///< epochs, in any order
  double factor = 0.1;

  [[nodiscard]] float operator()(double epoch) const noexcept {
    double now = static_cast<double>(rate);
    for (const double milestone : milestones)
      if (epoch >= milestone) now *= factor;
    return static_cast<float>(now);
  }
};

/// ExponentialLR: rate * factor^epoch, smoothly. exponential_lr_to() finds the factor for a last rate.
struct exponential_lr {
  float rate = 1e-3f;
  double factor = 0.95;

  [[nodiscard]] float operator()(double epoch) const noexcept {
    return static_cast<float>(static_cast<double>(rate) * std::pow(factor, epoch));
  }
};

/// From `first` at epoch 0 to `last` at epoch `epochs` > 0; both rates > 0. BinaryConnect and BNN fall so.
[[nodiscard]] inline exponential_lr exponential_lr_to(float first, float last,
                                                      double epochs) noexcept {
  return {first, std::pow(static_cast<double>(last) / static_cast<double>(first), 1 / epochs)};
}

/// Half a cosine from `rate` to 0 over `epochs` (nn/schedules/cosine.hpp); 0 behind them.
struct cosine_lr {
  float rate = 1e-3f;
  double epochs = 1;  ///< > 0

  [[nodiscard]] float operator()(double epoch) const noexcept {
    return epoch < epochs ? cosine_rate(rate, epoch, epochs) : 0;
  }
};

/// Linear warm-up: `then`, times epoch / epochs as long as epoch < epochs. `first` is the share at epoch 0.
struct warm_up {
  double epochs = 1;  ///< > 0
  double first = 0;
  schedule then;

  [[nodiscard]] float operator()(double epoch) const {
    const double share = epoch < epochs ? first + (1 - first) * epoch / epochs : 1;
    return static_cast<float>(share * static_cast<double>(then(epoch)));
  }
};

}  // namespace nn
LOWBIT_END

#endif
