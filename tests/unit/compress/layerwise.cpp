// Layers that become ternary one after the other, from recorded inputs: two-step quantization, and students of ternary
// teachers. Both run from files of row codes, and packed.
#include "digit_network.hpp"
#include "lowbit/compress/ternary_student.hpp"
#include "lowbit/compress/two_step.hpp"
#include "lowbit/nn/deployment/deploy.hpp"
#include "lowbit/nn/layers/sequential.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_layerwise {

using namespace lowbit;
using namespace test;
using nn::elements;
using nn::float_matrix;

namespace {

/// Two dense layers whose first inputs are ternary, trained in floats behind them.
using ternary_network = nn::sequential<nn::conv_layer, nn::conv_layer>;
ternary_network trained_on_ternary() {
  static const ternary_network made = [] {
    const auto conv = [](index_t in, index_t out, std::uint64_t number, const nn::any_policy& x) {
      return nn::conv_layer(in, out, window{}, random_stream(4, number), {.bias = true}, nn::real{},
                            x);
    };
    ternary_network net(conv(pixels, hidden, 0, ternary_threshold<>{}),
                        conv(hidden, classes, 1, nn::relu{}));
    train_on_digits(net);
    return net;
  }();
  return made;
}
std::vector<compress::model_layer> layers_of(ternary_network& net) {
  return {{"one", &std::get<0>(net.layers())}, {"two", &std::get<1>(net.layers())}};
}
/// The packed network's accuracy on digits that did not train; its logits are those of the trained one.
template <class Network>
double deployed_accuracy(Network& net) {
  const digits others(train_count, test_count);
  const auto x = others.view();
  const auto packed = nn::deploy(net);
  auto work = packed.workspace(x.shape);
  auto y = packed.make_output(work);
  packed(x, work, y);
  net.set_training(false);
  float_matrix in(test_count, pixels);
  std::copy(others.x.begin(), others.x.end(), in.data());
  const float_matrix expected = net.forward(in).pixels();
  index_t right = 0;
  for (index_t n = 0; n < test_count; ++n) {
    const auto logits = y.pixels().row(n);
    for (index_t c = 0; c < classes; ++c)
      CHECK(logits[static_cast<std::size_t>(c)] == Approx(expected(n, c)).margin(1e-4));
    right += std::max_element(logits.begin(), logits.end()) - logits.begin() ==
                     others.labels[static_cast<std::size_t>(n)]
                 ? 1
                 : 0;
  }
  return static_cast<double>(right) / test_count;
}

}  // namespace

TEST_CASE("ternary filters repeat what a ternary layer gave", "[compress]") {
  INFO(reproduce());
  auto random = generator(81);
  std::normal_distribution<float> normal;
  float_matrix x(60, 7), w(3, 7);
  for (float& v : elements(x)) v = normal(random);
  constexpr float values[] = {0, 0.5f, -0.5f};
  for (float& v : elements(w)) v = values[random() % 3];
  w(1, 0) = 0.5f;
  const std::vector<float> bias{0.25f, -1, 0};
  float_matrix y = detail::compress::sums_over(x, w);
  for (index_t o = 0; o < 3; ++o) y.col(o).array() += bias[static_cast<std::size_t>(o)];
  constexpr double lambdas[] = {0.02, 0.1};
  for (const bool clipped : {false, true}) {
    compress::output_clip clip;
    if (clipped) clip = {tsq_activation<8>{}.fit(elements(y)), 2.5};
    const auto made = compress::ternary_filters(x, y, bias, clip, lambdas);
    CHECK(made.kind == row_code::ternary);
    const matrix<float> decoded = made.decoded();
    for (index_t i = 0; i < 21; ++i)
      if (clipped)
        CHECK((decoded.data()[i] != 0) == (w.data()[i] != 0));
      else
        CHECK(decoded.data()[i] == Approx(w.data()[i]).margin(1e-5));
  }
  CHECK_THAT(
      error_of([&] { (void)compress::ternary_filters(x, y, std::vector<float>(2), {}, lambdas); }),
      ContainsSubstring("outputs of 60x3 for 60 samples, 2 biases"));
}

TEST_CASE("an interval of sums is a line between two thresholds", "[compress]") {
  const ternary_threshold<> fires{};
  for (const std::int32_t low : {-7, -1, 0, 3})
    for (const std::int32_t length : {-1, 0, 1, 2, 9}) {
      const ternary_interval interval{low, low + length};
      const auto line = compress::interval_line::of(interval);
      CHECK(line.scale > 0);
      for (std::int32_t sum = -30; sum <= 30; ++sum)
        CHECK(value<ternary>(encode(fires, line.scale * static_cast<float>(sum) + line.bias)) ==
              interval(sum));
    }
}

TEST_CASE("students have the answers of their teachers as often as they say", "[compress]") {
  INFO(reproduce());
  auto random = generator(82);
  std::normal_distribution<float> normal;
  constexpr index_t samples = 80, depth = 12, neurons = 3;
  float_matrix x(samples, depth), w(neurons, depth);
  for (float& v : elements(x)) v = static_cast<float>(static_cast<int>(random() % 3) - 1);
  for (float& v : elements(w)) v = normal(random);
  const float_matrix y = detail::compress::sums_over(x, w);
  matrix<std::int32_t> answers(samples, neurons);
  for (index_t i = 0; i < samples * neurons; ++i)
    answers.data()[i] = y.data()[i] > 1 ? 1 : y.data()[i] < -1 ? -1 : 0;
  const auto all = compress::fit_students(w, x, answers, 0);
  const auto some = compress::fit_students(w, x, answers, 3);
  CHECK(all.agreement > 0.8);
  CHECK(some.agreement <= all.agreement);
  CHECK(some.agreement > 0.7);
  const matrix<float> decoded = all.codes.decoded();
  index_t agreeing = 0;
  for (index_t s = 0; s < samples; ++s)
    for (index_t o = 0; o < neurons; ++o) {
      double sum = double{all.biases[static_cast<std::size_t>(o)]};
      for (index_t c = 0; c < depth; ++c) sum += double{decoded(o, c)} * double{x(s, c)};
      agreeing += (sum > 0.5 ? 1 : sum < -0.5 ? -1 : 0) == answers(s, o) ? 1 : 0;
    }
  CHECK(static_cast<double>(agreeing) / (samples * neurons) == all.agreement);
  x(0, 0) = 0.5f;
  CHECK_THAT(error_of([&] { (void)compress::fit_students(w, x, answers, 0); }),
             ContainsSubstring("it must be -1, 0 or 1"));
  CHECK_THAT(error_of([&] { (void)compress::fit_students(w.topRows(2), x, answers, 0); }),
             ContainsSubstring("answers of 3 neurons for 2 filters"));
}

TEST_CASE("a network is quantized in two steps and runs packed", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  ternary_network net = trained_on_ternary();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  const auto error = [&] { return 1 - nn::evaluate(net, images).accuracy; };
  compress::pipeline p;
  p.add("TSQ", compress::two_step{.bits = 2, .epochs = 10, .rate = 2e-3f})
      .add("fine-tune", compress::retrain{5, 1e-3f});
  const auto results = p.run(m, error);
  INFO("errors " << results[0].error << ", " << results[1].error << ", " << results[2].error);
  CHECK(results[1].error < 0.1);
  for (compress::model_layer& l : m.layers()) {
    CHECK(l.coded->kind == row_code::ternary);
    CHECK(std::equal(l.weights().begin(), l.weights().end(), l.coded->decoded().data()));
  }
  CHECK(deployed_accuracy(net) > 0.8);
  CHECK_THAT(error_of([&] { compress::two_step{}(m); }), ContainsSubstring("have codes"));
}

TEST_CASE("a teacher of ternary neurons makes a student that adds integers", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  ternary_network net = trained_on_ternary();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  compress::ternary_student step{.epochs = 30, .rate = 5e-3f, .retrain_epochs = 20};
  double agreement = 0;
  step.report = [&](const compress::model_layer& l, const compress::student_layer& made) {
    CHECK(l.name == "one");
    agreement = made.agreement;
  };
  compress::pipeline p;
  p.add("TNN", step);
  const auto results = p.run(m, [&] { return 1 - nn::evaluate(net, images).accuracy; });
  INFO("agreement " << agreement << ", error " << results[1].error);
  CHECK(agreement > 0.75);
  CHECK(results[1].error < 0.1);
  CHECK(deployed_accuracy(net) > 0.75);
  // Biases of students stay: they are intervals.
  const std::vector<float> before(elements(std::get<0>(net.layers()).bias().value).begin(),
                                  elements(std::get<0>(net.layers()).bias().value).end());
  compress::retrain{1, 1e-2f}(m);
  CHECK(std::equal(before.begin(), before.end(), std::get<0>(net.layers()).bias().value.data()));
  network plain = trained();
  compress::model n(plain, test::layers_of(plain), images, {.batch = 20});
  CHECK_THAT(error_of([&] { compress::ternary_student{}(n); }),
             ContainsSubstring("inputs of one are floats: they must be ternary"));
}

}  // namespace test_layerwise
