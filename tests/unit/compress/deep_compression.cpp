// Pipelines of compression on a network that learns handwritten digits: prunings, sharing, quantizers, fine-tuning. Every
// file runs with the bits of the dense network.
#include "digit_network.hpp"
#include "lowbit/nn/deployment/folded.hpp"
#include "lowbit/quantize/methods/inq.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "support/matchers.hpp"

namespace test_deep_compression {

using namespace lowbit;
using namespace test;
using nn::elements;

TEST_CASE("a network that is pruned, shared and fine-tuned runs from its file", "[compress]") {
  const digits train(0, train_count), others(train_count, test_count);
  network net = trained();
  const nn::image_set images = train.set();
  compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
  const auto error = [&] { return 1 - nn::evaluate(net, others.set()).accuracy; };
  compress::pipeline p;
  p.add("prune", compress::prune_gradually{{0.7, 0.6}, 40, 5e-3f})
      .add("share", compress::share{{4, 3}})
      .add("fine-tune", compress::retrain{10, 1e-3f});
  const auto results = p.run(m, error);
  REQUIRE(results.size() == 4);
  CHECK(results[0].name == "start");
  CHECK(results[0].kept == 1);
  CHECK(results[1].name == "prune");
  const double kept =
      (0.3 * pixels * hidden + 0.4 * hidden * classes) / (pixels * hidden + hidden * classes);
  for (std::size_t i = 1; i < results.size(); ++i)
    CHECK(results[i].kept == Approx(kept).epsilon(0.02));
  for (compress::model_layer& l : m.layers())
    for (std::size_t i = 0; i < l.weights().size(); ++i)
      REQUIRE((elements(l.kept)[i] != 0 || l.weights()[i] == 0));
  CHECK(values_of(m.layers()[0]) <= 16);
  CHECK(values_of(m.layers()[1]) <= 8);
  CHECK(results[0].error < 0.15);
  CHECK(results[3].error < 0.15);
  const file_result made = run_from_file(m);
  CHECK(made.bytes * 6 < 4 * (pixels * hidden + hidden + hidden * classes + classes));
  CHECK(made.accuracy == Approx(1 - results[3].error).margin(0.011));
}

TEST_CASE("quantizers are steps of a pipeline, and keep what is pruned", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  for (const bool ternary : {true, false}) {
    network net = trained();
    compress::model m(net, layers_of(net), images, {.batch = 20, .seed = 3});
    compress::pipeline p;
    p.add("prune", compress::prune_once{compress::prune_by::share(0.5), true});
    if (ternary)
      p.add("TWN", compress::quantize{twn{}, 20, 3e-3f});
    else
      p.add("INQ", compress::quantize{inq<5>{}, 20, 1e-3f});
    p.run(m);
    CHECK(m.kept_share() == Approx(0.5).epsilon(0.01));
    for (compress::model_layer& l : m.layers()) {
      CHECK(values_of(l) <= (ternary ? 3u : 17u));
      for (std::size_t i = 0; i < l.weights().size(); ++i)
        REQUIRE((elements(l.kept)[i] != 0 || l.weights()[i] == 0));
    }
    CHECK(run_from_file(m).accuracy > 0.8);
  }
}

TEST_CASE("steps that make no sense are refused", "[compress]") {
  const digits train(0, train_count);
  const nn::image_set images = train.set();
  network net = trained();
  compress::model m(net, layers_of(net), images, {.batch = 20});
  CHECK_THROWS_WITH(compress::encode_linear(m.layers()[0]),
                    ContainsSubstring("the weights of one are not shared"));
  CHECK_THROWS_WITH((compress::share{{3, 4, 5}}(m)), ContainsSubstring("3 numbers for 2 layers"));
  compress::share{{3}}(m);
  CHECK_THROWS_WITH((compress::prune_once{compress::prune_by::share(0.5)}(m)),
                    ContainsSubstring("the weights of one are shared"));
}

TEST_CASE("a batch norm folds into weights and biases", "[compress]") {
  const digits train(0, train_count);
  nn::normalised<nn::conv_layer> layer(conv_of(pixels, 12, 0, false));
  layer.set_training(true);
  layer.forward(
      nn::feature_map(nn::pick(train.set(), std::vector<index_t>{0, 1, 2, 3, 4, 5, 6, 7}).x)
          .read());
  for (index_t c = 0; c < 12; ++c) {
    layer.norm().gamma().value(0, c) = 0.3f + 0.2f * static_cast<float>(c);
    layer.norm().beta().value(0, c) = 1 - 0.2f * static_cast<float>(c);
  }
  layer.set_training(false);
  nn::conv_layer folded = nn::folded(layer);
  folded.set_training(false);
  const auto x = nn::pick(train.set(), std::vector<index_t>{10, 11, 12}).x;
  const nn::float_matrix expected = layer.forward(x.read()).pixels();
  const nn::float_matrix made = folded.forward(x.read()).pixels();
  CHECK((expected - made).cwiseAbs().maxCoeff() < 1e-4f);
}

}  // namespace test_deep_compression
