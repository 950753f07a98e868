// Golden operations of ternary weight networks.
#include "lowbit/quantize/methods/twn.hpp"

#include "lowbit/gradient/hard_tanh.hpp"
#include "quantized.hpp"

namespace test_twn {

using namespace golden;

namespace {

void twn_weight(context& c) {
  const auto w = groups_of<float>(c, "w");
  const quantized<twn<>> result(c, {}, w);
  c.out.set("delta", result.each(&twn<>::delta));
  c.out.set("alpha", result.each(&twn<>::alpha));
  c.out.set("t", result.integers);
  c.out.set("wq", result.decoded);
  set_planes(c, result.integers);
  const auto g = groups_of<float>(c, "g");
  c.out.set("grad_w", gradient(twn<>{}, w, g));
  c.out.set("grad_w_larq", gradient(twn<ste::hard_tanh>{}, w, g));
}

const operations registered{
    {"twn", twn_weight},
};

}  // namespace

}  // namespace test_twn
