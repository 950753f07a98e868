// CLIP-Q: clipping by shares, bins by ranges, the grid of rules, recorded inputs, and the step of a pipeline.
#include "lowbit/compress/clip_q.hpp"
#include "digit_network.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_clip_q {

using namespace lowbit;
using namespace test;
using compress::clip_partition;
using compress::clip_rule;
using nn::elements;

TEST_CASE("shares of both signs are clipped, and bins have the means of their weights",
          "[compress]") {
  const std::vector<float> w{-4, -3.8f, -1, -0.5f, 0, 0.5f, 1, 2, 2.2f, 4, -0.1f, 0.25f};
  // Half of the five negative ones, rounded down, and of the six positive ones: 0.1 and 0.5; 0.25, 0.5 and 1 go.
  const auto made = clip_partition(w, {0.5, 3});
  // What is left: 1 ... 4 and 2 ... 4. Of 7 bins, 3 to 2 in length: 4 and 3.
  CHECK(made.codes == std::vector<code_t>{4, 4, 1, 0, 0, 0, 0, 5, 5, 7, 0, 0});
  REQUIRE(made.codebook.size() == 8);
  CHECK(made.codebook[0] == 0);
  CHECK(made.codebook[4] == -3.9f);
  CHECK(made.codebook[1] == -1);
  CHECK(made.codebook[5] == 2.1f);
  CHECK(made.codebook[7] == 4);
  CHECK(made.codebook[6] == 0);  // nobody's
}

TEST_CASE("clipping has edges", "[compress]") {
  const std::vector<float> some{1, 2, 3, 4};
  CHECK(clip_partition(some, {1, 2}).codes == std::vector<code_t>{0, 0, 0, 0});
  CHECK(clip_partition(some, {0, 2}).codes == std::vector<code_t>{1, 2, 3, 3});
  CHECK(clip_partition({}, {0.5, 2}).codes.empty());
  const std::vector<float> zeros(5);
  CHECK(clip_partition(zeros, {0, 4}).codes == std::vector<code_t>(5, 0));
  const std::vector<float> equal{1, 1, 1, -1, -1};
  const auto of_equal = clip_partition(equal, {0.5, 2});
  CHECK(of_equal.codes[0] == of_equal.codes[2]);
  CHECK(of_equal.codebook[of_equal.codes[0]] == 1);
  CHECK(of_equal.codebook[of_equal.codes[3]] == -1);
  CHECK_THAT(error_of([&] {
               (void)clip_partition(some, {1.5, 4});
             }),
             ContainsSubstring("a share of 1.5, 4 bits"));
  CHECK_THAT(error_of([&] { (void)clip_partition(some, {0.5, 1}); }), ContainsSubstring("1 bits"));
  const std::vector<float> nan{1, std::nanf("")};
  CHECK_THAT(error_of([&] {
               (void)clip_partition(nan, {0.5, 4});
             }),
             ContainsSubstring("compress::clip_partition"));
}

TEST_CASE("windows of a layer are recorded as it multiplies them", "[compress]") {
  INFO(reproduce());
  // Two convolutions on 4 x 4 images; the second one reads a ReLU, padded with 0.
  const std::vector<float> floats = [] {
    auto random = generator(71);
    std::normal_distribution<float> normal;
    std::vector<float> all(6 * 16);
    for (float& x : all) x = normal(random);
    return all;
  }();
  const std::vector<index_t> labels(6);
  const nn::image_set images(nhwc<const float>(floats, {6, 4, 4, 1}), labels);
  const window three = square_window(3, 1, 1);
  network net(
      {nn::conv_layer(1, 3, three, random_stream(1), {.bias = true}, nn::real{}, nn::real{}),
       nn::conv_layer(3, 2, three, random_stream(2), {.bias = true}, nn::real{}, nn::relu{})});
  compress::model m(net, layers_of(net), images, {.batch = 2});
  const nn::float_matrix all = compress::recorded_windows(m, 1, {.images = 6, .most = 1000});
  REQUIRE(all.rows() == 6 * 16);
  REQUIRE(all.cols() == 27);
  // The sums over the windows are the network's results.
  std::vector<index_t> every{0, 1, 2, 3, 4, 5};
  const nn::float_matrix y = net.forward(nn::pick(images, every).x.read()).pixels();
  nn::float_matrix sums = detail::compress::sums_over(all, net.layers()[1].weights().value);
  sums.rowwise() += net.layers()[1].bias().value.row(0);
  CHECK((sums - y).cwiseAbs().maxCoeff() < 1e-5f);
  const nn::float_matrix few = compress::recorded_windows(m, 1, {.images = 6, .most = 7});
  REQUIRE(few.rows() == 7);
  for (index_t i = 0; i < 7; ++i) CHECK(few.row(i) == all.row(i * 96 / 7));
  CHECK(compress::recorded_windows(m, 0, {.images = 2, .most = 1000}).rows() == 32);
  CHECK_THAT(error_of([&] { (void)compress::recorded_windows(m, 2); }),
             ContainsSubstring("layer 2 of 2"));
  CHECK_THAT(error_of([&] { (void)compress::recorded_windows(m, 0, {.images = 0}); }),
             ContainsSubstring("0 of 6 images"));
}

TEST_CASE("of a grid the rule of fewest bits is taken that keeps the noise", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20});
  compress::clip_grid grid;
  const nn::float_matrix& w = net.layers()[0].weights().value;
  const nn::float_matrix x = compress::recorded_windows(m, 0);
  const auto noise_of = [&](const clip_rule& rule) {
    nn::float_matrix off = w;
    clip_partition(elements(w), rule).write(elements(off));
    const nn::float_matrix exact = detail::compress::sums_over(x, w);
    return double{(detail::compress::sums_over(x, off) - exact).squaredNorm() /
                  exact.squaredNorm()};
  };
  clip_rule before{0, 8};
  for (const double most : {0.0, 0.01, 0.05, 0.3}) {
    grid.most_noise = most;
    const clip_rule rule = compress::clip_rule_for(w, x, grid);
    INFO("noise " << most << ": share " << rule.share << ", bits " << rule.bits);
    if (most > 0) CHECK(noise_of(rule) <= most * 1.001);
    CHECK(rule.share >= before.share);
    before = rule;
    if (most == 0)  // the least noise of all
      for (const double share : grid.shares)
        for (const int bits : grid.bits) CHECK(noise_of(rule) <= noise_of({share, bits}) * 1.001);
  }
  CHECK(compress::clip_rules(m, grid).size() == 2);
  grid.bits.clear();
  CHECK_THAT(error_of([&] { (void)compress::clip_rules(m, grid); }), ContainsSubstring("0 widths"));
}

TEST_CASE("a network is clipped and partitioned while it trains", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  for (const index_t epochs : {0, 20}) {
    network net = trained();
    compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
    compress::pipeline p;
    compress::clip_q step{{{0.7, 3}, {0.5, 4}}, epochs, 2e-3f};
    p.add("CLIP-Q", step).add("fine-tune", compress::retrain{5, 5e-4f});
    const auto results = p.run(m, [&] { return 1 - nn::evaluate(net, images).accuracy; });
    INFO("epochs " << epochs << ": " << results[1].error << ", " << results[2].error);
    CHECK(m.layers()[0].kept_share() == Approx(0.3).margin(0.02));
    CHECK(m.layers()[1].kept_share() == Approx(0.5).margin(0.02));
    CHECK(values_of(m.layers()[0]) <= 8);
    CHECK(values_of(m.layers()[1]) <= 16);
    for (compress::model_layer& l : m.layers())
      for (std::size_t i = 0; i < l.weights().size(); ++i)
        REQUIRE((elements(l.kept)[i] != 0) == (l.shared->codes[i] != 0));
    if (epochs > 0) CHECK(results[1].error < 0.03);
    CHECK(run_from_file(m).accuracy > 0.8);
    CHECK_THAT(error_of([&] { step(m); }), ContainsSubstring("the weights of one are shared"));
  }
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  compress::clip_q by_grid{.epochs = 1};
  by_grid.grid.most_noise = 0.05;
  by_grid(m);
  CHECK(m.kept_share() < 0.75);
  CHECK_THAT(error_of([&] {
               network other = trained();
               compress::model n(other, layers_of(other), images, {.batch = 20});
               compress::clip_q{{{}, {}, {}}}(n);
             }),
             ContainsSubstring("3 numbers for 2 layers"));
}

}  // namespace test_clip_q
