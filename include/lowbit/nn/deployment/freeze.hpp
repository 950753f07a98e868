// lowbit/nn/deployment/freeze.hpp – a trained network, evaluated in float arithmetic.
//
//     const auto in_float = lowbit::nn::freeze(net);                              the packed network's bits
//     const auto in_float = lowbit::nn::freeze(twin, lowbit::nn::sums::fast);     a real network, timed
//     lowbit::nn::feature_map logits = in_float(x);
//     lowbit::nn::trace everything = in_float.traced(x);                          with all hidden codes
//
// freeze() makes a const layer of every layer of an nn::sequential. Convolutions have the running averages of their
// batch norm (nn/deployment/frozen_conv2d.hpp), and pools are those of the packed network (pooling/float_pool.hpp).
// Sums of shortcut and body are in float. What deploy() makes of the same network computes the same numbers, bit for
// bit.
//
// A layer of your own joins in if freeze(layer, sums) is found beside it and gives a callable
// (const feature_view&, code_log*) -> feature_map with bytes().
#ifndef LOWBIT_NN_DEPLOYMENT_FREEZE_HPP
#define LOWBIT_NN_DEPLOYMENT_FREEZE_HPP

#include <algorithm>
#include <tuple>

#include "lowbit/nn/deployment/frozen_conv2d.hpp"
#include "lowbit/nn/deployment/trace.hpp"
#include "lowbit/nn/layers/activation.hpp"
#include "lowbit/nn/layers/depth_to_space.hpp"
#include "lowbit/nn/layers/normalised.hpp"
#include "lowbit/nn/layers/pool.hpp"
#include "lowbit/nn/layers/repeat.hpp"
#include "lowbit/nn/layers/residual.hpp"
#include "lowbit/nn/layers/rms_norm.hpp"
#include "lowbit/nn/layers/sequential.hpp"

LOWBIT_BEGIN
namespace nn {

/// Largest numbers under windows.
struct frozen_max_pool {
  window over;

  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* = nullptr) const {
    feature_map y(detail::pooling::pooled_shape(x.shape(), over, "nn::max_pool"));
    lowbit::max_pool(x.view(), over, y.mutable_view());
    return y;
  }
  [[nodiscard]] static index_t bytes() noexcept { return 0; }
};

/// Means under windows, or of whole images.
struct frozen_average_pool {
  window over;
  bool whole = false;

  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* = nullptr) const {
    const tensor_shape in = x.shape();
    const window w =
        whole ? window{{in.height > 0 ? in.height : 1}, {in.width > 0 ? in.width : 1}} : over;
    feature_map y(detail::pooling::pooled_shape(in, w, "nn::average_pool"));
    lowbit::average_pool(x.view(), w, y.mutable_view());
    return y;
  }
  [[nodiscard]] static index_t bytes() noexcept { return 0; }
};

/// Channels to pixels.
struct frozen_depth_to_space {
  detail::network::block_parameters blocks;

  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* = nullptr) const {
    feature_map y;
    detail::nn::channels_to_pixels(blocks, x, y);
    return y;
  }
  [[nodiscard]] static index_t bytes() noexcept { return 0; }
};

/// A batch norm of its own, with the running averages.
struct frozen_batch_norm {
  lowbit::batch_norm bn;

  /// Errors: other channels.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* = nullptr) const {
    if (x.shape().channels != bn.size())
      detail::fail("nn::batch_norm: images of %td channels for %td", x.shape().channels, bn.size());
    feature_map y(x.shape());
    y.mutable_pixels() = x.pixels();
    detail::nn::normalise(bn, y.mutable_pixels());
    return y;
  }
  [[nodiscard]] index_t bytes() const noexcept { return 3 * bn.size() * index_t{sizeof(float)}; }
};

/// Each pixel divided by its root mean square.
struct frozen_rms_norm {
  lowbit::rms_norm norm;

  /// Errors: other channels.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* = nullptr) const {
    const auto channels = static_cast<index_t>(norm.gamma.size());
    if (x.shape().channels != channels)
      detail::fail("nn::rms_norm: images of %td channels for %td", x.shape().channels, channels);
    feature_map y(x.shape());
    for (index_t r = 0; r < x.pixels().rows(); ++r)
      norm({x.pixels().row(r).data(), norm.gamma.size()}, y.mutable_pixels().row(r).data());
    return y;
  }
  [[nodiscard]] index_t bytes() const noexcept {
    return static_cast<index_t>(norm.gamma.size() * sizeof(float));
  }
};

/// An elementwise function.
struct frozen_activation {
  straight_through policy;

  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* = nullptr) const {
    straight_through own = policy;
    feature_map y(x.shape());
    own.forward(x.pixels(), y.mutable_pixels());
    return y;
  }
  [[nodiscard]] index_t bytes() const noexcept {
    index_t floats = 0;
    for (const parameter& p : policy.learned()) floats += p.value.size();
    return floats * index_t{sizeof(float)};
  }
};

/// The numbers themselves.
struct frozen_identity {
  [[nodiscard]] static index_t bytes() noexcept { return 0; }
};

/// body + shortcut, in float.
template <class Body, class Shortcut>
struct frozen_residual {
  Body body;
  Shortcut shortcut;

  /// The body's codes are logged, those of a shortcut are not. Errors: those of body and shortcut; their
  /// results differ in shape.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* log = nullptr) const {
    feature_map y = body(x, log);
    if constexpr (std::same_as<Shortcut, frozen_identity>)
      add(x, y);
    else
      add(shortcut(x).read(), y);
    return y;
  }
  [[nodiscard]] index_t bytes() const noexcept { return body.bytes() + shortcut.bytes(); }

 private:
  static void add(const feature_view& shortcut, feature_map& y) {
    detail::core::require_same_shape("nn::residual", {"the body's result", y.shape()},
                                     {"the shortcut's", shortcut.shape()});
    y.mutable_pixels() += shortcut.pixels();
  }
};

/// Layers of one type one after the other.
template <class Layer>
struct frozen_repeat {
  std::vector<Layer> layers;

  /// Errors: those of the layers.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* log = nullptr) const {
    feature_map y = layers.front()(x, log);
    for (std::size_t i = 1; i < layers.size(); ++i) y = layers[i](y.read(), log);
    return y;
  }
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = 0;
    for (const Layer& each : layers) sum += each.bytes();
    return sum;
  }
};

/// Layers one after the other, immutable and thread-safe. Made by freeze().
template <class... Layers>
class frozen_sequential {
 public:
  explicit frozen_sequential(Layers... layers) : layers_(std::move(layers)...) {}

  /// What the last layer makes of a batch. Errors: those of the layers.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* log = nullptr) const {
    return run<0>(x, log);
  }
  /// The same with the codes of every quantized input, and the result as one row per image.
  [[nodiscard]] trace traced(const feature_view& x) const {
    trace result;
    const feature_map y = (*this)(x, &result.hidden);
    const index_t batch = y.shape().batch;
    result.logits = matrix<float>(batch, batch > 0 ? y.pixels().size() / batch : 0);
    std::copy_n(y.pixels().data(), y.pixels().size(), result.logits.data());
    return result;
  }

  [[nodiscard]] const std::tuple<Layers...>& layers() const noexcept { return layers_; }
  /// Bytes of the parameters as floats; a batch norm counts as three per channel.
  [[nodiscard]] index_t bytes() const noexcept {
    return std::apply([](const auto&... each) { return (each.bytes() + ...); }, layers_);
  }

 private:
  template <std::size_t At>
  [[nodiscard]] feature_map run(const feature_view& x, code_log* log) const {
    feature_map y = std::get<At>(layers_)(x, log);
    if constexpr (At + 1 == sizeof...(Layers))
      return y;
    else
      return run<At + 1>(y.read(), log);
  }
  std::tuple<Layers...> layers_;
};

/// A trained layer or network in evaluation mode; see the head of this file. Errors: as
/// nn::frozen_conv2d and lowbit::batch_norm (a parameter is not finite).
template <std::derived_from<conv_layer> Conv>
[[nodiscard]] frozen_conv2d freeze(const Conv& layer, sums order = sums::as_packed) {
  return {layer, bias_only(layer), order, detail::nn::reals_on_signs<Conv>};
}
template <std::derived_from<conv_layer> Conv>
[[nodiscard]] frozen_conv2d freeze(const normalised<Conv>& layer, sums order = sums::as_packed) {
  return {layer.conv(), layer.norm().frozen(), order};
}
template <expandable_layer Layer>
[[nodiscard]] auto freeze(const Layer& layer, sums order = sums::as_packed) {
  return freeze(layer.expanded(), order);
}
[[nodiscard]] inline frozen_batch_norm freeze(const batch_norm& layer, sums = sums::as_packed) {
  return {layer.frozen()};
}
[[nodiscard]] inline frozen_rms_norm freeze(const rms_norm& layer, sums = sums::as_packed) {
  return {layer.frozen()};
}
[[nodiscard]] inline frozen_activation freeze(const activation& layer, sums = sums::as_packed) {
  return {layer.evaluated()};
}
[[nodiscard]] inline frozen_max_pool freeze(const max_pool& layer, sums = sums::as_packed) {
  return {layer.over()};
}
[[nodiscard]] inline frozen_average_pool freeze(const average_pool& layer, sums = sums::as_packed) {
  return {layer.over()};
}
[[nodiscard]] inline frozen_average_pool freeze(const global_average_pool&,
                                                sums = sums::as_packed) {
  return {{}, true};
}
[[nodiscard]] inline frozen_depth_to_space freeze(const depth_to_space& layer,
                                                  sums = sums::as_packed) {
  return {{layer.blocks()}};
}
[[nodiscard]] inline frozen_identity freeze(const identity&, sums = sums::as_packed) { return {}; }
template <class Layer>
[[nodiscard]] auto freeze(const repeat<Layer>& block, sums order = sums::as_packed) {
  frozen_repeat<decltype(freeze(block.layers()[0], order))> frozen;
  for (const Layer& each : block.layers()) frozen.layers.push_back(freeze(each, order));
  return frozen;
}
template <class... Layers>
[[nodiscard]] auto freeze(const sequential<Layers...>& net, sums order = sums::as_packed) {
  return std::apply(
      [&](const auto&... each) {
        return frozen_sequential<decltype(freeze(each, order))...>(freeze(each, order)...);
      },
      detail::nn::evaluated_layers(net.layers()));
}
template <class Body, class Shortcut>
[[nodiscard]] auto freeze(const residual<Body, Shortcut>& block, sums order = sums::as_packed) {
  auto body = freeze(block.body(), order);
  auto shortcut = freeze(block.shortcut(), order);
  return frozen_residual<decltype(body), decltype(shortcut)>{std::move(body), std::move(shortcut)};
}

}  // namespace nn
LOWBIT_END

#endif
