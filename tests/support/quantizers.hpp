// A few quantizers that stand for all in the suites that run on every ISA. There is one per way from floats to bits
// (comparisons, formulas, uniforms, tables) and one per kind of fit. Each other quantizer would be compiled once more
// per ISA. The golden vectors do that; the suites of the whole catalogue are in unit/quantize and tests/catalogue.
#pragma once

#include <span>
#include <tuple>

#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/dorefa_weight.hpp"
#include "lowbit/quantize/methods/lsq.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/stochastic_sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/quantize/methods/xnor_weight.hpp"

namespace test {

template <class Q>
struct sampled_quantizer {
  using policy = Q;
  const char* name;
};

/// f(entry) for each, with entry.name and decltype(entry)::policy.
template <class F>
void for_each_sampled_quantizer(F&& f) {
  using namespace lowbit;
  f(sampled_quantizer<sign<>>{"sign<>"});
  f(sampled_quantizer<stochastic_sign<>>{"stochastic_sign<>"});
  f(sampled_quantizer<xnor_weight<>>{"xnor_weight<>"});
  f(sampled_quantizer<twn<>>{"twn<>"});
  f(sampled_quantizer<dorefa_activation<2>>{"dorefa_activation<2>"});
  f(sampled_quantizer<dorefa_activation<8>>{"dorefa_activation<8>"});
  f(sampled_quantizer<dorefa_weight<3>>{"dorefa_weight<3>"});
  f(sampled_quantizer<lsq<4>>{"lsq<4>"});
}

/// Fitted to the group where the method fits.
template <class Q>
Q fit_to(const Q& q, std::span<const float> group) {
  if constexpr (lowbit::fitted<Q>)
    return q.fit(group);
  else
    return q;
}

}  // namespace test
