// Golden operations of quantizers: codes, levels and gradients from the scalar policy, and the
// packed codes of quantize() on every ISA against them.
#include <algorithm>

#include "golden_case.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/ops/quantize.hpp"
#include "lowbit/quantize/catalogue.hpp"
#include "lowbit/tensor/pack.hpp"

using namespace lowbit;
using golden::context;
using golden::numbers;
using golden::rows_of;

namespace {

/// One row a group, whatever the file calls it: per_tensor is one group.
template <class T>
matrix<T> groups_of(const context& c, const char* name) {
  const std::string grain = c.params.value("granularity", "per_tensor");
  if (grain == "per_channel_axis0") return rows_of<T>(c.in.at(name));
  if (grain != "per_tensor") throw std::runtime_error("granularity " + grain + " is not known");
  const std::vector<T> all = numbers<T>(c.in.at(name));
  matrix<T> out(1, static_cast<index_t>(all.size()));
  std::copy(all.begin(), all.end(), out.data());
  return out;
}

/// Codes and reals of every group; the fitted quantizers. Checks quantize() on every ISA against
/// encode().
template <class Q>
struct quantized {
  std::vector<Q> fits;
  matrix<code_t> codes;
  matrix<std::int32_t> integers;
  matrix<float> reals;

  quantized(context& c, const Q& prototype, const matrix<float>& x)
      : codes(x.rows(), x.cols()), integers(x.rows(), x.cols()), reals(x.rows(), x.cols()) {
    for (index_t r = 0; r < x.rows(); ++r) {
      Q fit = prototype;
      if constexpr (fitted<Q>) fit = prototype.fit(x.row(r));
      for (index_t k = 0; k < x.cols(); ++k) {
        codes(r, k) = fit.encode(x(r, k));
        integers(r, k) = value<typename Q::encoding>(codes(r, k));
        reals(r, k) = decode(fit, codes(r, k));
      }
      fits.push_back(fit);
    }
    for_each_isa([&](isa_tag auto tag) {
      matrix<code_t> packed(x.rows(), x.cols());
      for (index_t r = 0; r < x.rows(); ++r) {
        const matrix_view<const float> row(x.row(r).data(), 1, x.cols());
        const auto m = quantize(tag, prototype, row);
        for (index_t k = 0; k < x.cols(); ++k) packed(r, k) = m.codes().code(0, k);
      }
      if (!(packed == codes))
        c.failures.push_back(std::string("packed codes differ on ") + decltype(tag)::name);
    });
  }
  /// A member of every fit.
  std::vector<float> each(float Q::*member) const {
    std::vector<float> out;
    for (const Q& fit : fits) out.push_back(fit.*member);
    return out;
  }
};

/// backward() of every group.
template <class Q>
matrix<float> gradient(const Q& prototype, const matrix<float>& x, const matrix<float>& g) {
  matrix<float> out(x.rows(), x.cols());
  for (index_t r = 0; r < x.rows(); ++r) {
    Q fit = prototype;
    if constexpr (fitted<Q>) fit = prototype.fit(x.row(r));
    backward(fit, x.row(r), g.row(r), out.row(r));
  }
  return out;
}

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

/// Packed codes of ternary integers.
packed_matrix<ternary> pack_ternary(const matrix<std::int32_t>& t) {
  matrix<code_t> codes(t.rows(), t.cols());
  for (index_t k = 0; k < t.cols(); ++k)
    codes(0, k) = t(0, k) == 0 ? ternary::zero : t(0, k) > 0 ? ternary::plus : ternary::minus;
  return pack<ternary>(codes.view());
}

/// P and N of one row of ternary integers, 64 a word.
void set_planes(context& c, const matrix<std::int32_t>& t) {
  if (t.rows() != 1) return;
  std::vector<std::uint64_t> p(static_cast<std::size_t>(ceil_div(t.cols(), 64))), n(p.size());
  const auto packed = pack_ternary(t);
  for (std::size_t w = 0; w < p.size(); ++w) {
    const word nonzero = packed.view().plane_row(0, 0)[w],
               negative = packed.view().plane_row(0, 1)[w];
    p[w] = nonzero & ~negative;
    n[w] = negative;
  }
  c.out.words["plane_p"] = p;
  c.out.words["plane_n"] = n;
}

void twn_weight(context& c) {
  const auto w = groups_of<float>(c, "w");
  const quantized<twn<>> result(c, {}, w);
  c.out.set("delta", result.each(&twn<>::delta));
  c.out.set("alpha", result.each(&twn<>::alpha));
  c.out.set("t", result.integers);
  c.out.set("wq", result.reals);
  set_planes(c, result.integers);
  if (!c.in.contains("g")) return;
  const auto g = groups_of<float>(c, "g");
  c.out.set("grad_w", gradient(twn<>{}, w, g));
  c.out.set("grad_w_larq", gradient(twn<ste::hard_tanh>{}, w, g));
}

/// A given threshold: twn without its fit.
void ternarize(context& c) {
  twn<> q;
  q.delta = c.param<float>("delta");
  const auto w = numbers<float>(c.in.at("w"));
  matrix<std::int32_t> t(1, static_cast<index_t>(w.size()));
  for (index_t i = 0; i < t.cols(); ++i)
    t(0, i) = value<ternary>(q.encode(w[static_cast<std::size_t>(i)]));
  c.out.set("t", t);
  set_planes(c, t);
}

/// f.template operator()<K>() for a bit width known at run time.
template <class F>
void with_width(int k, F f) {
  [&]<int... K>(std::integer_sequence<int, K...>) {
    if (!((k == K + 1 ? (f.template operator()<K + 1>(), true) : false) || ...))
      throw std::runtime_error("bit width " + std::to_string(k) + " is not in 1 ... 8");
  }
  (std::make_integer_sequence<int, 8>{});
}

void dorefa_act(context& c) {
  const auto x = groups_of<float>(c, "x");
  with_width(c.param<int>("k"), [&]<int K>() {
    const quantized<dorefa_activation<K>> result(c, {}, x);
    c.out.set("codes", result.codes);
    c.out.set("y", result.reals);
    c.out.set("grad_x", gradient(dorefa_activation<K>{}, x, groups_of<float>(c, "g")));
  });
}

void dorefa_weights(context& c) {
  const auto w = groups_of<float>(c, "w"), g = groups_of<float>(c, "g");
  with_width(c.param<int>("k"), [&]<int K>() {
    const quantized<dorefa_weight<K>> result(c, {}, w);
    c.out.set("codes", result.codes);
    c.out.set("wq", result.reals);
    c.out.set("grad_w", gradient(dorefa_weight<K>{}, w, g));
    if constexpr (K > 1)
      c.out.set("grad_w_through_max", gradient(dorefa_weight<K, max_gradient::through>{}, w, g));
  });
}

void round_all_modes(context& c) {
  const auto x = numbers<double>(c.in.at("x")), u = numbers<double>(c.in.at("u"));
  std::vector<std::int64_t> rne, rha, rhu, stoch;
  for (std::size_t i = 0; i < x.size(); ++i) {
    rne.push_back(round_half_even(x[i]));
    rha.push_back(round_half_away(x[i]));
    rhu.push_back(round_half_up(x[i]));
    stoch.push_back(round_stochastic(x[i], u[i]));
  }
  c.out.set("rne", rne);
  c.out.set("rha", rha);
  c.out.set("rhu", rhu);
  c.out.set("stoch", stoch);
}

}  // namespace

const std::map<std::string, golden::operation>& golden::quantizer_operations() {
  static const std::map<std::string, operation> table{
      {"approx_sign", approx_sign},
      {"binarize", binarize},
      {"binarize_stochastic", binarize_stochastic},
      {"bwn", bwn},
      {"dorefa_act", dorefa_act},
      {"dorefa_weight", dorefa_weights},
      {"mag_sign", mag_sign},
      {"magnitude_aware", magnitude_aware},
      {"round_all_modes", round_all_modes},
      {"sign_ste", sign_ste},
      {"sign_ste_identity", sign_ste_identity},
      {"ternarize", ternarize},
      {"twn", twn_weight},
  };
  return table;
}
