// lowbit/nn/print_epoch.hpp – a line per epoch, for people who wait.
#ifndef LOWBIT_NN_PRINT_EPOCH_HPP
#define LOWBIT_NN_PRINT_EPOCH_HPP

#include "lowbit/nn/fit.hpp"

LOWBIT_BEGIN
namespace nn {

/// For fit_options::after_epoch: epoch, loss, accuracies, time left, the seed. Such as
///
///     epoch 3 of 6: loss 0.3412, 87.91 % right, validation 87.10 %, 8.4 s left, seed 1
[[nodiscard]] inline auto print_epoch(std::FILE* to = stderr) {
  return [to](const history& run, const fit_options& options) {
    const epoch_result& e = run.epochs.back();
    std::string validated;
    if (!std::isnan(e.validation.accuracy)) {
      char text[48];
      std::snprintf(text, sizeof text, ", validation %.2f %%", 100 * e.validation.accuracy);
      validated = text;
    }
    double seconds = 0;
    for (const epoch_result& each : run.epochs) seconds += each.seconds;
    const double left = seconds / static_cast<double>(run.epochs.size()) *
                        static_cast<double>(run.stopped_early ? 0 : options.epochs - e.epoch);
    std::fprintf(to, "epoch %td of %td: loss %.4f, %.2f %% right%s, %.1f s left, seed %llu%s\n",
                 e.epoch, options.epochs, e.training.loss, 100 * e.training.accuracy,
                 validated.c_str(), left, static_cast<unsigned long long>(run.seed),
                 run.stopped_early ? ": stopped early" : "");
  };
}

}  // namespace nn
LOWBIT_END

#endif
