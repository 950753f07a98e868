// Golden operations of the sign with a fitted scale.
#include "lowbit/quantize/methods/xnor_weight.hpp"
#include "quantized.hpp"

namespace test_scaled_sign {

using namespace golden;

namespace {

void bwn(context& c) {
  const auto w = groups_of<float>(c, "w"), g = groups_of<float>(c, "g");
  const quantized<xnor_weight<>> result(c, {}, w);
  c.out.set("alpha", result.each(&xnor_weight<>::alpha));
  c.out.set("codes", result.codes);
  c.out.set("wq", result.decoded);
  c.out.set("grad_w_paper", gradient(xnor_weight<weight_gradient::paper>{}, w, g));
  c.out.set("grad_w_exact", gradient(xnor_weight<weight_gradient::exact>{}, w, g));
  c.out.set("grad_w_ste_detached", gradient(xnor_weight<weight_gradient::detached>{}, w, g));
}

const operations registered{{"bwn", bwn}};

}  // namespace

}  // namespace test_scaled_sign
