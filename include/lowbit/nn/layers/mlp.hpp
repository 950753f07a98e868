// lowbit/nn/layers/mlp.hpp – a multilayer perceptron to train.
//
//     First - norm - Hidden - norm - ... - Hidden - norm - Last        all linear layers; Last has a bias
//
// Batch normalisation follows every layer but the last, and each next layer quantizes (or rectifies)
// its own input. Two aliases are the networks of the example: a binarized one, and its real-valued
// twin of the same shape.
//
// Source of the binarized one: Hubara et al., "Binarized neural networks", arXiv:1602.02830, with the
// last layer in real numbers.
#ifndef LOWBIT_NN_LAYERS_MLP_HPP
#define LOWBIT_NN_LAYERS_MLP_HPP

#include <vector>

#include "lowbit/nn/layers/batch_norm.hpp"
#include "lowbit/nn/layers/linear.hpp"
#include "lowbit/quantize/methods/sign.hpp"

LOWBIT_BEGIN
namespace nn {

/// A stack of linear layers with batch normalisation between them.
template <class First, class Hidden, class Last>
class mlp {
 public:
  /// sizes = inputs, hidden sizes, classes: at least three numbers, so at least one hidden layer.
  /// Layer i is initialised by random_stream(seed, i). `grain` says which weights share one fitted scale.
  /// Errors: fewer than three sizes, a negative one; another granularity than per::tensor, per::row.
  mlp(const std::vector<index_t>& sizes, std::uint64_t seed, granularity grain = per::tensor)
      : first_(size_of(sizes, 0), size_of(sizes, 1), random_stream(seed, 0), {.grain = grain}),
        last_(sizes[sizes.size() - 2], sizes.back(), random_stream(seed, sizes.size() - 2),
              {.bias = true, .grain = grain}) {
    for (std::size_t i = 1; i + 2 < sizes.size(); ++i)
      hidden_.emplace_back(sizes[i], sizes[i + 1], random_stream(seed, i),
                           linear_options{.grain = grain});
    for (std::size_t i = 1; i + 1 < sizes.size(); ++i) norms_.emplace_back(sizes[i]);
  }

  /// Logits of a batch (batch x inputs), with the batch's own statistics.
  const float_matrix& forward(const float_matrix& x) {
    const float_matrix* y = &norms_[0].forward(first_.forward(x));
    for (std::size_t i = 0; i < hidden_.size(); ++i)
      y = &norms_[i + 1].forward(hidden_[i].forward(*y));
    return last_.forward(*y);
  }

  /// Leaves the gradients of the last forward() in all parameters.
  void backward(const float_matrix& upstream) {
    const float_matrix* g = &last_.backward(upstream);
    for (std::size_t i = hidden_.size(); i-- > 0;)
      g = &hidden_[i].backward(norms_[i + 1].backward(*g));
    first_.backward_parameters(norms_[0].backward(*g));
  }

  /// Everything to be trained, in a fixed order; valid while the network lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() {
    std::vector<parameter*> all{&first_.weights()};
    for (Hidden& layer : hidden_) all.push_back(&layer.weights());
    for (batch_norm& norm : norms_) {
      all.push_back(&norm.gamma());
      all.push_back(&norm.beta());
    }
    all.push_back(&last_.weights());
    all.push_back(&last_.bias());
    return all;
  }

  [[nodiscard]] First& first() noexcept { return first_; }
  [[nodiscard]] const First& first() const noexcept { return first_; }
  [[nodiscard]] std::vector<Hidden>& hidden() noexcept { return hidden_; }
  [[nodiscard]] const std::vector<Hidden>& hidden() const noexcept { return hidden_; }
  [[nodiscard]] Last& last() noexcept { return last_; }
  [[nodiscard]] const Last& last() const noexcept { return last_; }
  /// norms()[i] follows layer i.
  [[nodiscard]] std::vector<batch_norm>& norms() noexcept { return norms_; }
  [[nodiscard]] const std::vector<batch_norm>& norms() const noexcept { return norms_; }

 private:
  [[nodiscard]] static index_t size_of(const std::vector<index_t>& sizes, std::size_t i) {
    if (sizes.size() < 3)
      detail::fail("nn::mlp: %zu sizes: inputs, at least one hidden size and classes are needed",
                   sizes.size());
    return sizes[i];
  }

  First first_;
  std::vector<Hidden> hidden_;
  Last last_;
  std::vector<batch_norm> norms_;
};

/// Signs everywhere but in the pixels and in the weights of the last layer.
using binary_mlp = mlp<linear<sign<>, pixel>, linear<sign<>, sign<>>, linear<real, sign<>>>;

/// The same shape in real numbers.
using float_mlp = mlp<linear<real, real>, linear<real, relu>, linear<real, relu>>;

}  // namespace nn
LOWBIT_END

#endif
