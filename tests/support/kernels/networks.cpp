#include "lowbit/nn/deployment/packed_trace.hpp"
#include "support/network_traces.hpp"

namespace test {

nn::trace traced(any_isa isa, const bireal_net& net, const tensor_view<const float>& x) {
  return nn::traced(isa, net, x);
}
nn::trace traced(any_isa isa, const bit_net& net, const tensor_view<const code_t>& x) {
  return nn::traced(isa, net, x);
}

}  // namespace test
