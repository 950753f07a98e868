// Golden operation of differentiable soft quantization.
#include "lowbit/quantize/methods/dsq.hpp"

#include "quantized.hpp"

namespace test_dsq {

using namespace golden;

namespace {

void soft_quantization(context& c) {
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  const auto scalar = [&](const char* name) { return floats<float>(c.in.at(name)).at(0); };
  with_width(c.param<int>("bits"), [&]<int K>() {
    const dsq<K> q{scalar("l"), scalar("u"), scalar("alpha")};
    const quantized<dsq<K>> result(c, q, x);
    matrix<float> soft = x;
    for (index_t k = 0; k < x.cols(); ++k) soft(0, k) = q.soft(x(0, k));
    const auto trained = parameter_gradient(q, x.row(0), g.row(0));
    c.out.set("codes", result.codes);
    c.out.set("y_hard", result.decoded);
    c.out.set("y_soft", soft);
    c.out.set("grad_x", gradient(q, x, g));
    c.out.set("grad_l", trained.lower);
    c.out.set("grad_u", trained.upper);
    c.out.set("grad_alpha", trained.alpha);
  });
}

const operations registered{{"dsq", soft_quantization}};

}  // namespace

}  // namespace test_dsq
