// lowbit/nn/deployment/packed_trace.hpp – a packed network layer by layer: what every layer made, to be compared.
//
//     lowbit::nn::trace on_bits = lowbit::nn::traced(tag, packed, images);
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
template <class First, class... Layers>
inline constexpr bool reads_codes<sequential<First, Layers...>> = reads_codes<First>;

template <class E>
void log_codes(const packed_tensor<E>& y, std::vector<matrix<code_t>>& log) {
  log.push_back(unpack(y.pixels()));
}
inline void log_codes(const floats_and_signs& y, std::vector<matrix<code_t>>& log) {
  log_codes(y.signs, log);
}

}  // namespace detail::nn

namespace nn {

using lowbit::for_each_layer;

}  // namespace nn

namespace detail::nn {

/// Logs what layers inside of a layer read, but for the first, which the layer itself reads.
template <isa_tag Tag, class Layer, class X>
void log_inside(Tag, const Layer&, const X&, std::vector<matrix<code_t>>&) {}
template <isa_tag Tag, class... Layers, class X>
void log_inside(Tag tag, const sequential<Layers...>& net, const X& x,
                std::vector<matrix<code_t>>& log) {
  for_each_layer(net, x,
                 [&]<class Next>(const auto& layer, const auto& in, auto& work, auto& y,
                                 std::type_identity<Next>) {
                   log_inside(tag, layer, in, log);
                   if constexpr (!std::is_void_v<Next>) {
                     layer(in, work, y, on(tag));
                     if constexpr (reads_codes<Next>) log_codes(y, log);
                   }
                 });
}
template <isa_tag Tag, class Body, class Shortcut>
void log_inside(Tag tag, const residual<Body, Shortcut>& block, const floats_and_signs& x,
                std::vector<matrix<code_t>>& log) {
  log_inside(tag, block.body(), network::input_view(x.signs), log);
}

}  // namespace detail::nn

namespace nn {

/// The result of a packed network, one row an image, and every code that its convolutions read.
template <isa_tag Tag, class... Layers>
[[nodiscard]] trace traced(
    Tag tag, const lowbit::sequential<Layers...>& net,
    const detail::network::input_view_of<typename lowbit::sequential<Layers...>::input>& x) {
  trace result;
  for_each_layer(net, x,
                 [&]<class Next>(const auto& layer, const auto& in, auto& work, auto& y,
                                 std::type_identity<Next>) {
                   layer(in, work, y, on(tag));
                   detail::nn::log_inside(tag, layer, in, result.hidden);
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
