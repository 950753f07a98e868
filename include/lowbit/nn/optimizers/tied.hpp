// lowbit/nn/optimizers/tied.hpp – weights that share values move together: fine-tuning of centroids.
//
//     nn::sgd sgd(net.parameters(), {.rate = 1e-3f});
//     nn::tied optimizer(sgd, {{&layer.weights(), codes}});
//
// The gradient of a shared value is the sum of the gradients of its members. Each member gets this sum before the inner
// optimizer's step. So members with equal values, moments and decay stay equal, bit by bit, whatever the optimizer.
// With `zero_stays`, the values of code 0 are 0 and stay 0: those of pruned weights.
//
// Source: Han, Mao, Dally, "Deep compression", arXiv:1510.00149, section 3.3, equation 3.
#ifndef LOWBIT_NN_OPTIMIZERS_TIED_HPP
#define LOWBIT_NN_OPTIMIZERS_TIED_HPP

#include <array>
#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// A parameter and the code of each of its values, row after row. Equal codes mean equal values.
struct tied_parameter {
  parameter* p;
  std::vector<code_t> codes;
  bool zero_stays = true;  ///< the values of code 0 are 0 and stay 0: pruned weights
};

/// sums[c] = the sum of the gradients of all members of code c, in double, in order. Errors: another number of codes
/// than gradients.
[[nodiscard]] inline std::array<float, 256> summed_gradients(std::span<const code_t> codes,
                                                             std::span<const float> gradients) {
  if (codes.size() != gradients.size())
    detail::fail("nn::summed_gradients: %zu codes, %zu gradients: one each", codes.size(),
                 gradients.size());
  std::array<double, 256> sum{};
  for (std::size_t i = 0; i < codes.size(); ++i) sum[codes[i]] += static_cast<double>(gradients[i]);
  std::array<float, 256> out{};
  for (std::size_t c = 0; c < out.size(); ++c) out[c] = static_cast<float>(sum[c]);
  return out;
}

/// Another optimizer, whose parameters move by summed gradients. Both and the parameters must outlive it.
class tied final : public optimizer {
 public:
  /// `which` are those of the optimizer's parameters that share values. Errors: another number of codes than values;
  /// two values of one code differ; zero_stays, and a value of code 0 is not 0.
  tied(optimizer& inner, std::vector<tied_parameter> which)
      : inner_(&inner), which_(std::move(which)) {
    for (const tied_parameter& t : which_) require_tied(t);
  }

  void step(float rate) override {
    for (const tied_parameter& t : which_) {
      const std::span<float> g = elements(t.p->gradient);
      std::array<float, 256> sum = summed_gradients(t.codes, g);
      if (t.zero_stays) sum[0] = 0;
      for (std::size_t i = 0; i < g.size(); ++i) g[i] = sum[t.codes[i]];
    }
    inner_->set_steps(steps_);
    inner_->step(rate);
    for (const tied_parameter& t : which_)
      for (std::size_t i = 0; t.zero_stays && i < t.codes.size(); ++i)
        if (t.codes[i] == 0) elements(t.p->value)[i] = 0;
    ++steps_;
  }
  [[nodiscard]] std::vector<float_matrix*> moments() override { return inner_->moments(); }

 private:
  static void require_tied(const tied_parameter& t) {
    const std::span<const float> w = elements(std::as_const(t.p->value));
    if (t.codes.size() != w.size())
      detail::fail("nn::tied: %zu codes for %tdx%td values: one each", t.codes.size(),
                   t.p->value.rows(), t.p->value.cols());
    std::array<std::size_t, 256> first;
    first.fill(w.size());
    for (std::size_t i = 0; i < w.size(); ++i) {
      std::size_t& other = first[t.codes[i]];
      if (other == w.size()) other = i;
      if (bits_of(w[other]) != bits_of(w[i]))
        detail::fail(
            "nn::tied: values %zu and %zu have code %d and are %g and %g: they must be equal",
            other, i, int{t.codes[i]}, static_cast<double>(w[other]), static_cast<double>(w[i]));
      if (t.zero_stays && t.codes[i] == 0 && place_of(w[i]) != 0)
        detail::fail("nn::tied: value %zu has code 0 and is %g: it must be 0, or zero_stays false",
                     i, static_cast<double>(w[i]));
    }
  }

  optimizer* inner_;
  std::vector<tied_parameter> which_;
};

}  // namespace nn
LOWBIT_END

#endif
