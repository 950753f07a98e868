// lowbit/nn/layers/repeat.hpp – layers of one type one after the other, to train: depth that is known at run time.
//
//     using hidden = nn::normalised<nn::linear<sign<>, sign<>>>;
//     std::vector<hidden> layers;
//     for (std::uint64_t i = 0; i < depth; ++i)
//       layers.emplace_back(nn::linear<sign<>, sign<>>(256, 256, random_stream(seed, i)));
//     nn::sequential net(first, nn::repeat(std::move(layers)), last);
//
// A sequential's shape is its type; where a program decides how many hidden layers there are, they are one repeat.
// Sizes may differ from layer to layer. Deployed it is a lowbit::repeat (network/repeat.hpp).
#ifndef LOWBIT_NN_LAYERS_REPEAT_HPP
#define LOWBIT_NN_LAYERS_REPEAT_HPP

#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// One or more layers of one type, each reading what the one before it gave.
template <trainable_layer Layer>
class repeat : public layer_group<repeat<Layer>> {
 public:
  /// The layers in order. Errors: there is none.
  explicit repeat(std::vector<Layer> layers) : layers_(std::move(layers)) {
    if (layers_.empty()) detail::fail("nn::repeat: 0 layers: there must be at least one");
  }

  /// Errors: those of the layers.
  feature_view forward(const feature_view& x) override { return this->through_all(x); }
  /// dL/dx; leaves the gradients of all parameters. Errors: upstream has not the shape of the result.
  feature_view backward(const feature_view& upstream) override {
    return layers_.front().backward(backward_to_first(upstream));
  }
  /// The same without dL/dx.
  void backward_parameters(const feature_view& upstream) override {
    detail::nn::backward_parameters(layers_.front(), backward_to_first(upstream));
  }
  /// What is trained, layer after layer; valid while the block lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override { return this->parameters_of_all(); }

  [[nodiscard]] std::vector<Layer>& layers() noexcept { return layers_; }
  [[nodiscard]] const std::vector<Layer>& layers() const noexcept { return layers_; }

 private:
  friend layer_group<repeat<Layer>>;

  template <class F>
  void for_each(const F& f) {
    for (Layer& each : layers_) detail::nn::as_trainable(each, f);
  }

  /// The gradient of what the first layer gave.
  feature_view backward_to_first(const feature_view& upstream) {
    feature_view g = upstream;
    for (std::size_t i = layers_.size(); i-- > 1;) g = layers_[i].backward(g);
    return g;
  }

  std::vector<Layer> layers_;
};

}  // namespace nn
LOWBIT_END

#endif
