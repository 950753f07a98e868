// Golden operations of the sign family.
#include "lowbit/quantize/sign.hpp"
#include "lowbit/gradient/approx_sign.hpp"
#include "lowbit/quantize/stochastic_sign.hpp"
#include "quantized.hpp"

using namespace golden;

namespace {

void sign_ste(context& c) {
  sign<> q;
  q.surrogate_gradient.clip = c.param<float>("clip_value");
  const auto x = groups_of<float>(c, "x");
  const quantized<sign<>> result(c, q, x);
  c.out.set("y", result.reals);
  c.out.set("codes", result.codes);
  c.out.set("grad_x", gradient(q, x, groups_of<float>(c, "g")));
}

void sign_ste_identity(context& c) {
  const auto x = groups_of<float>(c, "x");
  const quantized<sign<ste::identity>> result(c, {}, x);
  c.out.set("y", result.reals);
  c.out.set("codes", result.codes);
  c.out.set("grad_x", gradient(sign<ste::identity>{}, x, groups_of<float>(c, "g")));
}

void binarize(context& c) {
  sign<ste::identity> q;
  q.scale = c.param<float>("H");
  const auto w = groups_of<float>(c, "w");
  const quantized<sign<ste::identity>> result(c, q, w);
  c.out.set("wb", result.reals);
  c.out.set("codes", result.codes);
  c.out.set("grad_w", gradient(q, w, groups_of<float>(c, "g")));
}

void binarize_stochastic(context& c) {
  stochastic_sign<> q;
  q.scale = c.param<float>("H");
  const auto w = numbers<float>(c.in.at("w")), u = numbers<float>(c.in.at("u"));
  std::vector<float> p, wb;
  for (std::size_t i = 0; i < w.size(); ++i) {
    p.push_back(q.probability(w[i]));
    wb.push_back(decode(q, q.encode(w[i], u[i])));
  }
  c.out.set("p", p);
  c.out.set("wb", wb);
}

void approx_sign(context& c) {
  const auto x = groups_of<float>(c, "x");
  const quantized<sign<ste::approx_sign>> result(c, {}, x);
  matrix<float> soft = x;
  for (index_t k = 0; k < x.cols(); ++k) soft(0, k) = ste::approx_sign{}.soft(x(0, k));
  c.out.set("y", result.reals);
  c.out.set("soft", soft);
  c.out.set("grad_x", gradient(sign<ste::approx_sign>{}, x, groups_of<float>(c, "g")));
}

const operations registered{
    {"approx_sign", approx_sign},
    {"binarize", binarize},
    {"binarize_stochastic", binarize_stochastic},
    {"sign_ste", sign_ste},
    {"sign_ste_identity", sign_ste_identity},
};

}  // namespace
