// lowbit/nn/optimizers/hashed.hpp – training of hashed weights: the shared values move, the weights follow.
//
//     nn::parameter shared(1, 784 * 1000 / 64);                   the values; fill_uniform() as the weights would be
//     nn::sgd sgd({&shared, ...});                                moves the values, not the weights
//     nn::hashed optimizer(sgd, {{&layer.weights(), &shared, seed}});
//
// A weight is sign * value of its bucket (kernel/compressed/hashed_row.hpp). So the gradient of a value is the sum over
// the weights of its bucket of sign * gradient. The layer itself trains as ever: before the inner optimizer's step the
// gradients of its weights are gathered, and after it the weights are written anew.
//
// Source: Chen et al., "Compressing neural networks with the hashing trick", arXiv:1504.04788, equation 12.
#ifndef LOWBIT_NN_OPTIMIZERS_HASHED_HPP
#define LOWBIT_NN_OPTIMIZERS_HASHED_HPP

#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"
#include "lowbit/tensor/hashed_matrix.hpp"

LOWBIT_BEGIN
namespace nn {

/// Weights, the values that they share, and the seed of their hash.
struct hashed_parameter {
  parameter* weights;
  parameter* values;
  std::uint32_t seed = 0;

  /// The weights as a file holds them.
  [[nodiscard]] hashed_matrix matrix() const {
    const std::span<const float> v = elements(std::as_const(values->value));
    return {weights->value.rows(), weights->value.cols(), static_cast<index_t>(seed),
            std::vector<float>(v.begin(), v.end())};
  }
};

/// Another optimizer, of the shared values and of what else is trained. It must not move the weights. All must outlive
/// this.
class hashed final : public optimizer {
 public:
  /// Writes the weights. Errors: no values; weights that are too large for a hash (hashed_matrix::problem()).
  hashed(optimizer& inner, std::vector<hashed_parameter> which)
      : inner_(&inner), which_(std::move(which)) {
    for (const hashed_parameter& h : which_)
      detail::core::fail_if(h.matrix().problem(), "nn::hashed");
    write();
  }

  void step(float rate) override {
    for (const hashed_parameter& h : which_) gather(h);
    inner_->set_steps(steps_);
    inner_->step(rate);
    write();
    ++steps_;
  }
  [[nodiscard]] std::vector<float_matrix*> moments() override { return inner_->moments(); }

 private:
  [[nodiscard]] static detail::kernel::hashed_place place(const hashed_parameter& h, index_t r,
                                                          index_t c) noexcept {
    return detail::kernel::hashed_place_of(static_cast<std::uint32_t>(r),
                                           static_cast<std::uint32_t>(c), h.seed,
                                           static_cast<std::uint32_t>(h.values->value.size()));
  }
  /// The gradients of values: sums in double, in the order of the weights.
  static void gather(const hashed_parameter& h) {
    std::vector<double> sum(static_cast<std::size_t>(h.values->value.size()));
    const float_matrix& g = h.weights->gradient;
    for (index_t r = 0; r < g.rows(); ++r)
      for (index_t c = 0; c < g.cols(); ++c) {
        const auto at = place(h, r, c);
        sum[at.bucket] += static_cast<double>(float_of(bits_of(g(r, c)) ^ at.flip));
      }
    const std::span<float> out = elements(h.values->gradient);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(sum[i]);
  }
  void write() const noexcept {
    for (const hashed_parameter& h : which_) {
      const std::span<const float> values = elements(std::as_const(h.values->value));
      float_matrix& w = h.weights->value;
      for (index_t r = 0; r < w.rows(); ++r)
        for (index_t c = 0; c < w.cols(); ++c) {
          const auto at = place(h, r, c);
          w(r, c) = float_of(bits_of(values[at.bucket]) ^ at.flip);
        }
    }
  }

  optimizer* inner_;
  std::vector<hashed_parameter> which_;
};

}  // namespace nn
LOWBIT_END

#endif
