// The networks of support/networks.hpp with all their layers on every ISA. Convolutions with their stages take long to
// compile, so support/kernels/networks.cpp compiles them once for all suites.
#pragma once

#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/nn/deployment/trace.hpp"
#include "support/networks.hpp"

namespace test {

/// nn::traced() of either network.
nn::trace traced(const bireal_net& net, const tensor_view<const float>& x, any_isa isa);
nn::trace traced(const bit_net& net, const tensor_view<const code_t>& x, any_isa isa);

}  // namespace test
