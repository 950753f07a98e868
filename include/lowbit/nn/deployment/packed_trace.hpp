// lowbit/nn/deployment/packed_trace.hpp – a packed network layer by layer: what every layer made, to be compared.
//
//     lowbit::nn::trace on_bits = lowbit::nn::traced(packed, images);
//     lowbit::nn::comparison same = lowbit::nn::compare(frozen.traced(x), on_bits);
//
// The trace is made with for_each_layer() (network/for_each_layer.hpp). It holds the codes that every convolution of
// codes (and the last float_linear) reads, as nn::freeze(net).traced() logs them. The codes between a convolution
// and a max-pool on bits have no counterpart in numbers, and the trace leaves them out.
#ifndef LOWBIT_NN_DEPLOYMENT_PACKED_TRACE_HPP
#define LOWBIT_NN_DEPLOYMENT_PACKED_TRACE_HPP

#include <algorithm>
#include <type_traits>

#include "lowbit/network/for_each_layer.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/repeat.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/nn/deployment/trace.hpp"
#include "lowbit/tensor/pack.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// True for layers whose float counterpart quantizes its input.
template <class Layer>
inline constexpr bool reads_codes = std::same_as<Layer, layer::float_linear> ||
                                    requires(const Layer& l) {
  l.data().bank;
};
template <class Body, class Shortcut>
inline constexpr bool reads_codes<residual<Body, Shortcut>> = reads_codes<Body>;
template <class Layer>
inline constexpr bool reads_codes<repeat<Layer>> = reads_codes<Layer>;
template <class First, class... Layers>
inline constexpr bool reads_codes<sequential<First, Layers...>> = reads_codes<First>;

template <class E>
void log_codes(const packed_tensor<E>& y, std::vector<matrix<code_t>>& log) {
  log.push_back(unpack(y.pixels()));
}
inline void log_codes(const floats_and_signs& y, std::vector<matrix<code_t>>& log) {
  log_codes(y.signs, log);
}

/// Logs what layers inside of a layer read, but for the first, which the layer itself reads.
template <class Layer, class X, executor Executor>
void log_inside(const Layer&, const X&, std::vector<matrix<code_t>>&, const Executor&) {}
template <class... Layers, class X, executor Executor>
void log_inside(const sequential<Layers...>& net, const X& x, std::vector<matrix<code_t>>& log,
                const Executor& where) {
  for_each_layer(net, x,
                 [&]<class Next>(const auto& layer, const auto& in, auto& work, auto& y,
                                 std::type_identity<Next>) {
                   log_inside(layer, in, log, where);
                   if constexpr (!std::is_void_v<Next>) {
                     layer(in, work, y, where);
                     if constexpr (reads_codes<Next>) log_codes(y, log);
                   }
                 });
}
template <class Body, class Shortcut, executor Executor>
void log_inside(const residual<Body, Shortcut>& block, const floats_and_signs& x,
                std::vector<matrix<code_t>>& log, const Executor& where) {
  log_inside(block.body(), network::input_view(x.signs), log, where);
}
template <class Layer, executor Executor>
void log_layers(const std::vector<Layer>& layers, std::size_t at, const auto& x,
                std::vector<matrix<code_t>>& log, const Executor& where) {
  log_inside(layers[at], x, log, where);
  if (at + 1 == layers.size()) return;
  using value = typename Layer::input;
  auto work = network::workspace_for<value>(layers[at], network::shape_of(x));
  value y = network::value_for(layers[at + 1], layers[at].output_shape(network::shape_of(x)));
  layers[at](x, work, y, where);
  if constexpr (reads_codes<Layer>) log_codes(y, log);
  log_layers(layers, at + 1, network::input_view(y), log, where);
}
template <class Layer, class X, executor Executor>
void log_inside(const repeat<Layer>& block, const X& x, std::vector<matrix<code_t>>& log,
                const Executor& where) {
  log_layers(block.layers(), 0, x, log, where);
}

}  // namespace detail::nn

namespace nn {

/// The result of a packed network, one row per image, and every code that its convolutions read. Allocates what flows
/// from layer to layer. Errors: those of the layers.
template <class... Layers, executor Executor = serial_executor>
[[nodiscard]] trace traced(
    const lowbit::sequential<Layers...>& net,
    const detail::network::input_view_of<typename lowbit::sequential<Layers...>::input>& x,
    const Executor& where = {}) {
  trace result;
  for_each_layer(net, x,
                 [&]<class Next>(const auto& layer, const auto& in, auto& work, auto& y,
                                 std::type_identity<Next>) {
                   layer(in, work, y, where);
                   detail::nn::log_inside(layer, in, result.hidden, where);
                   if constexpr (std::is_void_v<Next>) {
                     const index_t batch = y.shape().batch;
                     result.logits =
                         matrix<float>(batch, batch > 0 ? y.shape().elements() / batch : 0);
                     std::copy_n(y.pixels().data(), y.shape().elements(), result.logits.data());
                   } else if constexpr (detail::nn::reads_codes<Next>) {
                     detail::nn::log_codes(y, result.hidden);
                   }
                 });
  return result;
}

}  // namespace nn
LOWBIT_END

#endif
