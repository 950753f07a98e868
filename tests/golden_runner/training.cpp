// Golden operations of training: losses, penalties, update rules, shift-based batch norm.
#include "golden_case.hpp"
#include "lowbit/nn/layers/batch_norm.hpp"
#include "lowbit/nn/losses/distillation.hpp"
#include "lowbit/nn/losses/distribution_loss.hpp"
#include "lowbit/nn/losses/vnq_divergence.hpp"
#include "lowbit/nn/losses/weight_penalties.hpp"
#include "lowbit/nn/optimizers/adamax.hpp"
#include "lowbit/nn/optimizers/blend.hpp"
#include "lowbit/nn/optimizers/bop.hpp"
#include "lowbit/nn/optimizers/discrete_transition.hpp"
#include "lowbit/nn/optimizers/sgd.hpp"
#include "lowbit/quantize/methods/xnor_weight.hpp"

namespace test_training {

using namespace golden;
using namespace lowbit;
using lowbit::nn::float_matrix;

namespace {

float_matrix field(context& c, const char* name) {
  const matrix<float> m = rows_of<float>(c.in.at(name));
  return Eigen::Map<const float_matrix>(m.data(), m.rows(), m.cols());
}
void set(context& c, const char* name, const float_matrix& m) {
  c.out.set(name, std::vector<float>(m.data(), m.data() + m.size()));
}
nn::parameter parameter_of(context& c, const char* values, const char* gradient) {
  const float_matrix w = field(c, values);
  nn::parameter p(w.rows(), w.cols());
  p.value = w;
  p.gradient = field(c, gradient);
  return p;
}

void sgd_then_clip(context& c) {
  nn::parameter p = parameter_of(c, "w", "grad");
  p.rate = c.params.value("lr_scale", 1.0f);
  p.clip = c.params.contains("H") ? c.param<float>("H") : c.param<float>("clip_value");
  nn::sgd({&p}, {.rate = c.param<float>("lr"), .momentum = 0}).step();
  set(c, "w_new", p.value);
}

void shift_adamax(context& c) {
  nn::parameter p = parameter_of(c, "theta", "grad");
  p.clip = c.param<float>("clip");
  nn::adamax optimizer(
      {&p}, {c.param<float>("alpha"), c.param<float>("beta1"), c.param<float>("beta2"), 0, true});
  optimizer.step();
  set(c, "theta_1", p.value);
  optimizer.step();
  set(c, "theta_2", p.value);
  set(c, "m", *optimizer.moments()[0]);
  set(c, "v", *optimizer.moments()[1]);
}

void bop(context& c) {
  nn::parameter p = parameter_of(c, "w", "g");
  nn::bop optimizer({&p}, {c.param<float>("gamma"), c.param<float>("threshold")});
  *optimizer.moments()[0] = field(c, "m");
  optimizer.step();
  set(c, "m_new", *optimizer.moments()[0]);
  set(c, "w_new", p.value);
}

void bcgd_update(context& c) {
  nn::parameter p = parameter_of(c, "w", "grad");
  const nn::blend rule{xnor_weight<>{}, c.param<float>("rho")};
  set(c, "wq", rule.quantized(p.value));
  nn::sgd descent({&p}, {.rate = 1, .momentum = 0});
  nn::adjusted(descent, {&p}, rule).step(c.param<float>("eta"));
  set(c, "w_new", p.value);
}

void gxnor_dst(context& c) {
  const nn::discrete_transition rule{c.param<int>("N"), c.param<float>("m"), 1};
  const auto w = floats<float>(c.in.at("w")), dw = floats<float>(c.in.at("dw")),
             u = floats<float>(c.in.at("u"));
  std::vector<double> p;
  std::vector<float> moved;
  for (std::size_t i = 0; i < w.size(); ++i) {
    p.push_back(rule.of(w[i], dw[i]).probability);
    moved.push_back(rule(w[i], dw[i], u[i]));
  }
  c.out.set("p", p);
  c.out.set("w_new", moved);
}

void set_penalty(context& c, const nn::weight_penalty& penalty) {
  c.out.set("loss", penalty.loss);
  set(c, "grad_w", penalty.gradient);
  c.out.set("grad_alpha", penalty.alpha_gradient);
}
template <nn::distance By>
void reg(context& c) {
  set_penalty(c, nn::towards_levels(field(c, "w"), c.param<double>("alpha"),
                                    c.param<double>("lambda"), By));
}
void orth_reg(context& c) {
  set_penalty(c, nn::orthogonality(field(c, "w"), c.param<double>("beta")));
}

void kd_soft(context& c) {
  const auto loss = nn::soft_cross_entropy(field(c, "zT"), field(c, "zS"));
  c.out.set("loss", loss.loss);
  set(c, "grad_zS", loss.gradient);
}
void kd_apprentice(context& c) {
  const auto loss =
      nn::apprentice(field(c, "zT"), field(c, "zS"), floats<int>(c.in.at("y")),
                     {c.param<double>("a"), c.param<double>("b"), c.param<double>("c")});
  c.out.set("loss", loss.loss);
  set(c, "grad_zS", loss.student_gradient);
}

/// NC as it is; of NCHW every pixel becomes a row.
void distr_loss(context& c) {
  float_matrix x = field(c, "x");
  if (c.param<std::string>("layout") == "NCHW") {
    const auto shape = c.in.at("x").at("shape").get<std::vector<index_t>>();
    const index_t channels = shape[1], pixels = shape[2] * shape[3];
    float_matrix rows(shape[0] * pixels, channels);
    for (index_t n = 0; n < shape[0]; ++n)
      for (index_t k = 0; k < channels; ++k)
        for (index_t i = 0; i < pixels; ++i) rows(n * pixels + i, k) = x(n, k * pixels + i);
    x = rows;
  }
  const auto losses = nn::distribution_loss(x);
  c.out.set("mean", losses.mean);
  c.out.set("std", losses.deviation);
  c.out.set("loss1", losses.band);
  c.out.set("loss2", losses.mismatch);
}

void shift_bn(context& c) {
  const float_matrix x = field(c, "x");
  nn::batch_norm layer(x.cols(), {0.875f, c.param<float>("eps"), true});
  layer.gamma().value = field(c, "gamma");
  layer.beta().value = field(c, "beta");
  set(c, "y", layer.forward(x).pixels());
  set(c, "grad_x_code", layer.backward(field(c, "g")).pixels());
  set(c, "grad_gamma_code", layer.gamma().gradient);
  set(c, "grad_beta", layer.beta().gradient);
  // What evaluation multiplies with after one batch of momentum 0 is the batch's own rounded 1 / sqrt.
  nn::batch_norm last(x.cols(), {0, c.param<float>("eps"), true});
  (void)last.forward(x);
  set(c, "inv_std_ap2", last.running_variance().array().sqrt().inverse());
}

void vnq_kl(context& c) {
  const auto theta = floats<double>(c.in.at("theta")), sigma = floats<double>(c.in.at("sigma"));
  std::vector<double> kl;
  for (std::size_t i = 0; i < theta.size(); ++i)
    kl.push_back(
        nn::divergence_from_spikes(theta[i], sigma[i], c.param<double>("a"), c.param<double>("tau"))
            .value);
  c.out.set("kl", kl);
}

const operations registered{{"bcgd_update", bcgd_update},
                            {"bop", bop},
                            {"distr_loss", distr_loss},
                            {"gxnor_dst", gxnor_dst},
                            {"kd_apprentice", kd_apprentice},
                            {"kd_soft", kd_soft},
                            {"orth_reg", orth_reg},
                            {"reg_l1", reg<nn::distance::absolute>},
                            {"reg_l2", reg<nn::distance::squared>},
                            {"sgd_then_clip", sgd_then_clip},
                            {"shift_adamax", shift_adamax},
                            {"shift_bn", shift_bn},
                            {"vnq_kl", vnq_kl}};

}  // namespace

}  // namespace test_training
