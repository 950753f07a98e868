// Golden operations of surrogate gradients: of sign, unless said otherwise.
#include "lowbit/gradient/error_decay.hpp"
#include "lowbit/gradient/hinge.hpp"
#include "lowbit/gradient/sign_swish.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "quantized.hpp"

namespace test_surrogates {

using namespace golden;

namespace {

/// f(x[i]) for a field of numbers.
template <class F>
auto each(const std::vector<float>& x, F f) {
  std::vector<decltype(f(0.0f))> out;
  for (const float v : x) out.push_back(f(v));
  return out;
}

/// The signs of x and the gradients of a surrogate.
template <class Surrogate>
void set_sign(context& c, const Surrogate& surrogate, const char* field = "grad_x") {
  const auto x = groups_of<float>(c, "x");
  sign<Surrogate> q;
  q.surrogate_gradient = surrogate;
  c.out.set("y", quantized<sign<Surrogate>>(c, q, x).decoded);
  c.out.set(field, gradient(q, x, groups_of<float>(c, "g")));
}

void sign_ste_exclusive(context& c) {
  set_sign(c, ste::open_hard_tanh{c.param<float>("clip_value")});
}

void swish_sign(context& c) {
  const ste::sign_swish surrogate{c.param<float>("beta")};
  set_sign(c, surrogate);
  c.out.set("soft", each(floats<float>(c.in.at("x")), [&](float x) { return surrogate.soft(x); }));
}

void ede_sign(context& c) {
  set_sign(c, ste::error_decay{c.param<float>("t"), c.param<float>("k")});
}

void ede_schedule(context& c) {
  std::vector<float> t, k;
  for (const double epoch : floats<double>(c.in.at("epoch"))) {
    const auto at = ste::error_decay::at(epoch / c.param<double>("epochs"), c.param<double>("Tmin"),
                                         c.param<double>("Tmax"));
    t.push_back(at.t);
    k.push_back(at.k);
  }
  c.out.set("t", t);
  c.out.set("k", k);
}

void hinge_targets(context& c) {
  set_sign(c, ste::saturated_hinge{}, "grad_x_sat_hinge");
  set_sign(c, ste::soft_hinge{}, "grad_x_soft_hinge");
  set_sign(c, ste::hard_tanh{}, "grad_x_sste");
  const auto x = floats<float>(c.in.at("x"));
  const auto target = each(floats<float>(c.in.at("g")), hinge_target);
  std::vector<float> loss;
  for (std::size_t i = 0; i < x.size(); ++i)
    loss.push_back(ste::saturated_hinge::loss(x[i], target[i]));
  c.out.set("target", target);
  c.out.set("sat_hinge", loss);
}

const operations registered{{"ede_schedule", ede_schedule},
                            {"ede_sign", ede_sign},
                            {"hinge_targets", hinge_targets},
                            {"sign_ste_exclusive", sign_ste_exclusive},
                            {"swish_sign", swish_sign}};

}  // namespace

}  // namespace test_surrogates
