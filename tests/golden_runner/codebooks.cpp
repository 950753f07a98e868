// Golden operations of fitted levels: k-means, powers of two, least-squares steps, levels for normal
// numbers, two-step quantization.
#include "lowbit/core/rounding.hpp"
#include "lowbit/quantize/fit/gaussian_levels.hpp"
#include "lowbit/quantize/methods/bit_allocation.hpp"
#include "lowbit/quantize/methods/inq.hpp"
#include "lowbit/quantize/methods/kmeans.hpp"
#include "lowbit/quantize/methods/l2_step.hpp"
#include "lowbit/quantize/methods/shiftcnn.hpp"
#include "lowbit/quantize/methods/tsq_activation.hpp"
#include "lowbit/quantize/methods/tsq_weights.hpp"
#include "quantized.hpp"
#include "support/kernels.hpp"

namespace test_codebooks {

using namespace golden;

namespace {

void kmeans_sharing(context& c) {
  const auto w = groups_of<float>(c, "w"), g = groups_of<float>(c, "g");
  const int k = c.param<int>("k");
  const auto init = c.param<std::string>("init");
  if (init != "linear" && init != "density")
    throw std::runtime_error("init " + init + " is not known");
  int width = 1;
  while (1 << width < k) ++width;
  with_width(width, [&]<int K>() {
    kmeans<K> q;
    q.centroids = k;
    if (init == "density") q.start = centroid_start::density;
    const quantized<kmeans<K>> result(c, q, w);
    const kmeans<K>& fit = result.fits[0];
    const auto d = parameter_gradient(fit, w.row(0), g.row(0)).centroid;
    c.out.set("centroids",
              std::vector<float>(fit.table.table.begin(), fit.table.table.begin() + k));
    c.out.set("codes", result.codes);
    c.out.set("wq", result.decoded);
    c.out.set("iterations", static_cast<double>(fit.rounds));
    c.out.set("grad_centroids", std::vector<float>(d.begin(), d.begin() + k));
  });
}

/// f.template operator()<K>() for the widths of INQ.
template <class F>
void with_inq_width(const context& c, F f) {
  with_width(c.param<int>("bits"), [&]<int K>() {
    if constexpr (K >= 2)
      f.template operator()<K>();
    else
      throw std::runtime_error("INQ has no 1-bit codes");
  });
}

void inq_exponents(context& c) {
  with_inq_width(c, [&]<int K>() {
    const auto fit = inq<K>{}.fit(groups_of<float>(c, "w").row(0));
    c.out.set("n1", static_cast<double>(fit.n1));
    c.out.set("n2", static_cast<double>(fit.n2()));
  });
}

void inq_quantize(context& c) {
  with_inq_width(c, [&]<int K>() {
    const quantized<inq<K>> result(c, {}, groups_of<float>(c, "w"));
    c.out.set("n1", static_cast<double>(result.fits[0].n1));
    c.out.set("n2", static_cast<double>(result.fits[0].n2()));
    c.out.set("wq", result.decoded);
  });
}

/// One round: freeze the largest, take a gradient step with the others.
void inq_step(context& c) {
  with_inq_width(c, [&]<int K>() {
    auto w = floats<float>(c.in.at("w"));
    const auto g = floats<float>(c.in.at("grad"));
    std::vector<std::uint8_t> frozen(w.size());
    freeze_largest(inq<K>{}.fit(w), c.param<double>("portion"), w, frozen);
    for (std::size_t i = 0; i < w.size(); ++i)
      if (frozen[i] == 0) w[i] -= c.param<float>("lr") * g[i];
    c.out.set("frozen", frozen);
    c.out.set("w_new", w);
  });
}

template <int N, int B>
void shift_indices(context& c) {
  const auto w = groups_of<float>(c, "w");
  const float largest = detail::quantizers::max_abs(w.row(0), "shiftcnn");
  matrix<std::int32_t> index(N, w.cols());
  matrix<float> wq(1, w.cols());
  for (index_t k = 0; k < w.cols(); ++k) {
    const auto terms = shift_terms<N, B>::of(w(0, k), largest);
    for (int n = 0; n < N; ++n) index(n, k) = terms.index[static_cast<std::size_t>(n)];
    wq(0, k) = terms.real(largest);
  }
  if constexpr (N * B <= 8)
    if (!(quantized<shiftcnn<N, B>>(c, {}, w).decoded == wq))
      c.failures.push_back("the packed codes stand for other numbers than the terms");
  c.out.set("max", static_cast<double>(largest));
  c.out.set("index", index);
  c.out.set("wq", wq);
}
void shiftcnn_terms(context& c) {
  const int terms = c.param<int>("N"), bits = c.param<int>("B");
  with_width(terms, [&]<int N>() {
    with_width(bits, [&]<int B>() {
      if constexpr (N <= 4 && B >= 2)
        shift_indices<N, B>(c);
      else
        throw std::runtime_error("ShiftCNN has 1 to 4 terms of at least 2 bits here");
    });
  });
}

void uniform_l2_fit(context& c) {
  const auto w = groups_of<float>(c, "w");
  with_inq_width(c, [&]<int K>() {
    const quantized<l2_step<K>> result(c, {}, w);
    double error = 0;
    for (index_t k = 0; k < w.cols(); ++k) {
      const double d = static_cast<double>(w(0, k)) - static_cast<double>(result.decoded(0, k));
      error += d * d;
    }
    c.out.set("step", result.each(&l2_step<K>::step));
    c.out.set("codes", result.integers);
    c.out.set("iterations", static_cast<double>(result.fits[0].rounds));
    c.out.set("error_sq", error);
  });
}

void sqnr_step_table(context& c) {
  std::vector<double> steps, ratios;
  for (const int bits : floats<int>(c.in.at("bits"))) {
    steps.push_back(midrise_step(bits));
    ratios.push_back(midrise_sqnr(bits));
  }
  c.out.set("step", steps);
  c.out.set("sqnr_db", ratios);
}

void sqnr_bits(context& c) {
  const auto rho = floats<double>(c.in.at("rho"));
  std::vector<double> beta(rho.size());
  allocate_bits(rho, c.param<double>("beta_ref"), beta, c.param<double>("kappa_db"));
  std::vector<std::int64_t> bits;
  for (const double b : beta) bits.push_back(round_half_even(b));
  c.out.set("beta", beta);
  c.out.set("bits", bits);
}

void hwgq_fit_gaussian(context& c) {
  const int m = c.param<int>("m");
  std::vector<double> levels(static_cast<std::size_t>(m));
  half_wave_levels(levels);
  c.out.set("levels", levels);
  c.out.set("uniform_step", half_wave_step(m));
  c.out.set("uniform_mse_half", half_wave_error(m, half_wave_step(m)));
}

void tsq_levels(context& c) {
  std::vector<double> levels(c.param<std::size_t>("m"));
  half_wave_levels(levels, c.param<double>("eps"));
  c.out.set("levels", levels);
}

void tsq_act(context& c) {
  const auto x = groups_of<float>(c, "x");
  const auto levels = c.param<std::vector<double>>("levels");
  int width = 1;
  while ((std::size_t{1} << width) - 1 < levels.size()) ++width;
  with_width(width, [&]<int K>() {
    const auto q = tsq_activation<K>::with_levels(c.param<float>("eps"), levels);
    matrix<code_t> codes(1, x.cols());
    matrix<float> y(1, x.cols()), dx(1, x.cols());
    for (index_t k = 0; k < x.cols(); ++k) {
      codes(0, k) = encode(q, x(0, k));
      y(0, k) = decode(q, codes(0, k));
    }
    if constexpr (K <= 2) compare_packed(c, q, x.row(0), codes.row(0));
    backward(q, x.row(0), groups_of<float>(c, "g").row(0), dx.row(0));
    c.out.set("codes", codes);
    c.out.set("y", y);
    c.out.set("grad_x", dx);
  });
}

void tsq_weight(context& c) {
  const auto x = rows_of<float>(c.in.at("X"));
  const auto filter = tsq_ternary(x.view(), floats<float>(c.in.at("y")));
  c.out.set("t", std::vector<std::int32_t>(filter.t.begin(), filter.t.end()));
  c.out.set("alpha", filter.scale);
  c.out.set("error_sq", filter.squared_error);
}

void tsq_aux(context& c) {
  const auto v = floats<double>(c.in.at("v")), y = floats<double>(c.in.at("y"));
  std::vector<double> z, cost;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const tsq_sample best =
        tsq_auxiliary(v[i], y[i], c.param<double>("lambda"), c.param<double>("M"));
    z.push_back(best.z);
    cost.push_back(best.cost);
  }
  c.out.set("z", z);
  c.out.set("cost", cost);
}

const operations registered{
    {"hwgq_fit_gaussian", hwgq_fit_gaussian},
    {"inq_exponents", inq_exponents},
    {"inq_quantize", inq_quantize},
    {"inq_step", inq_step},
    {"kmeans", kmeans_sharing},
    {"shiftcnn", shiftcnn_terms},
    {"sqnr_bits", sqnr_bits},
    {"sqnr_step_table", sqnr_step_table},
    {"tsq_act", tsq_act},
    {"tsq_aux", tsq_aux},
    {"tsq_levels", tsq_levels},
    {"tsq_weight", tsq_weight},
    {"uniform_l2_fit", uniform_l2_fit},
};

}  // namespace

}  // namespace test_codebooks
