// lowbit/network/observe.hpp – looking inside of a packed network: what every layer read, summed and wrote.
//
//     lowbit::observe(net, images.view(), [](const lowbit::layer_record& layer) {
//       std::printf("%s %s: %td codes read\n", layer.place.c_str(), layer.name, layer.read.elements());
//     });
//
// The layers run one by one, as for_each_layer() runs them; none is built again. A record holds copies in plain order
// (pixel after pixel, each with its channels). So another implementation of the same network can be compared number by
// number. Layers inside of residuals and repeats have records of their own, in front of that of the layer around them.
#ifndef LOWBIT_NETWORK_OBSERVE_HPP
#define LOWBIT_NETWORK_OBSERVE_HPP

#include <algorithm>
#include <string>
#include <vector>

#include "lowbit/core/matrix.hpp"
#include "lowbit/network/for_each_layer.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/recurrent.hpp"
#include "lowbit/network/repeat.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/tensor/pack.hpp"

LOWBIT_BEGIN

/// A value between two layers, as plain numbers: codes, floats, both (floats_and_signs; tokens and what a
/// layer encodes them to) or none (bytes of pixels).
struct plain_value {
  tensor_shape shape;
  matrix<code_t> codes;  ///< a row per pixel; empty if there are none
  matrix<float> floats;  ///< the same

  [[nodiscard]] bool has_codes() const noexcept { return codes.rows() > 0; }
};

/// What a layer did to some images.
struct layer_record {
  std::string place;  ///< its number; inside of others "2.body.0", "1.3", "0.input.1"
  const char* name;   ///< Layer::name, or "residual", "repeat", "recurrent", "sequential"
  plain_value read;
  plain_value written;
  /// The integer sums of each pair of parts in order (network/parts.hpp), with one row per pixel of the result and one
  /// column per output channel. Operands of one part each have one pair; layers of floats have none. A column of sums
  /// may belong to a group of channels.
  std::vector<matrix<std::int32_t>> sums;
  bool multiplies_codes =
      false;  ///< the codes that it reads are one side of a product (behind it, of layer::decode)
};

namespace detail::network {

template <class E>
[[nodiscard]] plain_value plain(const packed_tensor_view<E>& x) {
  const tensor_shape s = x.shape();
  plain_value made{s, matrix<code_t>(s.pixels(), s.channels), {}};
  for (index_t r = 0; r < s.pixels(); ++r)
    for (index_t c = 0; c < s.channels; ++c)
      made.codes(r, c) = x.code(r / s.width / s.height, r / s.width % s.height, r % s.width, c);
  return made;
}
template <class T>
[[nodiscard]] plain_value plain(const tensor_view<const T>& x) {
  const tensor_shape s = x.shape;
  plain_value made{s, {}, {}};
  if constexpr (std::same_as<T, float>) {
    made.floats = matrix<float>(s.pixels(), s.channels);
    for (index_t r = 0; r < s.pixels(); ++r)
      for (index_t c = 0; c < s.channels; ++c)
        made.floats(r, c) = x(r / s.width / s.height, r / s.width % s.height, r % s.width, c);
  }
  return made;
}
[[nodiscard]] inline plain_value plain(const floats_and_signs& x) {
  plain_value made = plain(x.signs.view());
  made.floats = x.floats.pixels();
  return made;
}

template <class Layer, class X, class See, executor Executor>
void observe_inside(const Layer&, const std::string&, const X&, const See&, const Executor&) {}

template <class... Layers, class X, class See, executor Executor>
void observe_inside(const sequential<Layers...>& net, const std::string& place, const X& x,
                    const See& see, const Executor& where);
template <class Body, class Shortcut, class X, class See, executor Executor>
void observe_inside(const residual<Body, Shortcut>& block, const std::string& place, const X& x,
                    const See& see, const Executor& where);
template <class Layer, class X, class See, executor Executor>
void observe_inside(const repeat<Layer>& block, const std::string& place, const X& x,
                    const See& see, const Executor& where);

template <class Input, class State, class X, class See, executor Executor>
void observe_inside(const recurrent<Input, State>& block, const std::string& place, const X& x,
                    const See& see, const Executor& where);

/// Layers that show their integer sums.
template <class Layer>
concept shows_sums = requires(const Layer& layer, const input_view_of<typename Layer::input>& x,
                              typename Layer::workspace_type& work) {
  layer.for_each_sum(
      x, work, [](matrix<std::int32_t>&&) {}, serial_executor{});
};

/// Layers that read floats and make the codes themselves that they multiply.
template <class Layer>
concept shows_codes = requires(const Layer& layer, const tensor_view<const float>& x,
                               typename Layer::workspace_type& work) {
  layer.encode_tokens(x, work);
  work.codes;
};

template <class Layer>
[[nodiscard]] constexpr const char* name_of(const Layer&) noexcept {
  return Layer::name;
}
template <class... Layers>
[[nodiscard]] constexpr const char* name_of(const sequential<Layers...>&) noexcept {
  return "sequential";
}
template <class Body, class Shortcut>
[[nodiscard]] constexpr const char* name_of(const residual<Body, Shortcut>&) noexcept {
  return "residual";
}
template <class Layer>
[[nodiscard]] constexpr const char* name_of(const repeat<Layer>&) noexcept {
  return "repeat";
}

template <class Input, class State>
[[nodiscard]] constexpr const char* name_of(const recurrent<Input, State>&) noexcept {
  return "recurrent";
}

/// The record of a layer that has run, in front of it those of the layers inside.
template <class Layer, class X, class Work, class Y, class See, executor Executor>
void record(const Layer& layer, const std::string& place, const X& x, Work& work, const Y& y,
            const See& see, const Executor& where) {
  observe_inside(layer, place, x, see, where);
  layer_record made{place, name_of(layer), plain(x), plain(input_view(y)), {}};
  made.multiplies_codes = shows_sums<Layer> || shows_codes<Layer> ||
                          std::same_as<Layer, layer::float_linear> ||
                          std::same_as<Layer, layer::decode>;
  if constexpr (shows_codes<Layer>) made.read.codes = unpack(work.codes);
  const auto keep = [&](matrix<std::int32_t>&& sums) {
    made.sums.push_back(static_cast<matrix<std::int32_t>&&>(sums));
  };
  if constexpr (shows_sums<Layer>) layer.for_each_sum(x, work, keep, where);
  see(made);
}

template <class... Layers, class X, class See, executor Executor>
void observe_inside(const sequential<Layers...>& net, const std::string& place, const X& x,
                    const See& see, const Executor& where) {
  std::size_t number = 0;
  const std::string prefix = place.empty() ? place : place + ".";
  for_each_layer(net, x,
                 [&]<class Next>(const auto& layer, const auto& in, auto& work, auto& y,
                                 std::type_identity<Next>) {
                   layer(in, work, y, where);
                   record(layer, prefix + std::to_string(number++), in, work, y, see, where);
                 });
}
template <class Body, class Shortcut, class X, class See, executor Executor>
void observe_inside(const residual<Body, Shortcut>& block, const std::string& place, const X& x,
                    const See& see, const Executor& where) {
  const auto run = [&](const auto& layer, const std::string& inside, const auto& in) {
    using layer_type = std::remove_cvref_t<decltype(layer)>;
    if constexpr (requires { layer.layers(); }) {
      observe_inside(layer, inside, in, see, where);
    } else {
      auto work = layer.workspace(shape_of(in));
      typename layer_type::output y(layer.output_shape(shape_of(in)));
      layer(in, work, y, where);
      record(layer, inside, in, work, y, see, where);
    }
  };
  if constexpr (std::same_as<X, floats_and_signs>)
    run(block.body(), place + ".body", x.signs.view());
  else
    run(block.body(), place + ".body", x);
  if constexpr (!std::same_as<Shortcut, identity_shortcut>) {
    if constexpr (std::same_as<X, floats_and_signs>)
      run(block.shortcut(), place + ".shortcut", x.floats.view());
    else
      run(block.shortcut(), place + ".shortcut", x);
  }
}
template <class Layer, class See, executor Executor>
void observe_layers(const std::vector<Layer>& layers, std::size_t at, const std::string& place,
                    const auto& x, const See& see, const Executor& where) {
  const Layer& layer = layers[at];
  const std::string inside = place + "." + std::to_string(at);
  const auto run = [&](auto& work, auto& y) {
    layer(x, work, y, where);
    record(layer, inside, x, work, y, see, where);
  };
  if (at + 1 == layers.size()) {
    auto work = layer.workspace(shape_of(x));
    typename Layer::output y(layer.output_shape(shape_of(x)));
    run(work, y);
  } else {
    using value = typename Layer::input;
    auto work = workspace_for<value>(layer, shape_of(x));
    value y = value_for(layers[at + 1], layer.output_shape(shape_of(x)));
    run(work, y);
    observe_layers(layers, at + 1, place, input_view(y), see, where);
  }
}
template <class Layer, class X, class See, executor Executor>
void observe_inside(const repeat<Layer>& block, const std::string& place, const X& x,
                    const See& see, const Executor& where) {
  observe_layers(block.layers(), 0, place, x, see, where);
}

template <class Input, class State, class X, class See, executor Executor>
void observe_inside(const recurrent<Input, State>& block, const std::string& place, const X& x,
                    const See& see, const Executor& where) {
  auto work = block.workspace(shape_of(x));
  image_tensor<float> y(block.output_shape(shape_of(x)));
  const auto look = [&](const auto& layer, index_t step, const auto& in, auto& inside,
                        const auto& made) {
    const std::string at = place + (step == 0 ? ".input" : "." + std::to_string(step));
    if constexpr (requires { layer.layers(); })
      observe_inside(layer, at, in, see, where);
    else
      record(layer, at, in, inside, made, see, where);
  };
  block.run(x, work, y, look, where);
}

}  // namespace detail::network

/// see(layer_record) for every layer of a network, in the order in which they run. Allocates what flows between layers,
/// and the records. Errors: those of the layers.
template <class... Layers, class See, executor Executor = serial_executor>
requires std::invocable<const See&, const layer_record&>
void observe(const sequential<Layers...>& net,
             const detail::network::input_view_of<typename sequential<Layers...>::input>& x,
             const See& see, const Executor& where = {}) {
  detail::network::observe_inside(net, std::string(), x, see, where);
}

LOWBIT_END

#endif
