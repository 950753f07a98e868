// Steps that choose widths: by SQNR, by the error of results, by sensitivity, by a search with retraining.
#include <lowbit/compress/allocate.hpp>
#include <lowbit/compress/calibrate.hpp>
#include <lowbit/compress/filter_report.hpp>
#include <lowbit/compress/sensitivity.hpp>
#include <lowbit/compress/width_families.hpp>
#include <lowbit/compress/width_search.hpp>
#include <lowbit/quantize/methods/twn.hpp>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "unit/compress/digit_network.hpp"

namespace test_width_steps {

using namespace lowbit;
using namespace test;

namespace {

using widths = std::vector<int>;

widths bits_of_layers(const compress::model& m) {
  widths all;
  for (const auto& l : m.layers()) all.push_back(l.bits);
  return all;
}

/// A copy of the trained network under compression, with images that train it and others.
struct subject {
  digits train{0, train_count}, others{train_count, test_count};
  network net = trained();
  nn::image_set images = train.set(), unseen = others.set();
  compress::model m{net, layers_of(net), images, {.batch = 20, .seed = 3}};

  [[nodiscard]] double error() { return 1 - nn::evaluate(net, unseen).accuracy; }
};

}  // namespace

TEST_CASE("allocate, quantize, fine-tune, encode", "[compress]") {
  subject s;
  compress::pipeline p;
  p.add("allocate", compress::allocate{{.mean = 3.2}})
      .add("quantize", compress::quantize{compress::sqnr_widths(), 0})
      .add("fine-tune", compress::retrain{10, 1e-3f});
  const auto results = p.run(s.m, [&] { return s.error(); });
  // 2560 and 400 weights: 3 and 4 bits cost 9280 of 9472.
  const widths bits = bits_of_layers(s.m);
  CHECK(bits == compress::widths_by_sqnr(compress::bit_costs(s.m), {.mean = 3.2}));
  CHECK(bits == widths{3, 4});
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(values_of(s.m.layers()[i]) <= std::size_t{1} << bits[i]);
  CHECK(results[3].error <= results[2].error + 0.02);
  CHECK(results[3].error < results[0].error + 0.05);
  const file_result made = run_from_file(s.m);
  CHECK(made.accuracy == Approx(1 - results[3].error).margin(0.011));
}

TEST_CASE("costs are kept weights, or their products in an image", "[compress]") {
  digits train(0, train_count);
  nn::repeat<nn::conv_layer> net(
      {nn::conv_layer(1, 4, square_window(3), random_stream(1, 0), {}, nn::real{}, nn::real{}),
       nn::conv_layer(4, 10, square_window(6), random_stream(1, 1), {}, nn::real{}, nn::relu{})});
  const nn::image_set images(nhwc<const float>(train.x, {train_count, 8, 8, 1}), train.labels);
  compress::model m(net, {{"a", &net.layers()[0]}, {"b", &net.layers()[1]}}, images);
  CHECK(compress::bit_costs(m) == std::vector<double>{36, 1440});
  CHECK(compress::bit_costs(m, compress::bit_cost::multiplications) ==
        std::vector<double>{36 * 36, 1440});
  compress::prune_once{compress::prune_by::share(0.5), false}(m);
  CHECK(compress::bit_costs(m) == std::vector<double>{18, 720});
  compress::allocate{{.mean = 4}, compress::bit_cost::multiplications}(m);
  CHECK(bits_of_layers(m) == widths{4, 4});
  compress::prune_once{compress::prune_by::share(1), false}(m);
  CHECK_THROWS_WITH(compress::bit_costs(m), ContainsSubstring("a has no weights"));
}

TEST_CASE("filters are counted layer by layer", "[compress]") {
  subject s;
  const std::vector<compress::layer_filters> report = compress::filter_report(s.m);
  REQUIRE(report.size() == 2);
  CHECK(report[0].layer == "one");
  // Of one tap, a slice is a sign.
  CHECK(report[0].kernels.all == pixels * hidden);
  CHECK(report[0].kernels.distinct == 2);
  CHECK(report[0].kernels.distinct_up_to_sign == 1);
  CHECK(report[1].filters.all == classes);
  CHECK(report[1].filters.distinct == classes);
}

TEST_CASE("recorded inputs are what the layers read, and noises what widths change", "[compress]") {
  subject s;
  const auto read = compress::recorded_inputs(s.m, 50);
  REQUIRE(read.size() == 2);
  CHECK(read[0].shape() == tensor_shape{50, 1, 1, pixels});
  for (index_t i = 0; i < pixels; ++i)
    REQUIRE(read[0].pixels()(7, i) == s.train.x[static_cast<std::size_t>(28 * pixels + i)]);
  const nn::float_matrix first = s.net.layers()[0].forward(read[0].read()).pixels();
  CHECK(first == read[1].pixels());
  CHECK(compress::recorded_inputs(s.m, 1000)[0].shape().batch == train_count);
  CHECK_THROWS_WITH(compress::recorded_inputs(s.m, 0), ContainsSubstring("0 of 200 images"));

  const nn::float_matrix before = s.net.layers()[1].weights().value;
  const auto bias = s.net.layers()[1].bias().value;
  const matrix<double> noise = compress::output_noises(s.m, compress::sqnr_widths(), 1, 7, 50);
  CHECK(s.net.layers()[1].weights().value == before);
  CHECK(s.net.layers()[1].bias().value == bias);
  REQUIRE(noise.rows() == 2);
  REQUIRE(noise.cols() == 7);
  for (index_t i = 0; i < 2; ++i)
    for (index_t k = 1; k < 7; ++k) CHECK(noise(i, k) < noise(i, k - 1));
  // By the definition, for the second layer at 3 bits.
  const std::vector<float> w(before.data(), before.data() + before.size());
  std::vector<float> levels(w.size());
  any_quantizer(sqnr_midrise<3>{}.fit(w)).forward(w, levels);
  double changed = 0, signal = 0;
  for (index_t n = 0; n < 50; ++n)
    for (index_t o = 0; o < classes; ++o) {
      double y = 0, q = 0;
      for (index_t c = 0; c < hidden; ++c) {
        const double x = std::fmax(static_cast<double>(read[1].pixels()(n, c)), 0);
        y += x * static_cast<double>(w[static_cast<std::size_t>(o * hidden + c)]);
        q += x * static_cast<double>(levels[static_cast<std::size_t>(o * hidden + c)]);
      }
      signal += y * y;
      changed += (y - q) * (y - q);
    }
  CHECK(noise(1, 2) == Approx(changed / signal).epsilon(1e-4));
}

TEST_CASE("widths by the error of results keep the budget and beat one width", "[compress]") {
  subject s;
  const compress::quantizer_by_width sqnr = compress::sqnr_widths();
  const compress::bit_budget budget{.mean = 3, .least = 1, .most = 7};
  compress::allocate_by_output{sqnr, budget, compress::bit_cost::weights, 100}(s.m);
  const widths bits = bits_of_layers(s.m);
  CHECK(compress::mean_bits(compress::bit_costs(s.m), bits) <= 3);
  const matrix<double> noise = compress::output_noises(s.m, sqnr, 1, 7, 100);
  CHECK(noise(0, bits[0] - 1) + noise(1, bits[1] - 1) <= noise(0, 2) + noise(1, 2));
}

TEST_CASE("sensitivity switches one layer at a time, and back", "[compress]") {
  subject s;
  const nn::float_matrix one = s.net.layers()[0].weights().value,
                         two = s.net.layers()[1].weights().value;
  std::vector<std::string> seen;
  const auto table = compress::sensitivity(
      s.m, {1, 2, 4, 7}, compress::weights_at(compress::sqnr_widths()),
      [&] {
        const int changed = (s.net.layers()[0].weights().value != one ? 1 : 0) +
                            (s.net.layers()[1].weights().value != two ? 1 : 0);
        CHECK(changed <= 1);
        return s.error();
      },
      [&](const compress::sensitivity_progress& p) {
        seen.push_back(p.layer + std::to_string(p.bits));
        CHECK(p.done == static_cast<index_t>(seen.size()));
        CHECK(p.all == 8);
      });
  CHECK(seen ==
        std::vector<std::string>{"one1", "one2", "one4", "one7", "two1", "two2", "two4", "two7"});
  CHECK(s.net.layers()[0].weights().value == one);
  CHECK(s.net.layers()[1].weights().value == two);
  CHECK(table.layers == std::vector<std::string>{"one", "two"});
  CHECK(table.start == s.error());
  for (index_t i = 0; i < 2; ++i) {
    CHECK(table.error(i, 3) == Approx(table.start).margin(0.021));
    CHECK(table.error(i, 0) >= table.error(i, 3) - 0.021);
  }
  CHECK(table.least_width(0, 1) == 1);
  CHECK(table.least_width(1, -1) == 7);
  // An entry, from its definition.
  network net = trained();
  compress::model m(net, layers_of(net), s.images);
  compress::quantize_weights(m.layers()[1], sqnr_midrise<2>{});
  CHECK(table.error(1, 1) == 1 - nn::evaluate(net, s.unseen).accuracy);
}

TEST_CASE("sensitivity of inputs, and after errors", "[compress]") {
  subject s;
  const auto table =
      compress::sensitivity(s.m, {1, 2, 8}, compress::inputs_at(s.m), [&] { return s.error(); });
  for (index_t i = 0; i < 2; ++i) CHECK(table.error(i, 2) == Approx(table.start).margin(0.021));
  CHECK_FALSE(s.net.layers()[0].input_policy_in_training().policy().is_quantizer());
  const nn::float_matrix one = s.net.layers()[0].weights().value;
  CHECK_THROWS_WITH(
      compress::sensitivity(s.m, {2, 9}, compress::weights_at(compress::sqnr_widths()),
                            [&] { return s.error(); }),
      ContainsSubstring("a width of 9 bits"));
  CHECK(s.net.layers()[0].weights().value == one);
  for (const widths& wrong : {widths{}, widths{2, 2}, widths{3, 2}})
    CHECK_THROWS_WITH(
        compress::sensitivity(s.m, wrong, compress::inputs_at(s.m), [&] { return s.error(); }),
        ContainsSubstring("in ascending order"));
}

TEST_CASE("a search finds fewer bits per layer within an error", "[compress]") {
  for (const index_t epochs : {0, 3}) {
    subject s;
    const double allowed = s.error() + 0.02;
    std::vector<compress::width_trial> trials;
    const compress::search_widths search{
        .weights = compress::l2_step_widths(),
        .widths = {8, 4, 3, 2},
        .error = [&] { return s.error(); },
        .most_error = allowed,
        .epochs = epochs,
        .rate = 1e-3f,
        .after = [&](const compress::width_trial& t) { trials.push_back(t); }};
    search(s.m);
    REQUIRE(trials.size() >= 3);
    CHECK(trials[0].layer.empty());
    CHECK(trials[1].layer == "one");
    CHECK(trials[1].bits == 4);
    const widths bits = bits_of_layers(s.m);
    widths kept{8, 8};
    for (const auto& t : trials) {
      CHECK(t.kept == (t.error <= allowed));
      if (t.kept && !t.layer.empty()) kept[t.layer == "one" ? 0 : 1] = t.bits;
    }
    CHECK(bits == kept);
    CHECK(bits[0] <= 4);
    // The network is that of the last step that was kept.
    CHECK(s.error() <= allowed);
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(s.net.layers()[i].weight_quantizer().policy().format().plane_count == bits[i]);
    compress::quantize{compress::l2_step_widths(), 0}(s.m);
    CHECK(s.error() <= allowed);
    CHECK(run_from_file(s.m).accuracy == Approx(1 - s.error()).margin(0.011));
  }
}

TEST_CASE("steps that choose widths refuse what makes no sense", "[compress]") {
  subject s;
  CHECK_THROWS_WITH((compress::quantize{compress::sqnr_widths(), 0}(s.m)),
                    ContainsSubstring("one has no width"));
  s.m.layers()[0].bits = s.m.layers()[1].bits = 1;
  CHECK_THROWS_WITH((compress::quantize{compress::l2_step_widths(), 0}(s.m)),
                    ContainsSubstring("a width of 1 bits"));
  CHECK_THROWS_WITH(compress::set_widths(s.m, widths{1}),
                    ContainsSubstring("1 widths for 2 layers"));
  compress::search_widths search{.weights = compress::l2_step_widths(), .epochs = 0};
  CHECK_THROWS_WITH(search(s.m), ContainsSubstring("no function of errors"));
  search.error = [&] { return s.error(); };
  search.most_error = -1;
  const nn::float_matrix one = s.net.layers()[0].weights().value;
  CHECK_THROWS_WITH(search(s.m), ContainsSubstring("at 8 bits the error is above -1"));
  CHECK(bits_of_layers(s.m) == widths{1, 1});
  CHECK(s.net.layers()[0].weights().value == one);
  CHECK_FALSE(s.net.layers()[0].weight_quantizer().policy().traits().format.plane_count > 0);
  search.widths = {4, 4};
  CHECK_THROWS_WITH(search(s.m), ContainsSubstring("they must fall"));
  compress::quantize{twn<>{}, 0}(s.m);
  CHECK_THROWS_WITH(compress::allocate{}(s.m), ContainsSubstring("the weights of one are shared"));
  CHECK_THROWS_WITH(search(s.m), ContainsSubstring("the weights of one are shared"));
}

}  // namespace test_width_steps
