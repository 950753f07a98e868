// Golden operations of functions without codes: activations, filters.
#include "golden_case.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/methods/circulant_filter.hpp"
#include "lowbit/quantize/methods/rprelu.hpp"

namespace test_functions {

using namespace golden;
using namespace lowbit;

namespace {

/// One set of numbers per channel, the first axis.
void rprelu_channels(context& c) {
  if (c.param<int>("channel_axis") != 0) throw std::runtime_error("channel_axis must be 0");
  const auto x = rows_of<float>(c.in.at("x")), g = rows_of<float>(c.in.at("g"));
  const auto gamma = floats<float>(c.in.at("gamma")), beta = floats<float>(c.in.at("beta")),
             zeta = floats<float>(c.in.at("zeta"));
  matrix<float> y(x.rows(), x.cols()), dx(x.rows(), x.cols());
  std::vector<float> grad_gamma, grad_beta, grad_zeta;
  for (index_t r = 0; r < x.rows(); ++r) {
    const auto channel = static_cast<std::size_t>(r);
    const rprelu f{gamma[channel], beta[channel], zeta[channel]};
    for (index_t k = 0; k < x.cols(); ++k) {
      y(r, k) = f(x(r, k));
      dx(r, k) = f.gradient(x(r, k), g(r, k));
    }
    const auto trained = parameter_gradient(f, x.row(r), g.row(r));
    grad_gamma.push_back(trained.gamma);
    grad_beta.push_back(trained.beta);
    grad_zeta.push_back(trained.zeta);
  }
  c.out.set("y", y);
  c.out.set("grad_x", dx);
  c.out.set("grad_gamma", grad_gamma);
  c.out.set("grad_beta", grad_beta);
  c.out.set("grad_zeta", grad_zeta);
}

void circulant(context& c) {
  const auto w = floats<float>(c.in.at("w"));
  c.out.set("expanded",
            circulant_filter(std::span<const float, 9>(w.data(), 9), c.param<index_t>("M")));
  const auto g = rows_of<float>(c.in.at("g"));
  if (g.cols() != 9) return;  // no gradient of the copies, but zeros in the shape of the filter
  const auto grad = circulant_gradient(g.view());
  c.out.set("grad_w", std::vector<float>(grad.begin(), grad.end()));
}

const operations registered{{"circulant", circulant}, {"rprelu", rprelu_channels}};

}  // namespace

}  // namespace test_functions
