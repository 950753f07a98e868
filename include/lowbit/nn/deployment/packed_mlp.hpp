// lowbit/nn/deployment/packed_mlp.hpp – a deployed network: pixels in, bits in between, logits out.
//
//     8-bit pixels -> 8 bit planes -> linear<binary> -> ... -> linear<binary> -> float_matmul -> logits
//
// Between the layers there are only packed bits: each linear compares its integer sums with one
// threshold per channel. Made by deploy() (nn/deployment/deploy_mlp.hpp); composes product/linear.hpp and
// product/float_linear.hpp, nothing else. save() and load() take it (lowbit/io.hpp).
#ifndef LOWBIT_NN_DEPLOYMENT_PACKED_MLP_HPP
#define LOWBIT_NN_DEPLOYMENT_PACKED_MLP_HPP

#include <algorithm>
#include <vector>

#include "lowbit/core/image_tensor.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/nn/deployment/trace.hpp"
#include "lowbit/product/float_linear.hpp"
#include "lowbit/product/linear.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace nn {

/// An immutable network on bits. Const and thread-safe; every call may name the ISA to run on.
class packed_mlp {
 public:
  static constexpr const char* name = "mlp";

  /// What a file holds of a binary layer: weights {outputs, 1, 1, inputs} and their thresholds.
  struct layer_parameters {
    packed_tensor<binary> weights;
    thresholds channels;

    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.weights);
      f(self.channels);
    }
  };
  /// What a file holds of the network: the last layer's weights are {classes, 1, 1, bits}.
  struct parameters {
    std::vector<layer_parameters> layers;
    image_tensor<float> weights;
    std::vector<float> bias;

    /// Why there is no such network, if so.
    [[nodiscard]] reason problem() const noexcept {
      if (layers.empty()) return "there is no binary layer";
      index_t inputs = layers.front().weights.shape().channels;
      const auto reads = [&](tensor_shape w) {
        return w.height == 1 && w.width == 1 && w.channels == inputs
                   ? reason()
                   : make_reason("weights of %tdx%tdx%tdx%td behind a layer of %td outputs",
                                 w.batch, w.height, w.width, w.channels, inputs);
      };
      for (const layer_parameters& layer : layers) {
        const tensor_shape w = layer.weights.shape();
        if (const reason why = reads(w)) return why;
        if (layer.channels.size() != w.batch)
          return make_reason("%td thresholds for %td outputs: one each", layer.channels.size(),
                             w.batch);
        inputs = w.batch;
      }
      const tensor_shape w = weights.shape();
      if (const reason why = reads(w)) return why;
      if (static_cast<index_t>(bias.size()) != w.batch)
        return make_reason("%zu biases for %td classes: one each", bias.size(), w.batch);
      return {};
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.layers);
      f(self.weights);
      f(self.bias);
    }
  };

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

  /// The network of a file. Errors: as above.
  explicit packed_mlp(parameters p)
      : packed_mlp(linear_layers(p.layers), p.weights.pixels(), std::move(p.bias)) {}

  /// A copy of what a file holds.
  [[nodiscard]] parameters data() const {
    parameters p{{}, image_tensor<float>({weights_.rows(), 1, 1, weights_.cols()}), bias_};
    std::copy_n(weights_.data(), weights_.rows() * weights_.cols(),
                p.weights.mutable_pixels().data());
    for (const auto& layer : layers_) {
      const packed_matrix<binary>& w = layer.weights();
      packed_tensor<binary> weights({w.rows(), 1, 1, w.depth()});
      weights.mutable_pixels() = w;
      p.layers.push_back({std::move(weights), layer.channels()});
    }
    return p;
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
  [[nodiscard]] static std::vector<lowbit::linear<binary>> linear_layers(
      const std::vector<layer_parameters>& layers) {
    std::vector<lowbit::linear<binary>> out;
    for (const layer_parameters& layer : layers)
      out.emplace_back(layer.weights.pixels(), layer.channels);
    return out;
  }

  /// observe(bits) once for each hidden layer's output.
  template <isa_tag Tag, class Observe>
  [[nodiscard]] matrix<float> run(Tag tag, matrix_view<const code_t> pixels,
                                  const Observe& observe) const {
    packed_matrix<binary> bits =
        layers_.front()(pack<unsigned_bits<8>>(pixels, 0, on(tag)), on(tag));
    observe(bits);
    for (std::size_t i = 1; i < layers_.size(); ++i) {
      bits = layers_[i](bits, on(tag));
      observe(bits);
    }
    return float_matmul(bits, weights_, bias_, on(tag));
  }

  std::vector<lowbit::linear<binary>> layers_;
  matrix<float> weights_;
  std::vector<float> bias_;
};

}  // namespace nn
LOWBIT_END

#endif
