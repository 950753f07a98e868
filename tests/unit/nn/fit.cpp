// nn/fit.hpp: training by one call. What follows from a seed, what a resumed run repeats, what early stopping keeps.
#include <lowbit/nn/fit.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/losses/distillation.hpp>
#include <lowbit/nn/losses/squared_hinge.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/print_epoch.hpp>
#include <lowbit/nn/recorded_teacher.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "numeric.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_fit {

namespace nn = lowbit::nn;
using lowbit::index_t;

namespace {

/// Pictures of bytes in three classes: each has a pattern, and noise on it.
struct pictures {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> labels;
  lowbit::tensor_shape shape;

  pictures(index_t n, std::uint64_t seed, int noise = 90) : shape{n, 6, 5, 1} {
    const lowbit::random_stream patterns(8), random(seed);
    for (index_t i = 0; i < n; ++i) {
      labels.push_back(static_cast<std::uint8_t>(i % 3));
      for (index_t k = 0; k < 30; ++k) {
        const float pattern = patterns.uniform(i % 3 * 30 + k) < 0.5f ? 40.0f : 160.0f;
        bytes.push_back(static_cast<std::uint8_t>(pattern + random.uniform(i * 30 + k) *
                                                                static_cast<float>(noise)));
      }
    }
  }
  nn::image_set set() const { return {lowbit::nhwc(bytes.data(), shape), labels}; }
};

auto make_net(std::uint64_t seed) {
  using namespace lowbit;
  const auto stream = [&](std::uint64_t layer) { return random_stream(seed, layer); };
  return nn::sequential(nn::normalised(nn::linear<sign<>, nn::pixel>(30, 16, stream(0))),
                        nn::linear<nn::real, sign<>>(16, 3, stream(1), {.bias = true}));
}

const nn::fit_options options{
    .epochs = 5, .batch = 16, .rate = nn::cosine_lr{5e-3f, 5}, .seed = 3, .vectors = true};

std::vector<std::byte> bits_of(nn::trainable& net, nn::optimizer& optimizer) {
  return nn::checkpoint(net, optimizer, {});
}

}  // namespace

TEST_CASE("fit learns, and learns the same every time") {
  const pictures train(150, 1), test(60, 2);
  auto net = make_net(1), again = make_net(1), other = make_net(1);
  nn::adam optimizer(net.parameters()), of_again(again.parameters()), of_other(other.parameters());
  const nn::history run = nn::fit(net, optimizer, train.set(), options);
  REQUIRE(run.epochs.size() == 5);
  CHECK(run.kept_epoch == 5);
  CHECK(run.epochs[0].epoch == 1);
  CHECK(run.epochs[4].training.loss < run.epochs[0].training.loss);
  CHECK(run.epochs[4].training.accuracy > 0.95);
  CHECK(std::isnan(run.epochs[4].validation.loss));
  const nn::evaluation result = nn::evaluate(net, test.set(), true);
  CHECK(result.accuracy > 0.9);
  CHECK(result.loss > 0);

  (void)nn::fit(again, of_again, train.set(), options);
  CHECK(bits_of(again, of_again) == bits_of(net, optimizer));
  nn::fit_options another = options;
  another.seed = 4;
  (void)nn::fit(other, of_other, train.set(), another);
  CHECK(bits_of(other, of_other) != bits_of(net, optimizer));
}

TEST_CASE("recorded logits teach what the teacher itself teaches") {
  // 250 images: the last batch of the recording is not full, and fit() chooses images at random.
  const pictures train(250, 1);
  auto teacher = make_net(7);
  nn::adam of_teacher(teacher.parameters());
  (void)nn::fit(teacher, of_teacher, train.set(), options);
  const nn::recorded_teacher recorded(teacher, train.set(), true);
  std::vector<std::vector<std::byte>> results;
  for (const bool asks : {true, false}) {
    nn::fit_options soft = options;
    soft.validation = 0.2;
    index_t images = 0;
    soft.loss = [&](const nn::batch_result& r) {
      REQUIRE(static_cast<index_t>(r.images.size()) == r.logits.rows());
      for (std::size_t i = 0; i < r.images.size(); ++i)
        REQUIRE(r.labels[i] == train.labels[static_cast<std::size_t>(r.images[i])]);
      images += r.logits.rows();
      return nn::distillation(
          asks ? nn::float_matrix(teacher.forward(r.x).pixels()) : recorded.logits(r.images),
          r.logits);
    };
    auto net = make_net(1);
    nn::adam optimizer(net.parameters());
    (void)nn::fit(net, optimizer, train.set(), soft);
    CHECK(images == 5 * (192 + 50));  // 12 whole batches of 200 images, and all of validation
    results.push_back(bits_of(net, optimizer));
  }
  CHECK(results[0] == results[1]);
  const std::vector<index_t> beyond{3, 250};
  CHECK_THROWS_WITH(recorded.logits(beyond), Catch::Contains("image 250 of 250"));
}

TEST_CASE("a fit that is resumed within an epoch has the bits of one that never stopped") {
  const pictures train(150, 1);
  nn::fit_options changing = options;
  changing.moves = {.shift = 1, .mirror = true};
  changing.validation = 0.2;
  auto whole = make_net(1), first = make_net(1), second = make_net(1);
  nn::adam of_whole(whole.parameters()), of_first(first.parameters()),
      of_second(second.parameters());
  (void)nn::fit(whole, of_whole, train.set(), changing);

  std::vector<std::byte> file;
  nn::fit_options saving = changing;
  saving.after_step = [&](nn::training_position at) {
    if (at.epoch == 2 && at.step == 3) file = nn::checkpoint(first, of_first, at);
  };
  (void)nn::fit(first, of_first, train.set(), saving);
  nn::fit_options resuming = changing;
  resuming.from = nn::restore(file, second, of_second);
  CHECK(resuming.from.step == 3);
  const nn::history run = nn::fit(second, of_second, train.set(), resuming);
  CHECK(run.epochs.size() == 3);
  CHECK(bits_of(second, of_second) == bits_of(whole, of_whole));
}

TEST_CASE("early stopping keeps the best epoch on validation") {
  // Noise without a pattern, learned by heart at a high rate: the validation loss rises.
  pictures train(60, 5, 0);
  const lowbit::random_stream random(6);
  for (std::size_t i = 0; i < train.bytes.size(); ++i)
    train.bytes[i] = static_cast<std::uint8_t>(random.bits(static_cast<index_t>(i)));
  auto net = make_net(1);
  nn::adam optimizer(net.parameters());
  nn::fit_options stopping = options;
  stopping.epochs = 60;
  stopping.rate = nn::step_lr{.rate = 0.02f, .every = 1000};
  stopping.validation = 0.25;
  stopping.patience = 4;
  int told = 0;
  stopping.after_epoch = [&](const nn::history&, const nn::fit_options&) { ++told; };
  const nn::history run = nn::fit(net, optimizer, train.set(), stopping);
  REQUIRE(run.stopped_early);
  const auto epochs = static_cast<index_t>(run.epochs.size());
  CHECK(epochs < 60);
  CHECK(told == epochs);
  CHECK(run.kept_epoch == epochs - 4);
  const auto loss = [&](index_t epoch) {
    return run.epochs[static_cast<std::size_t>(epoch - 1)].validation.loss;
  };
  for (index_t e = 1; e <= epochs; ++e) CHECK(loss(run.kept_epoch) <= loss(e));
  // The network is that of the kept epoch, optimizer and running averages as well.
  CHECK(optimizer.steps() == run.kept_epoch * (45 / 16));
}

TEST_CASE("images move by whole pixels, as often in each direction") {
  const pictures some(2, 7);
  const nn::image_set set = some.set();
  const nn::augmentation moves{.shift = 1, .mirror = true, .beyond = -1};
  std::map<std::array<index_t, 3>, int> seen;
  for (index_t i = 0; i < 9000; ++i) {
    const auto m = moves.of(lowbit::random_stream(9), i);
    ++seen[{m.down, m.right, index_t{m.mirrored}}];
  }
  CHECK(seen.size() == 18);
  for (const auto& [move, count] : seen) CHECK(count == Approx(500).margin(100));

  std::vector<float> moved(30);
  set.read(1, {1, -1, false}, -1, moved.data());
  for (index_t y = 0; y < 6; ++y)
    for (index_t x = 0; x < 5; ++x) {
      const bool inside = y >= 1 && x < 4;
      const float expected =
          inside
              ? static_cast<float>(some.bytes[static_cast<std::size_t>(30 + (y - 1) * 5 + x + 1)])
              : -1.0f;
      CHECK(moved[static_cast<std::size_t>(y * 5 + x)] == expected);
    }
  set.read(0, {0, 0, true}, -1, moved.data());
  for (std::size_t x = 0; x < 5; ++x) CHECK(moved[x] == static_cast<float>(some.bytes[4 - x]));
}

TEST_CASE("fit takes any loss, and errors say what is wrong") {
  const pictures train(64, 1);
  auto net = make_net(1);
  nn::adam optimizer(net.parameters());
  nn::fit_options hinge = options;
  hinge.loss = [](const nn::batch_result& r) { return nn::squared_hinge(r.logits, r.labels); };
  const nn::history run = nn::fit(net, optimizer, train.set(), hinge);
  CHECK(run.epochs.back().training.loss < run.epochs.front().training.loss);

  const auto error_with = [&](auto change) {
    nn::fit_options wrong = options;
    change(wrong);
    return test::error_of([&] { (void)nn::fit(net, optimizer, train.set(), wrong); });
  };
  CHECK(error_with([](nn::fit_options& o) { o.validation = 1; }) ==
        "nn::fit: 64 images, of which a share of 1 is for validation: none is left to train on");
  CHECK(error_with([](nn::fit_options& o) { o.patience = 2; }) ==
        "nn::fit: patience 2 with a validation set of 0 images");
  CHECK(error_with([](nn::fit_options& o) { o.batch = 0; }) ==
        "nn::fit: 5 epochs from epoch 0 on, batches of 0");
  CHECK_THAT(error_with([](nn::fit_options& o) { o.rate = nn::step_lr{.rate = HUGE_VALF}; }),
             ContainsSubstring("nn::train_step: epoch 0, step"));
  CHECK(test::error_of([&] {
          (void)nn::image_set(lowbit::nhwc(train.bytes.data(), train.shape), std::vector<int>(3));
        }) == "nn::image_set: 64 rows, 3 labels");
}

TEST_CASE("a history as text") {
  nn::history run{7, {}, true, 1};
  run.epochs.push_back({1, 0.5f, {0.25, 0.75}, {}, 2});
  run.epochs.push_back({2, 0.25f, {0.125, 1}, {0.5, 0.875}, 2.5});
  CHECK(run.to_csv() ==
        "epoch,rate,training_loss,training_accuracy,validation_loss,validation_accuracy,seconds\n"
        "1,0.5,0.25,0.75,,,2\n"
        "2,0.25,0.125,1,0.5,0.875,2.5\n");
  const auto read = nlohmann::json::parse(run.to_json());
  CHECK(read.at("seed") == 7);
  CHECK(read.at("stopped_early") == true);
  CHECK(read.at("kept_epoch") == 1);
  CHECK(read.at("epochs").at(0).at("validation_loss").is_null());
  CHECK(read.at("epochs").at(1).at("validation_accuracy") == 0.875);

  std::FILE* const file = std::tmpfile();
  REQUIRE(file != nullptr);
  nn::print_epoch(file)(run, {.epochs = 4});
  std::rewind(file);
  char line[200] = {};
  CHECK(std::fgets(line, sizeof line, file) != nullptr);
  std::fclose(file);
  CHECK(
      std::string(line) ==
      "epoch 2 of 4: loss 0.1250, 100.00 % right, validation 87.50 %, 0.0 s left, seed 7: stopped "
      "early\n");
}

}  // namespace test_fit
