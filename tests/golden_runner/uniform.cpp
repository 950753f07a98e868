// Golden operations of uniform quantizers.
#include "lowbit/quantize/methods/bcgd_activation.hpp"
#include "lowbit/quantize/methods/bitnet_activation.hpp"
#include "lowbit/quantize/methods/lsq.hpp"
#include "lowbit/quantize/methods/midrise.hpp"
#include "lowbit/quantize/methods/pact.hpp"
#include "lowbit/quantize/methods/qnn_linear.hpp"
#include "lowbit/quantize/methods/wrpn.hpp"
#include "quantized.hpp"
#include "support/kernels.hpp"

namespace test_uniform {

using namespace golden;

namespace {

float scalar(const context& c, const char* name) { return floats<float>(c.in.at(name)).at(0); }

template <class Q>
void set_lsq(context& c, Q q) {
  q.step = scalar(c, "s");
  const auto v = groups_of<float>(c, "v"), g = groups_of<float>(c, "g");
  const quantized<Q> result(c, q, v);
  c.out.set("codes", result.integers);
  c.out.set("vq", result.decoded);
  c.out.set("grad_v", gradient(q, v, g));
  c.out.set("grad_s", parameter_gradient(q, v.row(0), g.row(0)).step);
  c.out.set("grad_s_unscaled", detail::gradient::slope_sum(
                                   v.row(0), g.row(0), [&](float x) { return q.step_slope(x); }));
}

/// Qn and Qp name the encoding.
void learned_step(context& c) {
  const int qn = c.param<int>("Qn"), qp = c.param<int>("Qp");
  int bits = 0;
  while ((1 << bits) - 1 < qp) ++bits;
  if ((1 << bits) - 1 != qp || (qn != 0 && qn != qp + 1))
    throw std::runtime_error("Qn and Qp are of no encoding");
  if (qn == 0)
    with_width(bits, [&]<int K>() { set_lsq(c, lsq<K, unsigned_bits<K>>{}); });
  else
    with_width(bits + 1, [&]<int K>() {
      if constexpr (K > 1) set_lsq(c, lsq<K>{});
    });
}

/// The initial step depends on Qp alone; unsigned and signed bits have the same ones.
void lsq_init(context& c) {
  const int qp = c.param<int>("Qp");
  const auto v = floats<float>(c.in.at("v"));
  int bits = 0;
  while ((1 << bits) - 1 < qp) ++bits;
  with_width(bits,
             [&]<int K>() { c.out.set("s", lsq<K, unsigned_bits<K>>{}.initialized(v).step); });
}

void pact_activation(context& c) {
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  with_width(c.param<int>("k"), [&]<int K>() {
    const pact<K> q{scalar(c, "alpha")};
    const quantized<pact<K>> result(c, q, x);
    c.out.set("codes", result.codes);
    c.out.set("y", result.decoded);
    c.out.set("grad_x", gradient(q, x, g));
    c.out.set("grad_alpha", parameter_gradient(q, x.row(0), g.row(0)).alpha);
  });
}

void wrpn_weights(context& c) {
  const auto w = groups_of<float>(c, "w");
  with_width(c.param<int>("k"), [&]<int K>() {
    if constexpr (K > 1) {
      const quantized<wrpn_weight<K>> result(c, {}, w);
      c.out.set("codes", result.integers);
      c.out.set("wq", result.decoded);
      c.out.set("grad_w", gradient(wrpn_weight<K>{}, w, groups_of<float>(c, "g")));
    }
  });
}

void wrpn_act(context& c) {
  const auto x = groups_of<float>(c, "x");
  with_width(c.param<int>("k"), [&]<int K>() {
    const quantized<wrpn_activation<K>> result(c, {}, x);
    c.out.set("codes", result.codes);
    c.out.set("y", result.decoded);
    c.out.set("grad_x", gradient(wrpn_activation<K>{}, x, groups_of<float>(c, "g")));
  });
}

void bcgd_act(context& c) {
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  with_width(c.param<int>("bits"), [&]<int K>() {
    const bcgd_activation<K> q{scalar(c, "alpha")};
    const quantized<bcgd_activation<K>> result(c, q, x);
    c.out.set("codes", result.codes);
    c.out.set("y", result.decoded);
    c.out.set("grad_x", gradient(q, x, g));
    c.out.set("grad_alpha", parameter_gradient(q, x.row(0), g.row(0)).alpha);
  });
}

/// The bits that the multiples of the step from lo to hi need.
void qnn_linear_levels(context& c) {
  const auto step = c.param<float>("step"), lo = c.param<float>("lo"), hi = c.param<float>("hi");
  const auto x = groups_of<float>(c, "x");
  int bits = 1;
  while (static_cast<float>((1 << bits) - 1) * step < hi - lo) ++bits;
  with_width(bits, [&]<int K>() {
    const qnn_linear<K> q{step, lo, hi};
    c.out.set("y", quantized<qnn_linear<K>>(c, q, x).decoded);
    c.out.set("grad_x", gradient(q, x, groups_of<float>(c, "g")));
  });
}

void lin_quant(context& c) {
  with_width(c.param<int>("bits"), [&]<int K>() {
    c.out.set("y", quantized<qnn_linear<K>>(c, lognet_linear<K>(c.param<int>("fsr")),
                                            groups_of<float>(c, "x"))
                       .decoded);
  });
}

/// The file counts intervals from zero.
void midrise_levels(context& c) {
  with_width(c.param<int>("bits"), [&]<int K>() {
    const quantized<midrise<K>> result(c, {c.param<float>("step")}, groups_of<float>(c, "x"));
    std::vector<int> codes;
    for (index_t k = 0; k < result.codes.cols(); ++k)
      codes.push_back(result.codes(0, k) - (1 << (K - 1)));
    c.out.set("codes", codes);
    c.out.set("y", result.decoded);
  });
}

/// One token per row.
void bitnet_act8(context& c) {
  const auto x = rows_of<float>(c.in.at("x"));
  with_width(c.param<int>("bits"), [&]<int K>() {
    if constexpr (K > 1) {
      const quantized<bitnet_activation<K>> result(c, {c.param<float>("min_max"), 1}, x);
      c.out.set("q", result.integers);
      c.out.set("y", result.decoded);
      std::vector<float> scale;
      for (const auto& fit : result.fits) scale.push_back(1 / fit.levels().scale);
      c.out.set("scale", scale);
    }
  });
}

const operations registered{{"bcgd_act", bcgd_act},    {"bitnet_act8", bitnet_act8},
                            {"lin_quant", lin_quant},  {"lsq", learned_step},
                            {"lsq_init", lsq_init},    {"midrise", midrise_levels},
                            {"pact", pact_activation}, {"qnn_linear", qnn_linear_levels},
                            {"wrpn_act", wrpn_act},    {"wrpn_weight", wrpn_weights}};

}  // namespace

}  // namespace test_uniform
