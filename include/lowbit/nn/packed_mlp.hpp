// lowbit/nn/packed_mlp.hpp – a deployed network: pixels in, bits in between, logits out.
//
//     8-bit pixels -> 8 bit planes -> linear<binary> -> ... -> linear<binary> -> real_matmul -> logits
//
// Between the layers there are only packed bits: each linear compares its integer sums with one
// threshold per channel. Made by deploy() (nn/deploy.hpp); composes ops/linear.hpp and
// ops/real_linear.hpp, nothing else.
#ifndef LOWBIT_NN_PACKED_MLP_HPP
#define LOWBIT_NN_PACKED_MLP_HPP

#include <vector>

#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/nn/trace.hpp"
#include "lowbit/ops/linear.hpp"
#include "lowbit/ops/real_linear.hpp"
#include "lowbit/tensor/pack.hpp"

LOWBIT_BEGIN
namespace nn {

/// An immutable network on bits. Const and thread-safe; every call may name the ISA to run on.
class packed_mlp {
 public:
  /// layers: at least one; `weights` (classes x bits of the last one) and `bias` make the logits.
  /// Errors: no layer; depths do not follow each other; wrong number of biases.
  packed_mlp(std::vector<lowbit::linear<binary>> layers, matrix<float> weights,
             std::vector<float> bias)
      : layers_(std::move(layers)), weights_(std::move(weights)), bias_(std::move(bias)) {
    if (layers_.empty()) detail::fail("nn::packed_mlp: at least one binary layer is needed");
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const index_t outputs = layers_[i].weights().rows();
      const index_t next =
          i + 1 < layers_.size() ? layers_[i + 1].weights().depth() : weights_.cols();
      if (outputs != next)
        detail::fail("nn::packed_mlp: layer %zu has %td outputs, the next %td inputs", i, outputs,
                     next);
    }
    if (static_cast<index_t>(bias_.size()) != weights_.rows())
      detail::fail("nn::packed_mlp: %zu biases for %td classes", bias_.size(), weights_.rows());
  }

  /// Logits of a batch of images (batch x inputs, one byte a pixel), packing included. Errors: another
  /// depth.
  template <isa_tag Tag>
  [[nodiscard]] matrix<float> operator()(Tag tag, matrix_view<const code_t> pixels) const {
    return run(tag, pixels, [](const packed_matrix<binary>&) {});
  }
  [[nodiscard]] matrix<float> operator()(matrix_view<const code_t> pixels) const {
    return (*this)(chosen_isa(), pixels);
  }

  /// Logits, and the bits of every hidden layer.
  template <isa_tag Tag>
  [[nodiscard]] trace traced(Tag tag, matrix_view<const code_t> pixels) const {
    trace result;
    result.logits = run(tag, pixels, [&](const packed_matrix<binary>& bits) {
      result.hidden.push_back(unpack(bits));
    });
    return result;
  }
  [[nodiscard]] trace traced(matrix_view<const code_t> pixels) const {
    return traced(chosen_isa(), pixels);
  }

  [[nodiscard]] const std::vector<lowbit::linear<binary>>& layers() const noexcept {
    return layers_;
  }
  /// Bytes of packed weights, thresholds, and the last layer's floats.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = (weights_.rows() * weights_.cols() + weights_.rows()) * index_t{sizeof(float)};
    for (const auto& layer : layers_) sum += layer.bytes();
    return sum;
  }

 private:
  /// observe(bits) once for each hidden layer's output.
  template <isa_tag Tag, class Observe>
  [[nodiscard]] matrix<float> run(Tag tag, matrix_view<const code_t> pixels,
                                  const Observe& observe) const {
    packed_matrix<binary> bits = layers_.front()(tag, pack<unsigned_bits<8>>(tag, pixels));
    observe(bits);
    for (std::size_t i = 1; i < layers_.size(); ++i) {
      bits = layers_[i](tag, bits);
      observe(bits);
    }
    return real_matmul(tag, bits, weights_, bias_);
  }

  std::vector<lowbit::linear<binary>> layers_;
  matrix<float> weights_;
  std::vector<float> bias_;
};

}  // namespace nn
LOWBIT_END

#endif
