#include "lowbit/nn/deployment/packed_trace.hpp"
#include "support/network_traces.hpp"

namespace test {

nn::trace traced(const bireal_net& net, const tensor_view<const float>& x, any_isa isa) {
  return nn::traced(net, x, on(isa));
}
nn::trace traced(const bit_net& net, const tensor_view<const code_t>& x, any_isa isa) {
  return nn::traced(net, x, on(isa));
}

}  // namespace test
