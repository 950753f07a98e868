// Golden operations of DoReFa-Net.
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/dorefa_gradient.hpp"
#include "lowbit/quantize/methods/dorefa_weight.hpp"
#include "quantized.hpp"

namespace test_dorefa {

using namespace golden;

namespace {

void dorefa_act(context& c) {
  const auto x = groups_of<float>(c, "x");
  with_width(c.param<int>("k"), [&]<int K>() {
    const quantized<dorefa_activation<K>> result(c, {}, x);
    c.out.set("codes", result.codes);
    c.out.set("y", result.decoded);
    c.out.set("grad_x", gradient(dorefa_activation<K>{}, x, groups_of<float>(c, "g")));
  });
}

void dorefa_weights(context& c) {
  const auto w = groups_of<float>(c, "w"), g = groups_of<float>(c, "g");
  with_width(c.param<int>("k"), [&]<int K>() {
    const quantized<dorefa_weight<K>> result(c, {}, w);
    c.out.set("codes", result.codes);
    c.out.set("wq", result.decoded);
    c.out.set("grad_w", gradient(dorefa_weight<K>{}, w, g));
    if constexpr (K > 1)
      c.out.set("grad_w_through_max", gradient(dorefa_weight<K, max_gradient::through>{}, w, g));
  });
}

/// One sample per row; sigma is the noise in steps, from -1/2 to 1/2.
void dorefa_grad(context& c) {
  const auto g = rows_of<float>(c.in.at("g")), sigma = rows_of<float>(c.in.at("sigma"));
  matrix<float> out(g.rows(), g.cols());
  with_width(c.param<int>("k"), [&]<int K>() {
    for (index_t r = 0; r < g.rows(); ++r) {
      const auto q = dorefa_gradient<K>{}.fit(g.row(r));
      for (index_t k = 0; k < g.cols(); ++k)
        out(r, k) = decode(q, encode(q, g(r, k), sigma(r, k) + 0.5f));
    }
  });
  c.out.set("gq", out);
}

const operations registered{
    {"dorefa_act", dorefa_act},
    {"dorefa_grad", dorefa_grad},
    {"dorefa_weight", dorefa_weights},
};

}  // namespace

}  // namespace test_dorefa
