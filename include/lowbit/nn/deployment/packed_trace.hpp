// lowbit/nn/deployment/packed_trace.hpp – a packed network layer by layer: what every layer made, to be compared.
//
//     lowbit::nn::trace on_bits = lowbit::nn::traced(packed, images);
//     lowbit::nn::comparison same = lowbit::nn::compare(frozen.traced(x), on_bits);
//
// The trace is made with observe() (network/observe.hpp). It holds the codes that every product of codes reads, as
// nn::freeze(net).traced() logs them: those of a residual's body, and not those of its shortcut. The codes between a
// convolution and a max-pool on codes have no counterpart in numbers, and the trace leaves them out.
#ifndef LOWBIT_NN_DEPLOYMENT_PACKED_TRACE_HPP
#define LOWBIT_NN_DEPLOYMENT_PACKED_TRACE_HPP

#include <algorithm>

#include "lowbit/network/observe.hpp"
#include "lowbit/nn/deployment/trace.hpp"

LOWBIT_BEGIN
namespace nn {

/// The result of a packed network, one row per image, and every code that its products read. Allocates what flows
/// from layer to layer, and its records. Errors: those of the layers.
template <class... Layers, executor Executor = serial_executor>
[[nodiscard]] trace traced(
    const lowbit::sequential<Layers...>& net,
    const detail::network::input_view_of<typename lowbit::sequential<Layers...>::input>& x,
    const Executor& where = {}) {
  trace result;
  plain_value last;
  observe(
      net, x,
      [&](const layer_record& layer) {
        if (layer.multiplies_codes && layer.place.find(".shortcut") == std::string::npos)
          result.hidden.push_back(layer.read.codes);
        last = layer.written;
      },
      where);
  const index_t batch = last.shape.batch;
  result.logits = matrix<float>(batch, batch > 0 ? last.shape.elements() / batch : 0);
  std::copy_n(last.floats.data(), last.shape.elements(), result.logits.data());
  return result;
}

}  // namespace nn
LOWBIT_END

#endif
