// Golden operations of sums of binary planes: ABC-Net, HORQ, network sketching, LQ-Nets, TTQ.
#include "lowbit/quantize/methods/abc_activation.hpp"
#include "lowbit/quantize/methods/abc_weight.hpp"
#include "lowbit/quantize/methods/lq_nets.hpp"
#include "lowbit/quantize/methods/residual_sign.hpp"
#include "lowbit/quantize/methods/ttq.hpp"
#include "quantized.hpp"

namespace test_multi_basis {

using namespace golden;

namespace {

/// The planes of one row of codes, a row each.
matrix<std::int32_t> planes_of(const matrix<code_t>& codes, int count) {
  matrix<std::int32_t> out(count, codes.cols());
  for (int p = 0; p < count; ++p)
    for (index_t k = 0; k < codes.cols(); ++k) out(p, k) = codes(0, k) >> p & 1;
  return out;
}

double squared_error(const matrix<float>& x, const matrix<float>& y) {
  double sum = 0;
  for (index_t k = 0; k < x.cols(); ++k) {
    const double d = static_cast<double>(x(0, k)) - static_cast<double>(y(0, k));
    sum += d * d;
  }
  return sum;
}

template <std::size_t M>
std::vector<float> listed(const std::array<float, M>& a) {
  return {a.begin(), a.end()};
}
template <std::size_t M>
std::array<float, M> array_of(const std::vector<float>& v) {
  if (v.size() != M) throw std::runtime_error("a list has another length");
  std::array<float, M> out{};
  std::copy(v.begin(), v.end(), out.begin());
  return out;
}

void abc_weights(context& c) {
  const auto w = groups_of<float>(c, "w");
  with_width(c.param<int>("M"), [&]<int M>() {
    const quantized<abc_weight<M>> result(c, {}, w);
    std::vector<double> u;
    for (std::size_t m = 0; m < std::size_t{M}; ++m) u.push_back(abc_weight<M>::shift(m));
    c.out.set("u", u);
    c.out.set("codes", planes_of(result.codes, M));
    c.out.set("alpha", listed(result.fits[0].alpha));
    c.out.set("wq", result.decoded);
    c.out.set("mse", squared_error(w, result.decoded) / static_cast<double>(w.cols()));
    c.out.set("grad_w", gradient(abc_weight<M>{}, w, groups_of<float>(c, "g")));
  });
}

void abc_acts(context& c) {
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  const auto v = floats<float>(c.in.at("v")), beta = floats<float>(c.in.at("beta"));
  with_width(static_cast<int>(v.size()), [&]<int M>() {
    abc_activation<M> q;
    q.shift = array_of<std::size_t{M}>(v);
    q.beta = array_of<std::size_t{M}>(beta);
    const quantized<abc_activation<M>> result(c, q, x);
    c.out.set("codes", planes_of(result.codes, M));
    c.out.set("y", result.decoded);
    c.out.set("grad_x", gradient(q, x, g));
    const auto d = parameter_gradient(q, x.row(0), g.row(0));
    c.out.set("grad_v", listed(d.shift));
    c.out.set("grad_beta", listed(d.beta));
  });
}

/// Coefficients, planes, and the squared error after 0, 1, ... planes (or after all).
template <residual_fit Fit>
void residuals(context& c, const char* input, int planes, const char* coefficients, bool each) {
  const auto x = groups_of<float>(c, input);
  with_width(planes, [&]<int M>() {
    using Q = residual_sign<M, Fit>;
    const quantized<Q> result(c, {}, x);
    c.out.set(coefficients, listed(result.fits[0].levels().coefficient));
    c.out.set("codes", planes_of(result.codes, M));
    c.out.set("y", result.decoded);
    std::vector<double> errors{squared_error(x, matrix<float>(1, x.cols()))};
    for (std::size_t m = 0; m < std::size_t{M}; ++m) {
      matrix<float> y(1, x.cols());
      for (index_t k = 0; k < x.cols(); ++k) {
        double sum = 0;
        for (std::size_t i = 0; i <= m; ++i)
          sum += (result.codes(0, k) >> i & 1) != 0 ? result.fits[0].history[m][i]
                                                    : -result.fits[0].history[m][i];
        y(0, k) = static_cast<float>(sum);
      }
      errors.push_back(squared_error(x, y));
    }
    if (each)
      c.out.set("residual_sq", errors);
    else
      c.out.set("residual_sq", errors.back());
  });
}

void residual_binarize(context& c) {
  residuals<residual_fit::greedy>(c, "x", c.param<int>("K"), "beta", true);
}
void sketch_direct(context& c) {
  residuals<residual_fit::greedy>(c, "w", c.param<int>("m"), "a", false);
}
void sketch_refined(context& c) {
  residuals<residual_fit::refined>(c, "w", c.param<int>("m"), "a", false);
}

/// f.template operator()<K, kind>() for the basis of the case.
template <class F>
void with_basis(const context& c, F f) {
  const auto kind = c.param<std::string>("kind");
  if (kind != "weight" && !kind.starts_with("act"))
    throw std::runtime_error("kind " + kind + " is not known");
  with_width(static_cast<int>(floats<float>(c.in.at("v")).size()), [&]<int K>() {
    if (kind == "weight")
      f.template operator()<K, plane_kind::bipolar>();
    else
      f.template operator()<K, plane_kind::unipolar>();
  });
}

template <class Q>
void set_levels(context& c, const Q& q) {
  std::vector<float> levels;
  for (const code_t code : q.stairs.codes) levels.push_back(decode(q, code));
  c.out.set("levels", levels);
}

/// The basis as it is: a fit of no rounds.
void lq_assign(context& c) {
  const auto x = groups_of<float>(c, "x");
  with_basis(c, [&]<int K, plane_kind Kind>() {
    lq_nets<K, Kind> q;
    q.rounds = 0;
    q = q.with_basis(array_of<std::size_t{K}>(floats<float>(c.in.at("v"))));
    const quantized<lq_nets<K, Kind>> result(c, q, x);
    set_levels(c, result.fits[0]);
    c.out.set("bits", result.codes);
    c.out.set("y", result.decoded);
    c.out.set("grad_x", gradient(q, x, groups_of<float>(c, "g")));
  });
}

void lq_qem(context& c) {
  const auto x = groups_of<float>(c, "x");
  with_basis(c, [&]<int K, plane_kind Kind>() {
    lq_nets<K, Kind> q;
    q = q.with_basis(array_of<std::size_t{K}>(floats<float>(c.in.at("v"))));
    q.ridge = c.param<float>("delta");
    std::vector<double> errors;
    for (q.rounds = 0; q.rounds < c.param<int>("iters"); ++q.rounds)
      errors.push_back(squared_error(x, quantized<lq_nets<K, Kind>>(c, q, x).decoded) /
                       static_cast<double>(x.cols()));
    const quantized<lq_nets<K, Kind>> result(c, q, x);
    errors.push_back(squared_error(x, result.decoded) / static_cast<double>(x.cols()));
    c.out.set("v", listed(result.fits[0].basis));
    set_levels(c, result.fits[0]);
    c.out.set("bits", result.codes);
    c.out.set("mse_history", errors);
    c.out.set("v_ema", listed(q.moved_towards(result.fits[0]).basis));
  });
}

void ttq_weight(context& c) {
  const auto w = groups_of<float>(c, "w"), g = groups_of<float>(c, "g");
  ttq q;
  q.delta = c.param<float>("delta");
  q.positive = floats<float>(c.in.at("Wp")).at(0);
  q.negative = floats<float>(c.in.at("Wn")).at(0);
  matrix<std::int32_t> t(1, w.cols());
  matrix<float> wq(1, w.cols()), dw(1, w.cols());
  for (index_t k = 0; k < w.cols(); ++k) {
    const code_t code = encode(q, w(0, k));
    t(0, k) = code == 1 ? 1 : code == 2 ? -1 : 0;
    wq(0, k) = decode(q, code);
  }
  backward(q, w.row(0), g.row(0), dw.row(0));
  c.out.set("t", t);
  c.out.set("wq", wq);
  c.out.set("grad_w", dw);
  const auto d = parameter_gradient(q, w.row(0), g.row(0));
  c.out.set("grad_Wp", static_cast<double>(d.positive));
  c.out.set("grad_Wn", static_cast<double>(d.negative));
}

void ttq_threshold(context& c) {
  ttq q;
  q.factor = c.param<float>("t");
  c.out.set("delta", quantized<ttq>(c, q, groups_of<float>(c, "w")).each(&ttq::delta));
}

const operations registered{
    {"abc_acts", abc_acts},
    {"abc_weights", abc_weights},
    {"lq_assign", lq_assign},
    {"lq_qem", lq_qem},
    {"residual_binarize", residual_binarize},
    {"sketch_direct", sketch_direct},
    {"sketch_refined", sketch_refined},
    {"ttq", ttq_weight},
    {"ttq_threshold", ttq_threshold},
};

}  // namespace

}  // namespace test_multi_basis
