// lowbit/nn/history.hpp – what training reported, epoch by epoch.
#ifndef LOWBIT_NN_HISTORY_HPP
#define LOWBIT_NN_HISTORY_HPP

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace nn {

/// What stands where nothing was measured.
inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// The mean loss of a set, and the share of its images whose largest logit is that of the label.
struct evaluation {
  double loss = no_number;
  double accuracy = no_number;
};

/// One epoch. Of the training images, numbers are those of the steps themselves: each batch before it was learned from.
struct epoch_result {
  index_t epoch = 0;  ///< from 1 on
  float rate = 0;     ///< of its last step
  evaluation training;
  evaluation validation;  ///< NaN without a validation set
  double seconds = 0;
};

/// All epochs of a run.
struct history {
  std::uint64_t seed = 0;
  std::vector<epoch_result> epochs;
  bool stopped_early = false;
  index_t kept_epoch =
      0;  ///< whose parameters the network has: the last, or the best on validation

  /// A line of names, then a line per epoch. Nothing stands where there is no number.
  [[nodiscard]] std::string to_csv() const {
    std::string text =
        "epoch,rate,training_loss,training_accuracy,validation_loss,validation_accuracy,seconds\n";
    for (const epoch_result& e : epochs) {
      text += std::to_string(e.epoch);
      for (const double x : numbers(e)) text += "," + (std::isnan(x) ? "" : digits(x));
      text += "\n";
    }
    return text;
  }
  /// The same as a JSON object; null where there is no number.
  [[nodiscard]] std::string to_json() const {
    const char* const names[] = {
        "rate",   "training_loss", "training_accuracy", "validation_loss", "validation_accuracy",
        "seconds"};
    std::string text = "{\"seed\": " + std::to_string(seed) +
                       ", \"stopped_early\": " + (stopped_early ? "true" : "false") +
                       ", \"kept_epoch\": " + std::to_string(kept_epoch) + ", \"epochs\": [";
    for (const epoch_result& e : epochs) {
      text += (e.epoch == epochs.front().epoch ? "\n  {\"epoch\": " : ",\n  {\"epoch\": ") +
              std::to_string(e.epoch);
      const std::vector<double> all = numbers(e);
      for (std::size_t i = 0; i < all.size(); ++i)
        text += std::string(", \"") + names[i] +
                "\": " + (std::isfinite(all[i]) ? digits(all[i]) : "null");
      text += "}";
    }
    return text + "\n]}\n";
  }

 private:
  [[nodiscard]] static std::vector<double> numbers(const epoch_result& e) {
    return {static_cast<double>(e.rate), e.training.loss,       e.training.accuracy,
            e.validation.loss,           e.validation.accuracy, e.seconds};
  }
  [[nodiscard]] static std::string digits(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", x);
    return text;
  }
};

}  // namespace nn
LOWBIT_END

#endif
