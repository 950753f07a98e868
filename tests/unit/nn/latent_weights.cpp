// Which latent weights an optimizer clips: those of methods whose papers do, at their outermost levels.
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/nn/policies/fixed.hpp>
#include <lowbit/quantize/methods/bitnet_ternary.hpp>
#include <lowbit/quantize/methods/dorefa_weight.hpp>
#include <lowbit/quantize/methods/fixed_point.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/midrise.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/ternary_threshold.hpp>
#include <lowbit/quantize/methods/twn.hpp>
#include <lowbit/quantize/methods/vnq.hpp>
#include <lowbit/quantize/methods/wage.hpp>
#include <lowbit/quantize/methods/wrpn.hpp>

#include "support/catch.hpp"

namespace test_latent_weights {

namespace nn = lowbit::nn;
using lowbit::random_stream;

namespace {

/// After a step with gradient 0 from (0.9, -0.6, 0.3, -0.1).
template <class Q>
nn::float_matrix after_idle_step(const Q& q) {
  nn::linear<Q, nn::real> layer(1, 4, random_stream(1), {}, q);
  layer.weights().value << 0.9f, -0.6f, 0.3f, -0.1f;
  nn::sgd({&layer.weights()}).step();
  return layer.weights().value;
}

template <class Q>
void check_idle_step(const char* name, const Q& q, float clip) {
  INFO(name);
  const nn::float_matrix expected = (nn::float_matrix(4, 1) << 0.9f, -0.6f, 0.3f, -0.1f).finished();
  CHECK(after_idle_step(q) == expected);
  CHECK(nn::linear<Q, nn::real>(2, 2, random_stream(1), {}, q).weights().clip == clip);
  CHECK(nn::conv2d<Q, nn::real>(2, 2, lowbit::square_window(1), random_stream(1), {}, q)
            .weights()
            .clip == clip);
}

}  // namespace

TEST_CASE("a step with gradient 0 moves no latent weight inside the levels' range") {
  check_idle_step("sign", lowbit::sign<>{}, 1);
  check_idle_step("BinaryConnect, H = 2", lowbit::sign<lowbit::ste::identity>{{}, 2}, 2);
  check_idle_step("TernaryConnect", lowbit::ternary_threshold<>{}, 1);
  check_idle_step("thresholds beyond the levels",
                  lowbit::ternary_threshold<>{{}, -0.5f, 0.5f, 0.25f}, 0);
  check_idle_step("wage_weight<2>", lowbit::wage_weight<2>{}, 127 / 128.0f);
  check_idle_step("wage_weight<4>", lowbit::wage_weight<4>{}, 127 / 128.0f);
  check_idle_step("wage_weight<8>", lowbit::wage_weight<8>{}, 127 / 128.0f);
  check_idle_step("fixed_point<8>", lowbit::fixed_point<8>{}, 0);
  check_idle_step("fixed_point<4>", lowbit::fixed_point<4>{}, 0);
  check_idle_step("dynamic_fixed_point<8>", lowbit::dynamic_fixed_point<8>{}, 0);
  check_idle_step("midrise<3>", lowbit::midrise<3>{0.25f}, 0);
  check_idle_step("wrpn_weight<4>", lowbit::wrpn_weight<4>{}, 0);
  check_idle_step("vnq", lowbit::vnq{}, 0);
  check_idle_step("lsq<4>", nn::fixed(lowbit::lsq<4>{.step = 0.1f}), 0);
  check_idle_step("real", nn::real{}, 0);
  check_idle_step("twn", lowbit::twn<>{}, 0);
  check_idle_step("bitnet_ternary", lowbit::bitnet_ternary<>{}, 0);
  check_idle_step("dorefa_weight<2>", lowbit::dorefa_weight<2>{}, 0);
}

TEST_CASE("latent weights beyond the outer levels are brought back where the paper does so") {
  CHECK(after_idle_step(lowbit::sign<>{{}, 0.5f}) ==
        (nn::float_matrix(4, 1) << 0.5f, -0.5f, 0.3f, -0.1f).finished());
}

}  // namespace test_latent_weights
