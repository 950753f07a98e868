// Golden operations of the sign with a fitted scale.
#include "lowbit/quantize/sign.hpp"
#include "lowbit/quantize/xnor_weight.hpp"
#include "quantized.hpp"

using namespace golden;

namespace {

void bwn(context& c) {
  const auto w = groups_of<float>(c, "w"), g = groups_of<float>(c, "g");
  const quantized<xnor_weight<>> result(c, {}, w);
  c.out.set("alpha", result.each(&xnor_weight<>::alpha));
  c.out.set("codes", result.codes);
  c.out.set("wq", result.reals);
  c.out.set("grad_w_paper", gradient(xnor_weight<weight_gradient::paper>{}, w, g));
  c.out.set("grad_w_exact", gradient(xnor_weight<weight_gradient::exact>{}, w, g));
  c.out.set("grad_w_ste_detached", gradient(xnor_weight<weight_gradient::detached>{}, w, g));
}

void magnitude_aware(context& c) {
  const auto w = groups_of<float>(c, "w");
  const quantized<xnor_weight<>> result(c, {}, w);
  c.out.set("alpha", result.each(&xnor_weight<>::alpha));
  c.out.set("codes", result.codes);
  c.out.set("wq", result.reals);
  c.out.set("grad_w_code", gradient(sign<>{}, w, groups_of<float>(c, "g")));
}

/// The channel is the last axis: a group is a column of the flattened array.
void mag_sign(context& c) {
  if (c.param<int>("channel_axis") != -1) throw std::runtime_error("channel_axis must be -1");
  const auto x = numbers<float>(c.in.at("x")), g = numbers<float>(c.in.at("g"));
  const auto channels = c.in.at("x").at("shape").back().get<std::size_t>();
  matrix<float> groups(static_cast<index_t>(channels), static_cast<index_t>(x.size() / channels));
  const auto place = [&](std::size_t i) -> float& {
    return groups(static_cast<index_t>(i % channels), static_cast<index_t>(i / channels));
  };
  for (std::size_t i = 0; i < x.size(); ++i) place(i) = x[i];
  const quantized<xnor_weight<>> result(c, {}, groups);
  std::vector<float> y, dx;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const xnor_weight<>& fit = result.fits[i % channels];
    y.push_back(decode(fit, fit.encode(x[i])));
    dx.push_back(fit.alpha * ste::hard_tanh{c.param<float>("clip_value")}(x[i], g[i]));
  }
  c.out.set("scale", result.each(&xnor_weight<>::alpha));
  c.out.set("y", y);
  c.out.set("grad_x", dx);
}

const operations registered{
    {"bwn", bwn},
    {"mag_sign", mag_sign},
    {"magnitude_aware", magnitude_aware},
};

}  // namespace
