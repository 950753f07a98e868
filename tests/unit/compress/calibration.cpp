// Ranges and steps from examples, and a network that gets codes without labels and training.
#include <lowbit/compress/calibrate.hpp>
#include <lowbit/compress/fine_grained.hpp>
#include <lowbit/compress/value_range.hpp>
#include <lowbit/encode/quantize.hpp>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/deployment/freeze.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"
#include "unit/compress/digit_network.hpp"

namespace test_calibration {

using namespace lowbit;
using namespace test;
using compress::range_rule;
using compress::value_range;

namespace {

double squared_error(const std::vector<float>& x, const any_quantizer& q) {
  std::vector<float> y(x.size());
  q.forward(x, y);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += std::pow(static_cast<double>(x[i]) - static_cast<double>(y[i]), 2);
  return sum;
}

}  // namespace

TEST_CASE("ranges by minimum, percentile and squared error") {
  std::vector<float> x;
  for (int i = 0; i < 1000; ++i) x.push_back(static_cast<float>(i - 200) / 1000);  // -0.2 ... 0.799
  x.push_back(100);
  const value_range all = compress::calibrated_range(x, 8, {range_rule::min_max});
  CHECK(all.lower == -0.2f);
  CHECK(all.upper == 100.0f);
  // 990 of 1001 numbers are at or below 0.789; 12 of them at or below -0.189.
  const value_range most = compress::calibrated_range(x, 8, {range_rule::percentile, 0.989});
  CHECK(most.upper == 0.789f);
  CHECK(most.lower == -0.189f);
  const value_range whole = compress::calibrated_range(x, 8, {range_rule::percentile, 1});
  CHECK(whole.upper == 100.0f);
  CHECK(whole.lower == -0.2f);
  CHECK(compress::calibrated_range({}, 4).upper == 0);
  // A range holds 0, where real zeros have a code.
  const std::vector<float> positive{2, 3, 4};
  for (const range_rule rule : {range_rule::min_max, range_rule::percentile})
    CHECK(compress::calibrated_range(positive, 8, {rule}).lower == 0);
}

TEST_CASE("the range of least squared error is the best of all parts") {
  auto random = test::generator(320);
  INFO(test::reproduce());
  std::normal_distribution<float> normal;
  for (const bool rectified : {true, false})
    for (const int bits : {1, 2, 3, 4, 8}) {
      std::vector<float> x(3000);
      for (float& v : x) {
        v = normal(random) * std::fabs(normal(random));
        if (rectified && v < 0) v = 0;
      }
      const value_range all = compress::calibrated_range(x, bits, {range_rule::min_max});
      const value_range best = compress::calibrated_range(x, bits);
      const double least = squared_error(x, compress::affine_over(best, bits));
      for (int k = 1; k <= 100; ++k) {
        const float part = static_cast<float>(k) / 100;
        REQUIRE(least <= squared_error(
                             x, compress::affine_over({part * all.lower, part * all.upper}, bits)));
      }
      CHECK(best.upper <= all.upper);
      if (rectified) CHECK(best.lower == 0);
      // Few levels clip much of a heavy tail.
      if (bits <= 3) CHECK(best.upper < 0.8f * all.upper);
      if (bits < 2) continue;
      const float step = compress::calibrated_step(x, bits);
      const float to_all = compress::calibrated_step(x, bits, {range_rule::min_max});
      CHECK(step <= to_all);
      CHECK(squared_error(x, compress::symmetric_with(step, bits)) <=
            squared_error(x, compress::symmetric_with(to_all, bits)));
    }
}

TEST_CASE("steps of symmetric codes") {
  const std::vector<float> w{-7, 1, 2, 3, 0.5f, -1, -2, -3, 4, 14};
  CHECK(compress::calibrated_step(w, 4, {range_rule::min_max}) == 2.0f);
  CHECK(compress::calibrated_step(w, 4, {range_rule::percentile, 0.9}) == 1.0f);
  CHECK(compress::calibrated_step({}, 4) == 0);
  const std::vector<float> zeros(3, 0.0f);
  CHECK(compress::calibrated_step(zeros, 4) == 0);
  CHECK_THROWS_WITH(compress::calibrated_step(w, 1), ContainsSubstring("1 bits"));
  CHECK_THROWS_WITH(compress::calibrated_range(w, 9), ContainsSubstring("9 bits"));
  CHECK_THROWS_WITH(compress::calibrated_range(w, 4, {range_rule::percentile, 0}),
                    ContainsSubstring("a share of 0"));
  const std::vector<float> broken{1, std::numeric_limits<float>::infinity()};
  for (const range_rule rule :
       {range_rule::min_max, range_rule::percentile, range_rule::squared_error})
    CHECK_THROWS_AS(compress::calibrated_range(broken, 4, {rule}), std::runtime_error);
}

TEST_CASE("a calibrated network keeps its accuracy") {
  const digits train(0, train_count), others(train_count, test_count);
  const nn::image_set images = train.set(), unseen = others.set();
  const auto accuracy = [&](network& net) { return nn::evaluate(net, unseen).accuracy; };
  network floats = trained();
  const double start = accuracy(floats);
  double of_rule[3] = {};
  for (const range_rule rule :
       {range_rule::min_max, range_rule::percentile, range_rule::squared_error}) {
    network net = trained();
    compress::model m(net, layers_of(net), images);
    const nn::float_matrix before = net.layers()[0].weights().value;
    compress::calibrate{
        .inputs = {8}, .weights = {8}, .of_inputs = {rule}, .of_weights = {rule}}(m);
    CHECK(net.layers()[0].weights().value == before);
    net.set_training(false);
    CHECK(accuracy(net) == Approx(start).margin(0.021));
    network low = trained();
    compress::model few(low, layers_of(low), images);
    compress::calibrate{
        .inputs = {4, 3}, .weights = {3}, .of_inputs = {rule}, .of_weights = {rule}}(few);
    of_rule[static_cast<int>(rule)] = accuracy(low);
  }
  CHECK(of_rule[2] > 0.8);
}

TEST_CASE("a calibrated network deploys in codes") {
  const digits train(0, train_count), others(train_count, test_count);
  const nn::image_set images = train.set();
  for (const bool fine : {false, true}) {
    nn::sequential net(trained().layers()[0], trained().layers()[1]);
    compress::model m(
        net, {{"one", &std::get<0>(net.layers())}, {"two", &std::get<1>(net.layers())}}, images);
    compress::calibrate{.inputs = {8, 4}, .weights = {4}}(m);
    if (fine) compress::fine_grained{8}(m);
    const auto packed = nn::deploy(net);
    const auto x = others.view();
    nn::feature_map read(x.shape);
    std::copy(others.x.begin(), others.x.end(), read.mutable_pixels().data());
    const auto result =
        nn::compare(nn::freeze(net).traced(read.read()), nn::traced(packed, read.read().view()));
    CHECK(result.hidden_codes > 0);
    CHECK(result.logits == test_count * classes);
    CHECK(result.identical());
  }
}

TEST_CASE("calibration takes the widths that were chosen, and refuses what makes no sense") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images);
  CHECK_THROWS_WITH((compress::calibrate{.inputs = {0}, .weights = {}}(m)),
                    ContainsSubstring("one has no width"));
  CHECK_THROWS_WITH((compress::calibrate{.inputs = {8}, .weights = {8, 8, 8}}(m)),
                    ContainsSubstring("3 numbers for 2 layers"));
  CHECK_THROWS_WITH((compress::calibrate{.inputs = {8}, .weights = {1}}(m)),
                    ContainsSubstring("1 bits"));
  CHECK_FALSE(net.layers()[0].input_policy_in_training().policy().is_quantizer());
  m.layers()[0].bits = 3;
  m.layers()[1].bits = 5;
  compress::calibrate{.inputs = {0}, .weights = {}}(m);
  CHECK(net.layers()[0].weight_quantizer().policy().format().plane_count == 3);
  CHECK(net.layers()[1].weight_quantizer().policy().format().plane_count == 5);
  CHECK_FALSE(net.layers()[0].input_policy_in_training().policy().is_quantizer());
  compress::calibrate{}(m);
  CHECK_THROWS_WITH(compress::calibrate{}(m),
                    ContainsSubstring("the inputs of one have a quantizer"));
}

TEST_CASE("FGQ has the best ternary codes, and scales of 8 bits") {
  auto random = test::generator(321);
  INFO(test::reproduce());
  std::normal_distribution<float> normal;
  matrix<float> w(6, 48);
  for (index_t i = 0; i < 6 * 48; ++i) w.data()[i] = normal(random);
  const std::span<const float> all(w.data(), 6 * 48);
  const fgq<> layer = fgq<>{}.fit_layer(all);
  const float largest = detail::quantizers::max_abs(all, "test");
  CHECK(layer.layer_unit * 255 >= largest);
  CHECK(layer.layer_unit * 255 < 2 * largest);
  for (index_t r = 0; r < 6; ++r)
    for (index_t first = 0; first < 48; first += 16) {
      const auto group = w.row(r).subspan(static_cast<std::size_t>(first), 16);
      const fgq<> q = layer.fit(group);
      const twn_exact<> best = twn_exact<>{}.fit(group);
      CHECK(q.delta == best.delta);
      const float k = q.alpha / layer.layer_unit;
      CHECK(k == std::round(k));
      CHECK((k >= 1 && k <= 255));
      CHECK(std::fabs(q.alpha - best.alpha) <= layer.layer_unit / 2);
    }
  // Groups of a matrix: the same numbers.
  const auto made = quantize(per_group(fgq<>{}, per::group<16>), w.view());
  CHECK(made.rows() == 6);
  const std::vector<float> zeros(8, 0.0f), tiny{1e-3f, -1e-3f, 1e-3f};
  CHECK(layer.fit(zeros).alpha == 0);
  CHECK(layer.fit(tiny).alpha == layer.layer_unit);
  CHECK(fgq<>{}.fit(tiny).alpha == Approx(1e-3f).epsilon(0.01));
  CHECK(fgq<>{}.fit(zeros).alpha == 0);
}

TEST_CASE("smaller groups make better ternary networks without retraining") {
  const digits train(0, train_count), others(train_count, test_count);
  const nn::image_set images = train.set(), unseen = others.set();
  network floats = trained();
  const double start = nn::evaluate(floats, unseen).accuracy;
  double noise[2] = {};
  for (const bool large : {false, true}) {
    const index_t group = large ? 64 : 4;
    network net = trained();
    compress::model m(net, layers_of(net), images);
    compress::pipeline p;
    p.add("inputs", compress::calibrate{.inputs = {8}, .weights = {0}})
        .add("FGQ", compress::fine_grained{group});
    const auto results = p.run(m, [&] { return 1 - nn::evaluate(net, unseen).accuracy; });
    CHECK(results.back().error <= 1 - start + 0.1);
    CHECK(net.layers()[0].weight_quantizer().grain().group_size == group);
    for (nn::conv_layer& l : net.layers()) {
      nn::float_matrix levels;
      l.weight_quantizer().forward(l.weights().value, levels);
      noise[large ? 1 : 0] += static_cast<double>((levels - l.weights().value).squaredNorm());
    }
  }
  CHECK(noise[0] < 0.7 * noise[1]);
  network net = trained();
  compress::model m(net, layers_of(net), images);
  CHECK_THROWS_WITH((compress::fine_grained{0}(m)), ContainsSubstring("groups of 0 weights"));
}

}  // namespace test_calibration
