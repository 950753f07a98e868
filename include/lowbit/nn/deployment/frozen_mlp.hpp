// lowbit/nn/deployment/frozen_mlp.hpp – a trained network evaluated in float arithmetic.
//
// What a framework would compute after training: Eigen products (nn/deployment/frozen_linear.hpp) and
// lowbit::batch_norm with the running averages. For a real network it is the reference to be
// faster than; for a binarized one, the result that the packed network must reproduce, bit for bit.
#ifndef LOWBIT_NN_DEPLOYMENT_FROZEN_MLP_HPP
#define LOWBIT_NN_DEPLOYMENT_FROZEN_MLP_HPP

#include "lowbit/nn/deployment/frozen_linear.hpp"
#include "lowbit/nn/deployment/trace.hpp"
#include "lowbit/nn/layers/mlp.hpp"

LOWBIT_BEGIN
namespace nn {

/// An immutable copy of a trained mlp in evaluation mode. Const and thread-safe.
template <policy FirstWeight, policy FirstInput, policy HiddenWeight, policy HiddenInput,
          policy LastWeight, policy LastInput>
class frozen_mlp {
 public:
  /// Errors: as nn::frozen_linear and lowbit::batch_norm (a parameter is not finite).
  explicit frozen_mlp(const mlp<linear<FirstWeight, FirstInput>, linear<HiddenWeight, HiddenInput>,
                                linear<LastWeight, LastInput>>& net)
      : first_(net.first()), last_(net.last()) {
    for (const auto& layer : net.hidden()) hidden_.emplace_back(layer);
    for (const batch_norm& norm : net.norms()) norms_.push_back(norm.frozen());
  }

  /// Logits of a batch of inputs (batch x inputs, real numbers or pixels). Errors: another depth.
  [[nodiscard]] float_matrix operator()(const float_matrix& x) const {
    return run(x, [](const auto&, const float_matrix&) {});
  }
  [[nodiscard]] float_matrix operator()(matrix_view<const code_t> pixels) const {
    return (*this)(to_real(pixels));
  }

  /// Logits, and the codes of every hidden layer.
  [[nodiscard]] trace traced(matrix_view<const code_t> pixels) const requires
      trainable_quantizer<HiddenInput> && trainable_quantizer<LastInput> {
    trace result;
    const float_matrix logits = run(to_real(pixels), [&](const auto& next, const float_matrix& y) {
      result.hidden.push_back(next.codes(y));
    });
    result.logits = matrix<float>(logits.rows(), logits.cols());
    map(result.logits) = logits;
    return result;
  }

  /// Bytes of the parameters as floats; batch norm counts as three a channel (mean, scale, beta).
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = first_.bytes() + last_.bytes();
    for (const auto& layer : hidden_) sum += layer.bytes();
    for (const lowbit::batch_norm& norm : norms_) sum += 3 * norm.size() * index_t{sizeof(float)};
    return sum;
  }

 private:
  /// observe(next layer, its input before quantization) once for each hidden layer's output.
  template <class Observe>
  [[nodiscard]] float_matrix run(const float_matrix& x, const Observe& observe) const {
    float_matrix y = first_(x);
    for (std::size_t i = 0; i < norms_.size(); ++i) {
      normalise(norms_[i], y);
      if (i < hidden_.size()) {
        observe(hidden_[i], y);
        y = hidden_[i](y);
      } else {
        observe(last_, y);
      }
    }
    return last_(y);
  }

  static void normalise(const lowbit::batch_norm& norm, float_matrix& y) noexcept {
    for (index_t r = 0; r < y.rows(); ++r)
      for (index_t c = 0; c < y.cols(); ++c) y(r, c) = norm(y(r, c), c);
  }

  frozen_linear<FirstWeight, FirstInput> first_;
  std::vector<frozen_linear<HiddenWeight, HiddenInput>> hidden_;
  frozen_linear<LastWeight, LastInput> last_;
  std::vector<lowbit::batch_norm> norms_;
};

}  // namespace nn
LOWBIT_END

#endif
