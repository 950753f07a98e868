// lowbit/nn/layers/sequential.hpp – layers one after the other, to train: a network whose shape is its type.
//
//     nn::sequential net(stem, nn::max_pool(square_window(2, 2)), nn::residual(conv), ..., last);
//     nn::adam optimizer(net.parameters());
//     auto [loss, gradient] = nn::softmax_cross_entropy(net.forward(x).pixels(), labels);
//     net.backward_parameters({shape, gradient});
//     optimizer.step();
//
// Each layer keeps what its own way back needs. A sequential is a layer itself. Trained, it is evaluated in
// float arithmetic by freeze() (nn/deployment/freeze.hpp) and put on bits by deploy() (nn/deployment/deploy.hpp).
#ifndef LOWBIT_NN_LAYERS_SEQUENTIAL_HPP
#define LOWBIT_NN_LAYERS_SEQUENTIAL_HPP

#include <tuple>

#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// Layers, each reading what the one before it gave.
template <trainable_layer... Layers>
class sequential : public layer_group<sequential<Layers...>> {
  static_assert(sizeof...(Layers) > 0, "lowbit::nn::sequential: a network has at least one layer");
  static constexpr std::size_t last = sizeof...(Layers) - 1;

 public:
  explicit sequential(Layers... layers) : layers_(std::move(layers)...) {}

  /// Errors: those of the layers.
  feature_view forward(const feature_view& x) override { return this->through_all(x); }
  /// dL/dx; leaves the gradients of all parameters. Errors: upstream has not the shape of the result.
  feature_view backward(const feature_view& upstream) override {
    return std::get<0>(layers_).backward(backward_to<0>(upstream));
  }
  /// The same without dL/dx, which costs the first layer a product.
  void backward_parameters(const feature_view& upstream) override {
    detail::nn::backward_parameters(std::get<0>(layers_), backward_to<0>(upstream));
  }

  /// What is trained, layer after layer; valid while the network lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override { return this->parameters_of_all(); }
  [[nodiscard]] index_t first_not_finite(const feature_view& x) override {
    return this->first_of_all_not_finite(x);
  }
  [[nodiscard]] std::tuple<Layers...>& layers() noexcept { return layers_; }
  [[nodiscard]] const std::tuple<Layers...>& layers() const noexcept { return layers_; }

 private:
  friend layer_group<sequential<Layers...>>;

  template <class F>
  void for_each(const F& f) {
    std::apply([&](auto&... each) { (detail::nn::as_trainable(each, f), ...); }, layers_);
  }
  /// The gradient of what layer I gave.
  template <std::size_t At>
  feature_view backward_to(const feature_view& upstream) {
    if constexpr (At == last)
      return upstream;
    else
      return std::get<At + 1>(layers_).backward(backward_to<At + 1>(upstream));
  }

  std::tuple<Layers...> layers_;
};

}  // namespace nn
LOWBIT_END

#endif
