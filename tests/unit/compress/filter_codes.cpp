// Steps that give every filter codes and levels of its own: sketches of binary planes, ternary filters, three of four. Every
// file runs with the bits of the dense network.
#include "digit_network.hpp"
#include "lowbit/compress/sketch.hpp"
#include "lowbit/compress/three_of_four.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_filter_codes {

using namespace lowbit;
using namespace test;
using compress::sketch_by;
using compress::sketch_filters;

namespace {

file_result run_row_codes(compress::model& m) {
  return run_from_file(
      m, [](const compress::model_layer& l) { return compress::encode_row_coded_linear(l); });
}
matrix<float> random_weights(index_t rows, index_t cols) {
  auto random = test::generator(61);
  std::normal_distribution<float> normal(0.1f, 1.0f);
  matrix<float> w(rows, cols);
  for (index_t i = 0; i < rows * cols; ++i) w.data()[i] = normal(random);
  return w;
}

}  // namespace

TEST_CASE("a sketch has the planes of its algorithm, and loses what they lose", "[compress]") {
  INFO(test::reproduce());
  const matrix<float> w = random_weights(4, 50);
  for (int planes = 1; planes <= 4; ++planes) {
    const auto direct = sketch_filters(w.view(), planes, sketch_by::direct, false);
    const auto refitted = sketch_filters(w.view(), planes, sketch_by::direct);
    const auto refined = sketch_filters(w.view(), planes);
    const auto shifts = sketch_filters(w.view(), planes, sketch_by::shifts);
    for (index_t r = 0; r < 4; ++r) {
      const auto at = static_cast<std::size_t>(r);
      // Algorithm 1, written out: signs of residuals, means of their magnitudes.
      std::vector<double> rest(w.row(r).begin(), w.row(r).end());
      double squares = 0;
      for (const double x : rest) squares += x * x;
      for (int p = 0; p < planes; ++p) {
        double a = 0;
        for (const double x : rest) a += std::abs(x) / 50;
        CHECK(direct.codes.levels[static_cast<std::size_t>(r * planes + p)] ==
              Approx(a).epsilon(1e-5));
        for (double& x : rest) x -= x < 0 ? -a : a;
      }
      double left = 0;
      for (const double x : rest) left += x * x;
      CHECK(direct.error[at] == Approx(left / squares).epsilon(1e-4));
      CHECK(refitted.error[at] <= direct.error[at] * (1 + 1e-6));
      CHECK(refined.error[at] <=
            sketch_filters(w.view(), planes - (planes > 1)).error[at] * (1 + 1e-6));
      CHECK(shifts.error[at] < 1);
      // Least squares: no residual has a part along a plane.
      const matrix<float> decoded = shifts.codes.decoded();
      const matrix<code_t> codes = shifts.codes.codes();
      for (int p = 0; p < planes; ++p) {
        double along = 0;
        for (index_t c = 0; c < 50; ++c)
          along +=
              (double{w(r, c)} - double{decoded(r, c)}) * ((codes(r, c) >> p & 1) == 1 ? 1 : -1);
        CHECK(along == Approx(0).margin(1e-4));
      }
    }
    CHECK(direct.codes.codes() == refitted.codes.codes());
    CHECK(direct.codes.row_bytes() == (50 * planes + 7) / 8);
  }
  CHECK(sketch_filters(matrix<float>(1, 5).view(), 2).error == std::vector<double>{0});
  CHECK_THAT(error_of([&] { (void)sketch_filters(w.view(), 9); }), ContainsSubstring("9 planes"));
}

TEST_CASE("a sketched network runs from its file without training", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  std::size_t bytes = 0;
  for (const int planes : {2, 4}) {
    network net = trained();
    compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
    int reports = 0;
    compress::pipeline p;
    compress::sketch step{{planes}};
    step.report = [&](const compress::model_layer& l, const compress::filter_sketch& made) {
      ++reports;
      CHECK(static_cast<index_t>(made.error.size()) == l.layer->outputs());
    };
    p.add("sketch", step);
    const auto results = p.run(m, [&] { return 1 - nn::evaluate(net, images).accuracy; });
    CHECK(reports == 2);
    CHECK(results[1].error <= results[0].error + (planes == 2 ? 0.1 : 0.03));
    const file_result made = run_row_codes(m);
    CHECK(made.accuracy > 0.85);
    CHECK(made.bytes > bytes);
    bytes = made.bytes;
    const std::vector<float> before(m.layers()[0].weights().begin(), m.layers()[0].weights().end());
    const nn::float_matrix bias = net.layers()[0].bias().value;
    compress::retrain{2, 1e-3f}(m);  // biases alone
    CHECK(std::equal(before.begin(), before.end(), m.layers()[0].weights().begin()));
    CHECK(net.layers()[0].bias().value != bias);
    run_row_codes(m);
  }
}

TEST_CASE("quantizers with numbers of each filter are trained through and kept", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  compress::prune_once{compress::prune_by::share(0.3)}(m);
  compress::quantize_filters{twn{}, 20, 3e-3f}(m);
  for (compress::model_layer& l : m.layers()) {
    CHECK(l.coded->kind == row_code::ternary);
    for (std::size_t i = 0; i < l.weights().size(); ++i)
      REQUIRE((nn::elements(l.kept)[i] != 0 || l.weights()[i] == 0));
  }
  CHECK(run_row_codes(m).accuracy > 0.85);
}

TEST_CASE("a network of three of four ternary weights trains and runs from its file",
          "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  compress::three_of_four{20, 3e-3f}(m);
  for (compress::model_layer& l : m.layers()) {
    const auto w = l.weights();
    const auto cols = static_cast<std::size_t>(l.coded->cols);
    REQUIRE(cols % 4 == 0);
    for (std::size_t first = 0; first < w.size(); first += 4) {
      CHECK(std::count(w.begin() + static_cast<index_t>(first),
                       w.begin() + static_cast<index_t>(first + 4), 0.0f) == 1);
      for (std::size_t i = first; i < first + 4; ++i)
        if (w[i] != 0) CHECK(std::abs(w[i]) == l.coded->levels[i / cols]);
    }
  }
  const file_result made = run_row_codes(m);
  CHECK(made.accuracy > 0.85);
  // Symbols of 5 bits of 4 weights, scales, biases, headers.
  const index_t weights = hidden * (pixels / 4 * 5) / 8 + classes * ((hidden / 4 * 5 + 7) / 8);
  CHECK(static_cast<index_t>(made.bytes) == weights + 4 * 2 * (hidden + classes) + 32 + 16 +
                                                2 * (8 + 10 + 8) +
                                                static_cast<index_t>(save(relu()).size()) - 32);
}

TEST_CASE("filters that have no such codes are refused", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20});
  CHECK_THAT(error_of([&] { (void)compress::encode_row_coded_linear(m.layers()[0]); }),
             ContainsSubstring("the weights of one have no codes per filter"));
  CHECK_THAT(error_of([&] {
               (compress::quantize_filters{sign<>{}, 0, 0}(m));
             }),
             ContainsSubstring("one has weights of binary: they must be ternary or planes"));
  net = trained();
  compress::prune_once{compress::prune_by::share(0.3)}(m);
  CHECK_THAT(error_of([&] { compress::sketch{{2}}(m); }),
             ContainsSubstring("of one is pruned and would become"));
  CHECK_THAT(error_of([&] {
               (compress::three_of_four{1, 1e-3f}(m));
             }),
             ContainsSubstring("one is pruned: this pattern has zeros of its own"));
  network other = trained();
  compress::model n(other, layers_of(other), images, {.batch = 20});
  compress::sketch{{2}}(n);
  CHECK_THAT(error_of([&] { compress::sketch{{2}}(n); }),
             ContainsSubstring("the weights of one have codes: this step comes before"));
  CHECK_THAT(error_of([&] { (compress::prune_once{compress::prune_by::share(0.3)}(n)); }),
             ContainsSubstring("the weights of one have codes"));
}

}  // namespace test_filter_codes
