// Golden operations of the sign whose gradient knows the magnitude.
#include "lowbit/quantize/methods/magnitude_aware_sign.hpp"
#include "quantized.hpp"

namespace test_magnitude_aware {

using namespace golden;

namespace {

void magnitude_aware(context& c) {
  const auto w = groups_of<float>(c, "w"), g = groups_of<float>(c, "g");
  using paper = magnitude_aware_sign<ste::open_hard_tanh>;
  const quantized<paper> result(c, {}, w);
  c.out.set("alpha", result.each(&paper::alpha));
  c.out.set("codes", result.codes);
  c.out.set("wq", result.decoded);
  c.out.set("grad_w_paper", gradient(paper{}, w, g));
  c.out.set("grad_w_code", gradient(magnitude_aware_sign<ste::hard_tanh, false>{}, w, g));
}

/// The channel is the last axis: a group is a column of the flattened array.
void mag_sign(context& c) {
  if (c.param<int>("channel_axis") != -1) throw std::runtime_error("channel_axis must be -1");
  const auto x = floats<float>(c.in.at("x")), g = floats<float>(c.in.at("g"));
  const auto channels = c.in.at("x").at("shape").back().get<std::size_t>();
  matrix<float> groups(static_cast<index_t>(channels), static_cast<index_t>(x.size() / channels));
  for (std::size_t i = 0; i < x.size(); ++i)
    groups(static_cast<index_t>(i % channels), static_cast<index_t>(i / channels)) = x[i];
  magnitude_aware_sign<> q;
  q.surrogate_gradient.clip = c.param<float>("clip_value");
  const quantized<magnitude_aware_sign<>> result(c, q, groups);
  std::vector<float> y, dx;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto& fit = result.fits[i % channels];
    y.push_back(decode(fit, encode(fit, x[i])));
    dx.push_back(gradient(fit, x[i], g[i]));
  }
  c.out.set("scale", result.each(&magnitude_aware_sign<>::alpha));
  c.out.set("y", y);
  c.out.set("grad_x", dx);
}

const operations registered{{"mag_sign", mag_sign}, {"magnitude_aware", magnitude_aware}};

}  // namespace

}  // namespace test_magnitude_aware
