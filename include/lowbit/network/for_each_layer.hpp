// lowbit/network/for_each_layer.hpp – a packed network layer by layer, with values that its caller sees.
//
//     lowbit::for_each_layer(net, x.view(), [&](const auto& layer, const auto& in, auto& work, auto& y, auto) {
//       layer(in, work, y);    must be called: it fills y
//       ...                    look at y, or at the clock
//     });
//
// Layers are called as the sequential calls them, but one by one: nothing is fused, and each value between two layers
// is allocated. Traces and tables of times are made this way.
#ifndef LOWBIT_NETWORK_FOR_EACH_LAYER_HPP
#define LOWBIT_NETWORK_FOR_EACH_LAYER_HPP

#include <tuple>
#include <type_traits>

#include "lowbit/network/sequential.hpp"

LOWBIT_BEGIN
namespace detail::network {

template <std::size_t At, class Net, class Run>
void for_each_layer_from(const Net& net, const auto& x, const Run& run) {
  const auto& layer = std::get<At>(net.layers());
  using layer_type = std::remove_cvref_t<decltype(layer)>;
  if constexpr (At + 1 < std::tuple_size_v<std::remove_cvref_t<decltype(net.layers())>>) {
    using next_type = std::remove_cvref_t<decltype(std::get<At + 1>(net.layers()))>;
    using value_type = typename next_type::input;
    auto work = workspace_for<value_type>(layer, shape_of(x));
    value_type y = value_for(std::get<At + 1>(net.layers()), layer.output_shape(shape_of(x)));
    run(layer, x, work, y, std::type_identity<next_type>());
    for_each_layer_from<At + 1>(net, input_view(y), run);
  } else {
    auto work = layer.workspace(shape_of(x));
    typename layer_type::output y(layer.output_shape(shape_of(x)));
    run(layer, x, work, y, std::type_identity<void>());
  }
}

}  // namespace detail::network

/// run(layer, x, its workspace, y, type_identity<the layer behind it, or void>) for every layer of a packed network.
/// run must call layer(x, workspace, y, where), which fills y. Allocates the values between layers.
template <class... Layers, class Run>
void for_each_layer(const sequential<Layers...>& net,
                    const detail::network::input_view_of<typename sequential<Layers...>::input>& x,
                    const Run& run) {
  detail::network::for_each_layer_from<0>(net, x, run);
}

LOWBIT_END

#endif
