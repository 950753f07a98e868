// lowbit/nn/layers/trainable_layer.hpp – what a layer of nn::sequential is.
//
// A layer turns a batch into a batch (forward) and the gradient of its result into the gradient of its input
// (backward). It keeps what its own way back needs, and leaves the gradients of its parameters in them. Any type
// with these three functions is a layer; nothing is registered.
//
// All layers of this room derive from `trainable`. So what works on any network (a training loop, a checkpoint) takes a
// trainable&, and is compiled once. It has what a layer of one's own may have, too:
//
//     set_training(bool)      in training (at first) batch norms take the batch's statistics, numbers of quantizers move,
//                             stochastic quantizers draw; otherwise forward() evaluates, and nothing moves
//     set_progress(double)    how far training has come, from 0 to 1, in every step or every epoch. It reaches the
//                             quantizers and surrogate gradients that change with it (quantize/quantizer.hpp:
//                             at(progress)): IR-Net's error_decay, DSQ where it hardens, the portions of INQ. Without it
//                             they stay as given
//     write_state, read_state what a checkpoint keeps beside the parameters (nn/state.hpp)
#ifndef LOWBIT_NN_LAYERS_TRAINABLE_LAYER_HPP
#define LOWBIT_NN_LAYERS_TRAINABLE_LAYER_HPP

#include <span>
#include <tuple>
#include <vector>

#include "lowbit/nn/feature_map.hpp"
#include "lowbit/nn/state.hpp"

LOWBIT_BEGIN
namespace nn {

/// forward() and backward() return views of the layer's own memory, valid until its next call. backward() belongs to
/// the last forward(). parameters() lists what an optimizer moves; the pointers are valid while the layer lives and
/// is not moved.
template <class L>
concept trainable_layer = requires(L& layer, const feature_view& x) {
  { layer.forward(x) } -> std::same_as<feature_view>;
  { layer.backward(x) } -> std::same_as<feature_view>;
  { layer.parameters() } -> std::same_as<std::vector<parameter*>>;
};

/// A layer that trains other numbers than it multiplies, as nn::circulant does. expanded() is a layer without that
/// difference, made of the numbers as they are now. freeze() and deploy() read expanded() in the layer's place.
template <class L>
concept expandable_layer = requires(const L& layer) {
  { layer.expanded() } -> trainable_layer;
};

}  // namespace nn

namespace detail::nn {

/// No element is NaN or infinite.
[[nodiscard]] inline bool is_finite(const lowbit::nn::feature_view& x) noexcept {
  bool finite = true;
  for (const float v : lowbit::nn::elements(x.pixels())) finite &= lowbit::is_finite(v);
  return finite;
}

}  // namespace detail::nn

namespace nn {

/// A layer or a network, whatever its type.
class trainable {
 public:
  virtual ~trainable() = default;

  /// The batch's results, in the layer's own memory; valid until its next call. Errors: a shape that it does not take.
  virtual feature_view forward(const feature_view& x) = 0;
  /// dL/dx for the last forward(); leaves the gradients of the parameters. Errors: upstream has not the shape of the
  /// results.
  virtual feature_view backward(const feature_view& upstream) = 0;
  /// The same without dL/dx, where that is cheaper.
  virtual void backward_parameters(const feature_view& upstream) { backward(upstream); }
  /// What is trained; valid while the layer lives and is not moved.
  [[nodiscard]] virtual std::vector<parameter*> parameters() { return {}; }

  /// The first layer, counted from 0, whose results for x hold NaN or an infinity; -1: none does. It runs the layers.
  [[nodiscard]] virtual index_t first_not_finite(const feature_view& x) {
    return detail::nn::is_finite(forward(x)) ? -1 : 0;
  }
  virtual void set_training(bool) {}
  /// Errors: progress is not in [0, 1].
  virtual void set_progress(double) {}
  virtual void write_state(std::vector<double>&) const {}
  /// Takes its numbers from the front. Errors: there are too few; a number that it cannot have.
  virtual void read_state(std::span<const double>&) {}

 protected:
  trainable() = default;
  trainable(const trainable&) = default;
  trainable(trainable&&) = default;
  trainable& operator=(const trainable&) = default;
  trainable& operator=(trainable&&) = default;
};

/// Base of layers that only training has. In evaluation they change nothing, and freeze() and deploy() leave them out.
class training_only : public trainable {};

}  // namespace nn

namespace detail::nn {

/// The layers of a network that evaluation has, by reference.
template <class... Layers>
[[nodiscard]] auto evaluated_layers(const std::tuple<Layers...>& layers) {
  const auto kept = []<class Layer>(const Layer& layer) {
    if constexpr (std::derived_from<Layer, lowbit::nn::training_only>)
      return std::tuple<>();
    else
      return std::tie(layer);
  };
  return std::apply([&](const auto&... each) { return std::tuple_cat(kept(each)...); }, layers);
}

/// A reference to a function of layers whose types do not matter.
class layer_visitor {
 public:
  template <class F>
  explicit layer_visitor(const F& f) noexcept
      : object_(&f), call_([](const void* object, lowbit::nn::trainable& layer) {
          (*static_cast<const F*>(object))(layer);
        }) {}
  void operator()(lowbit::nn::trainable& layer) const { call_(object_, layer); }

 private:
  const void* object_;
  void (*call_)(const void* object, lowbit::nn::trainable& layer);
};

/// A layer of one's own that does not derive from trainable, as one that does: it may do without state.
template <class Layer>
class borrowed_layer final : public lowbit::nn::trainable {
 public:
  explicit borrowed_layer(Layer& layer) noexcept : layer_(layer) {}

  lowbit::nn::feature_view forward(const lowbit::nn::feature_view& x) override {
    return layer_.forward(x);
  }
  lowbit::nn::feature_view backward(const lowbit::nn::feature_view& upstream) override {
    return layer_.backward(upstream);
  }
  [[nodiscard]] std::vector<lowbit::nn::parameter*> parameters() override {
    return layer_.parameters();
  }

 private:
  Layer& layer_;
};

/// f(layer), whatever type the layer has.
template <class Layer, class F>
void as_trainable(Layer& layer, const F& f) {
  if constexpr (std::derived_from<Layer, lowbit::nn::trainable>) {
    f(layer);
  } else {
    borrowed_layer<Layer> borrowed(layer);
    f(borrowed);
  }
}

/// What all layers of layers do in the same way: compiled once, not once per type.
class group_of_layers : public lowbit::nn::trainable {
 public:
  void set_training(bool training) override {
    for_all([&](lowbit::nn::trainable& layer) { layer.set_training(training); });
  }
  void set_progress(double progress) override {
    for_all([&](lowbit::nn::trainable& layer) { layer.set_progress(progress); });
  }
  void write_state(std::vector<double>& to) const override {
    for_all([&](const lowbit::nn::trainable& layer) { layer.write_state(to); });
  }
  void read_state(std::span<const double>& from) override {
    for_all([&](lowbit::nn::trainable& layer) { layer.read_state(from); });
  }

 protected:
  /// x through one layer after the other.
  [[nodiscard]] lowbit::nn::feature_view through_all(const lowbit::nn::feature_view& x) {
    lowbit::nn::feature_view y = x;
    for_all([&](lowbit::nn::trainable& layer) { y = layer.forward(y); });
    return y;
  }
  /// The parameters of one layer after the other.
  [[nodiscard]] std::vector<lowbit::nn::parameter*> parameters_of_all() {
    std::vector<lowbit::nn::parameter*> all;
    for_all([&](lowbit::nn::trainable& layer) {
      const std::vector<lowbit::nn::parameter*> own = layer.parameters();
      all.insert(all.end(), own.begin(), own.end());
    });
    return all;
  }
  /// The first layer whose results hold NaN or an infinity, where x goes through one after the other; -1: none.
  [[nodiscard]] index_t first_of_all_not_finite(const lowbit::nn::feature_view& x) {
    index_t found = -1, at = 0;
    lowbit::nn::feature_view y = x;
    for_all([&](lowbit::nn::trainable& layer) {
      if (found >= 0) return;
      y = layer.forward(y);
      if (!is_finite(y)) found = at;
      ++at;
    });
    return found;
  }

 private:
  /// f(layer) for every layer inside, in order.
  virtual void visit(const layer_visitor& f) const = 0;

  template <class F>
  void for_all(const F& f) const {
    visit(layer_visitor(f));
  }
};

}  // namespace detail::nn

namespace nn {

/// Base of a layer of layers: it passes calls on to them, and its state is theirs, one after the other. Group has
/// for_each(f), which calls f(layer) for every trainable inside, and is a friend of this class.
template <class Group>
class layer_group : public detail::nn::group_of_layers {
  /// The layers of a group that is const are visited by write_state() alone, which changes none.
  void visit(const detail::nn::layer_visitor& f) const override {
    const_cast<Group&>(static_cast<const Group&>(*this)).for_each(f);
  }
};

}  // namespace nn

namespace detail::nn {

/// Leaves the gradients of a layer's parameters, and skips dL/dx where the layer can.
template <lowbit::nn::trainable_layer Layer>
void backward_parameters(Layer& layer, const lowbit::nn::feature_view& upstream) {
  if constexpr (requires { layer.backward_parameters(upstream); })
    layer.backward_parameters(upstream);
  else
    layer.backward(upstream);
}

}  // namespace detail::nn
LOWBIT_END

#endif
