// Golden operations of ternary codes with given thresholds or chances.
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/methods/gxnor_activation.hpp"
#include "lowbit/quantize/methods/stochastic_ternary.hpp"
#include "lowbit/quantize/methods/ternary_threshold.hpp"
#include "quantized.hpp"

namespace test_ternary {

using namespace golden;

namespace {

void ternarize(context& c) {
  const quantized<ternary_threshold<>> result(
      c, ternary_threshold<>::symmetric(c.param<float>("delta")), groups_of<float>(c, "w"));
  c.out.set("t", result.integers);
  set_planes(c, result.integers);
}

/// The values that fire, of numbers with their uniforms.
template <class Q>
std::vector<int> fired(const Q& q, const std::vector<float>& x, const std::vector<float>& u) {
  std::vector<int> t;
  for (std::size_t i = 0; i < x.size(); ++i) t.push_back(value<ternary>(encode(q, x[i], u[i])));
  return t;
}

void ternarize_stochastic(context& c) {
  c.out.set(
      "t", fired(stochastic_ternary<>{}, floats<float>(c.in.at("w")), floats<float>(c.in.at("u"))));
}

void tnn_fire(context& c) {
  const stochastic_ternary<ste::hard_tanh> q;
  const auto y = groups_of<float>(c, "y");
  c.out.set("t", fired(q, floats<float>(c.in.at("y")), floats<float>(c.in.at("u"))));
  c.out.set("grad_y", gradient(q, y, groups_of<float>(c, "g")));
}

void gxnor_act(context& c) {
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  const auto r = c.param<float>("r"), a = c.param<float>("a");
  const gxnor_activation<1, ste::rectangle> rectangle{{a}, r, 1};
  const gxnor_activation<1, ste::triangle> triangle{{a}, r, 1};
  c.out.set("t", quantized<gxnor_activation<>>(c, rectangle, x).integers);
  c.out.set("grad_x_rect", gradient(rectangle, x, g));
  c.out.set("grad_x_tri", gradient(triangle, x, g));
}

const operations registered{{"gxnor_act", gxnor_act},
                            {"ternarize", ternarize},
                            {"ternarize_stochastic", ternarize_stochastic},
                            {"tnn_fire", tnn_fire}};

}  // namespace

}  // namespace test_ternary
