// Golden operations of quantizers whose threshold or scale is fitted: exact ternary, FGQ, SYQ, BitNet,
// IR-Net, VNQ, TNN.
#include "golden_products.hpp"
#include "lowbit/quantize/methods/bitnet_binary.hpp"
#include "lowbit/quantize/methods/bitnet_ternary.hpp"
#include "lowbit/quantize/methods/irnet_weight.hpp"
#include "lowbit/quantize/methods/syq.hpp"
#include "lowbit/quantize/methods/tnn.hpp"
#include "lowbit/quantize/methods/twn_exact.hpp"
#include "lowbit/quantize/methods/vnq.hpp"
#include "quantized.hpp"

namespace test_fitted {

using namespace golden;

namespace {

template <class Q>
std::vector<double> squared_errors(const matrix<float>& x, const quantized<Q>& result) {
  std::vector<double> out;
  for (index_t r = 0; r < x.rows(); ++r) {
    double sum = 0;
    for (index_t k = 0; k < x.cols(); ++k) {
      const double d = static_cast<double>(x(r, k)) - static_cast<double>(result.decoded(r, k));
      sum += d * d;
    }
    out.push_back(sum);
  }
  return out;
}

void twn_exact_solver(context& c) {
  const auto w = groups_of<float>(c, "w");
  const quantized<twn_exact<>> result(c, {}, w);
  std::vector<index_t> nonzeros;
  for (const auto& fit : result.fits) nonzeros.push_back(fit.nonzeros);
  c.out.set("k", nonzeros);
  c.out.set("alpha", result.each(&twn_exact<>::alpha));
  c.out.set("t", result.integers);
  c.out.set("error_sq", squared_errors(w, result));
}

/// Groups of the flat array, as rows; the last may be shorter.
void fgq(context& c) {
  const auto w = floats<float>(c.in.at("w"));
  const auto size = static_cast<std::size_t>(c.param<index_t>("group"));
  std::vector<float> alpha, wq, errors;
  std::vector<std::int32_t> t;
  for (std::size_t first = 0; first < w.size(); first += size) {
    const auto n = static_cast<index_t>(std::min(size, w.size() - first));
    matrix<float> group(1, n);
    std::copy_n(w.begin() + static_cast<index_t>(first), n, group.data());
    const quantized<twn_exact<>> result(c, {}, group);
    alpha.push_back(result.fits[0].alpha);
    wq.insert(wq.end(), result.decoded.data(), result.decoded.data() + n);
    t.insert(t.end(), result.integers.data(), result.integers.data() + n);
    errors.push_back(static_cast<float>(squared_errors(group, result)[0]));
  }
  c.out.set("alpha", alpha);
  c.out.set("t", t);
  c.out.set("wq", wq);
  c.out.set("error_sq", errors);
}

/// An HWIO kernel with given scales: a group is what follows one (h, w), or one h.
template <class E>
void syq_groups(context& c) {
  const auto w = floats<float>(c.in.at("w")), g = floats<float>(c.in.at("g")),
             alpha = floats<float>(c.in.at("alpha"));
  if (alpha.empty() || w.size() % alpha.size() != 0)
    throw std::runtime_error("the scales do not divide the weights");
  const std::size_t size = w.size() / alpha.size();
  std::vector<std::int32_t> t;
  std::vector<float> wq, dw(w.size()), dalpha;
  for (std::size_t i = 0; i < alpha.size(); ++i) {
    syq<E> q;
    q.eta = c.param<float>("eta");
    q.alpha = alpha[i];
    const std::span<const float> x{w.data() + i * size, size}, upstream{g.data() + i * size, size};
    for (const float weight : x) {
      t.push_back(value<E>(encode(q, weight)));
      wq.push_back(decode(q, encode(q, weight)));
    }
    backward(q, x, upstream, std::span<float>{dw.data() + i * size, size});
    dalpha.push_back(parameter_gradient(q, x, upstream).alpha);
  }
  c.out.set("t", t);
  c.out.set("wq", wq);
  c.out.set("grad_w", dw);
  c.out.set("grad_alpha", dalpha);
}
void syq_kernel(context& c) {
  const auto kind = c.param<std::string>("kind");
  if (kind != "ternary" && kind != "binary")
    throw std::runtime_error("kind " + kind + " is not known");
  kind == "ternary" ? syq_groups<ternary>(c) : syq_groups<binary>(c);
}

void bitnet_b158(context& c) {
  const auto w = groups_of<float>(c, "w");
  bitnet_ternary<> q;
  q.epsilon = c.param<float>("eps");
  const quantized<bitnet_ternary<>> result(c, q, w);
  c.out.set("gamma", result.each(&bitnet_ternary<>::gamma));
  c.out.set("t", result.integers);
  c.out.set("wq", result.decoded);
  set_planes(c, result.integers);
  c.out.set("grad_w", gradient(q, w, groups_of<float>(c, "g")));
}

void bitnet_b1(context& c) {
  const auto w = groups_of<float>(c, "w");
  const quantized<bitnet_binary<>> result(c, {}, w);
  std::vector<double> means;
  for (index_t r = 0; r < w.rows(); ++r)
    means.push_back(detail::quantizers::mean_and_deviation(w.row(r), "mean").mean);
  c.out.set("mean", means);
  c.out.set("beta", result.each(&bitnet_binary<>::beta));
  c.out.set("codes", result.codes);
  c.out.set("wq", result.decoded);
  c.out.set("grad_w", gradient(bitnet_binary<>{}, w, groups_of<float>(c, "g")));
}

void libra_pb(context& c) {
  const auto w = groups_of<float>(c, "w");
  irnet_weight<> q;
  q.surrogate_gradient = {c.param<float>("t"), c.param<float>("k")};
  const quantized<irnet_weight<>> result(c, q, w);
  std::vector<double> standardized;
  std::vector<int> shifts;
  for (index_t r = 0; r < w.rows(); ++r) {
    const irnet_weight<>& fit = result.fits[static_cast<std::size_t>(r)];
    for (const float x : w.row(r)) standardized.push_back(fit.standardized(x));
    shifts.push_back(fit.shift);
  }
  c.out.set("w_std", standardized);
  c.out.set("shift", shifts);
  c.out.set("codes", result.codes);
  c.out.set("wq", result.decoded);
  c.out.set("grad_w", gradient(q, w, groups_of<float>(c, "g")));
}

void vnq_map(context& c) {
  const auto theta = floats<float>(c.in.at("theta")), sigma = floats<float>(c.in.at("sigma"));
  vnq q;
  q.a = c.param<float>("a");
  q.log_alpha_limit = c.param<float>("log_alpha_threshold");
  std::vector<double> log_alpha, pruned, wq;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    log_alpha.push_back(vnq::log_alpha(theta[i], sigma[i]));
    pruned.push_back(q.pruned(theta[i], sigma[i]) ? 1 : 0);
    wq.push_back(static_cast<double>(decode(q, q.map_code(theta[i], sigma[i]))));
  }
  c.out.set("log_alpha", log_alpha);
  c.out.set("pruned", pruned);
  c.out.set("wq", wq);
}

void tnn_layer(context& c) {
  const auto w = rows_of<float>(c.in.at("w"));
  const auto upper = floats<float>(c.in.at("t_pos")), lower = floats<float>(c.in.at("t_neg"));
  matrix<std::int32_t> t(w.rows(), w.cols());
  for (index_t r = 0; r < w.rows(); ++r) {
    ternary_threshold<> q;
    q.lower = lower[static_cast<std::size_t>(r)];
    q.upper = upper[static_cast<std::size_t>(r)];
    for (index_t k = 0; k < w.cols(); ++k) t(r, k) = value<ternary>(encode(q, w(r, k)));
  }
  const auto code = [](int v) {
    return v == 0 ? ternary::zero : v > 0 ? ternary::plus : ternary::minus;
  };
  const auto x = packed<ternary>(rows_of<std::int32_t>(c.in.at("x")), code),
             weights = packed<ternary>(t, code);
  const auto acc = product(c, x.view(), weights.view());
  const auto low = floats<std::int32_t>(c.in.at("b_lo")),
             high = floats<std::int32_t>(c.in.at("b_hi"));
  matrix<std::int32_t> y(acc.rows(), acc.cols());
  for (index_t m = 0; m < y.rows(); ++m)
    for (index_t n = 0; n < y.cols(); ++n)
      y(m, n) = ternary_interval{low[static_cast<std::size_t>(n)],
                                 high[static_cast<std::size_t>(n)]}(acc(m, n));
  c.out.set("t", t);
  c.out.set("acc", acc);
  c.out.set("y", y);
}

const operations registered{
    {"bitnet_binary", bitnet_b1},
    {"bitnet_ternary", bitnet_b158},
    {"fgq", fgq},
    {"libra_pb", libra_pb},
    {"syq", syq_kernel},
    {"tnn_layer", tnn_layer},
    {"twn_exact", twn_exact_solver},
    {"vnq_map", vnq_map},
};

}  // namespace

}  // namespace test_fitted
