// Golden operations of the sign family.
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/gradient/approx_sign.hpp"
#include "lowbit/quantize/methods/heaviside.hpp"
#include "lowbit/quantize/methods/rsign.hpp"
#include "lowbit/quantize/methods/stochastic_sign.hpp"
#include "quantized.hpp"

namespace test_sign {

using namespace golden;

namespace {

/// Codes, numbers and gradient of a step; clip_value where its gradient has one.
template <class Q>
void step(context& c) {
  Q q;
  if constexpr (requires { q.surrogate_gradient.clip; })
    q.surrogate_gradient.clip = c.param<float>("clip_value");
  const auto x = groups_of<float>(c, "x");
  const quantized<Q> result(c, q, x);
  c.out.set("y", result.decoded);
  c.out.set("codes", result.codes);
  c.out.set("grad_x", gradient(q, x, groups_of<float>(c, "g")));
}

void binarize(context& c) {
  sign<ste::identity> q;
  q.scale = c.param<float>("H");
  const auto w = groups_of<float>(c, "w");
  const quantized<sign<ste::identity>> result(c, q, w);
  c.out.set("wb", result.decoded);
  c.out.set("codes", result.codes);
  c.out.set("grad_w", gradient(q, w, groups_of<float>(c, "g")));
}

void binarize_stochastic(context& c) {
  stochastic_sign<> q;
  q.scale = c.param<float>("H");
  const auto w = floats<float>(c.in.at("w")), u = floats<float>(c.in.at("u"));
  std::vector<float> p, wb;
  for (std::size_t i = 0; i < w.size(); ++i) {
    p.push_back(q.probability(w[i]));
    wb.push_back(decode(q, encode(q, w[i], u[i])));
  }
  c.out.set("p", p);
  c.out.set("wb", wb);
}

void approx_sign(context& c) {
  const auto x = groups_of<float>(c, "x");
  const quantized<sign<ste::approx_sign>> result(c, {}, x);
  matrix<float> soft = x;
  for (index_t k = 0; k < x.cols(); ++k) soft(0, k) = ste::approx_sign{}.soft(x(0, k));
  c.out.set("y", result.decoded);
  c.out.set("soft", soft);
  c.out.set("grad_x", gradient(sign<ste::approx_sign>{}, x, groups_of<float>(c, "g")));
}

/// One threshold per channel, the first axis.
void rsign_channels(context& c) {
  if (c.param<int>("channel_axis") != 0) throw std::runtime_error("channel_axis must be 0");
  const auto x = rows_of<float>(c.in.at("x")), g = rows_of<float>(c.in.at("g"));
  const auto alpha = floats<float>(c.in.at("alpha"));
  matrix<float> y(x.rows(), x.cols()), dx(x.rows(), x.cols());
  matrix<code_t> codes(x.rows(), x.cols());
  std::vector<float> grad_alpha;
  for (index_t r = 0; r < x.rows(); ++r) {
    const rsign<> q{{}, alpha[static_cast<std::size_t>(r)]};
    const quantized<rsign<>> row(c, q, row_of(x, r));
    for (index_t k = 0; k < x.cols(); ++k) {
      codes(r, k) = row.codes(0, k);
      y(r, k) = row.decoded(0, k);
    }
    backward(q, x.row(r), g.row(r), dx.row(r));
    grad_alpha.push_back(parameter_gradient(q, x.row(r), g.row(r)).alpha);
  }
  c.out.set("codes", codes);
  c.out.set("y", y);
  c.out.set("grad_x", dx);
  c.out.set("grad_alpha", grad_alpha);
}

const operations registered{
    {"approx_sign", approx_sign},
    {"binarize", binarize},
    {"binarize_stochastic", binarize_stochastic},
    {"heaviside_ste", step<heaviside<>>},
    {"rsign", rsign_channels},
    {"sign_ste", step<sign<>>},
    {"sign_ste_identity", step<sign<ste::identity>>},
};

}  // namespace

}  // namespace test_sign
