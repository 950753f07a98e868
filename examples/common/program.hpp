// A program that trains a network and its float twin, turns the network into bits, and checks that nothing changed.
//
//   1. train    both, with the same number of epochs and the same batches          (training.hpp)
//   2. deploy   the binary one: packed weights; scales, batch norms and signs as stages or integer thresholds
//   3. save     it, load it again, and go on with both
//   4. compare  every code, logit and prediction on all test images with float arithmetic
//   5. measure  accuracy, bytes, time per image and layer
//
// An example is a type with two networks (network.hpp); everything else is here. The exit code is 0 if all agree, 1 if
// they do not, 2 for bad options or data.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <fstream>
#include <lowbit/dispatch/build_info.hpp>
#include <lowbit/io.hpp>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>

#include "options.hpp"
#include "report.hpp"
#include "training.hpp"

namespace nn = lowbit::nn;
using lowbit::index_t;

/// What every example is asked on the command line.
struct options {
  std::string data, json, save;  // empty: none
  index_t epochs = 0;            // 0: what suits the data set
  index_t images = (std::numeric_limits<index_t>::max)();
  std::uint64_t seed = 1;
};

/// What a packed network reads of a batch: bytes or floats.
template <class Packed>
auto input_of(const Packed&, const batch& b) {
  if constexpr (std::same_as<typename Packed::input, lowbit::image_tensor<std::uint8_t>>)
    return b.bytes;
  else
    return b.floats.read().view();
}

/// All test images through everything: accuracies, and what differs. Returns what the packed network takes them for.
template <class Bnn, class Twin, class Packed>
std::vector<index_t> evaluate(const Bnn& bnn, const Twin& twin, const Packed& packed,
                              const Packed& loaded, const arranged_images& test, results& r) {
  accuracy of_twin, of_bnn, of_packed;
  std::vector<float> packed_logits, loaded_logits;
  std::vector<index_t> guesses;
  for_each_batch(test, [&](const batch& b) {
    const auto images = input_of(packed, b);

    of_twin.add(twin.traced(b.floats.read()).logits, b.labels);
    const nn::trace in_float = bnn.traced(b.floats.read());
    of_bnn.add(in_float.logits, b.labels);
    r.agreement += nn::compare(in_float, nn::traced(packed, images));

    const auto run = [&](const Packed& net, std::vector<float>& logits) {
      auto work = net.workspace(images.shape);
      auto y = net.make_output(work);
      net(images, work, y);
      logits.insert(logits.end(), y.pixels().data(), y.pixels().data() + y.shape().elements());
      return y;
    };
    const auto logits = run(packed, packed_logits);
    of_packed.add(logits.pixels(), b.labels);
    for (const index_t guess : nn::predictions(logits.pixels())) guesses.push_back(guess);
    run(loaded, loaded_logits);
  });
  r.accuracy_float_twin = of_twin.share();
  r.accuracy_bnn = of_bnn.share();
  r.accuracy_packed = of_packed.share();
  r.packed_digest = digest(packed_logits);
  r.loaded_identical = digest(loaded_logits) == r.packed_digest;
  return guesses;
}

/// Seconds that f takes: the fastest of 25 runs, which nothing else on the machine has disturbed.
inline double seconds_of(const std::function<void()>& f) {
  double fastest = 1e9;
  for (int run = 0; run < 25; ++run) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    fastest = std::min(fastest, passed.count());
  }
  return fastest;
}

/// Times of both networks and all their layers, on one thread: a batch divided by its images.
template <class Example, class Twin, class Packed>
void measure(const Example& example, const Twin& twin, const Packed& packed,
             const arranged_images& test, results& r) {
  const batch b = batch_from(test, 0);
  const auto images = input_of(packed, b);
  const auto count = static_cast<double>(images.shape.batch);

  auto work = packed.workspace(images.shape);
  auto y = packed.make_output(work);
  r.seconds_per_image_packed = seconds_of([&] { packed(images, work, y); }) / count;
  nn::feature_map logits;
  r.seconds_per_image_float = seconds_of([&] { logits = twin(b.floats.read()); }) / count;

  const std::vector<std::string> names = example.layer_names();
  nn::feature_map x = b.floats;
  const auto time_twin = [&](const auto& layer) {
    nn::feature_map out;
    const double seconds = seconds_of([&] { out = layer(x.read()); });
    x = std::move(out);
    r.layers.push_back({names[r.layers.size()], seconds / count, 0, layer.bytes(), 0});
  };
  std::apply([&](const auto&... layer) { (time_twin(layer), ...); }, twin.layers());

  // A packed network of bytes has one layer more: it makes bit planes of them.
  if (std::tuple_size_v < std::remove_cvref_t < decltype(packed.layers()) >>> r.layers.size())
    r.layers.insert(r.layers.begin(), {"bytes to bit planes", 0, 0, 0, 0});
  auto row = r.layers.begin();
  lowbit::for_each_layer(
      packed, images,
      [&]<class Layer>(const Layer& layer, const auto& in, auto& own, auto& out, auto) {
        row->seconds_packed = seconds_of([&] { layer(in, own, out); }) / count;
        row->bytes_packed = static_cast<index_t>(lowbit::save(layer).size());
        ++row;
      });
}

/// The network as it comes out of its own file, or out of memory when no file is wanted.
template <class Packed>
lowbit::loaded<Packed> save_and_load(const Packed& net, const std::string& name, results& r) {
  const std::vector<std::byte> file = lowbit::save(net);
  r.bytes_packed = static_cast<index_t>(file.size());
  if (name.empty()) return lowbit::load<Packed>(file);
  if (!lowbit::write_file(name.c_str(), file))
    throw usage_error("--save: cannot write to '" + name + "': " + std::strerror(errno));
  return lowbit::load<Packed>(lowbit::read_file(name.c_str()));
}

template <class Example>
int run(Example example, int argc, char** argv) {
  options opt;
  command_line line(Example::name, Example::purpose);
  line.add(
      "--data", "DIR",
      Example::takes_digits
          ? "the four .gz files of Fashion-MNIST, or of any number of such images; default:\n"
            "                   where Debian installs them, or else the digits that ship with\n"
            "                   this example, whose name is 'digits'"
          : "the four .gz files of Fashion-MNIST, or of any number of such images; default:\n"
            "                   where Debian installs them",
      opt.data);
  line.add("--epochs", "N", Example::epochs_help, opt.epochs, index_t{1}, index_t{1000});
  line.add("--images", "N", "train and test with at most so many images (default: all)", opt.images,
           index_t{1}, opt.images);
  line.add("--seed", "N", "of weights and shuffling (default: 1)", opt.seed, std::uint64_t{0},
           std::uint64_t{UINT64_MAX});
  example.add_options(line);
  line.add("--save", "FILE", "write the packed network to FILE, and load it from there", opt.save);
  line.add("--json", "FILE", "write the results to FILE as well", opt.json);
  line.parse(argc, argv);

  std::printf("%s\n", lowbit::build_info().c_str());
  std::ofstream json;
  if (!opt.json.empty()) {
    json.open(opt.json);
    if (!json) throw usage_error("--json: cannot write to '" + opt.json + "'");
  }
  dataset data = load_data(opt.data, Example::takes_digits);
  data.train = first_of(std::move(data.train), opt.images);
  data.test = first_of(std::move(data.test), opt.images);
  const arranged_images train(data.train, Example::images), test(data.test, Example::images);
  const lowbit::tensor_shape shape = Example::images.shape(data.train.width, data.train.height);
  const auto classes = static_cast<index_t>(data.classes.size());
  results r;
  r.epochs = opt.epochs > 0 ? opt.epochs : Example::epochs(data.name);
  std::printf("%s: %td images to train, %td to test; network %s\n", data.name.c_str(),
              data.train.size(), data.test.size(), example.shape_text(shape, classes).c_str());
  std::fflush(stdout);

  auto bnn = example.make_bnn(shape, classes, opt.seed);
  auto twin = example.make_twin(shape, classes, opt.seed);
  r.train_seconds =
      train_both(bnn, Example::bnn_rate, twin, Example::twin_rate, train, r.epochs, opt.seed);

  const auto twin_in_float = nn::freeze(twin, nn::sums::fast);
  const auto bnn_in_float = nn::freeze(bnn);
  const auto packed = nn::deploy(bnn);
  const auto loaded = save_and_load(packed, opt.save, r);
  if (!loaded) {
    std::printf("the saved network cannot be loaded: %s, at byte %zu\n", loaded.problem(),
                loaded.place());
    return 1;
  }
  const std::vector<index_t> guesses =
      evaluate(bnn_in_float, twin_in_float, packed, *loaded, test, r);
  measure(example, twin_in_float, packed, test, r);
  r.bytes_float = twin_in_float.bytes();
  r.dataset = data.name;
  r.isa = lowbit::active_isa();
  r.flags = lowbit::build_flags();
  r.build = lowbit::build_info();
  r.kernels = example.kernels();
  r.seed = opt.seed;
  r.train_images = data.train.size();
  r.test_images = data.test.size();

  print_table(r);
  print_pictures(data, guesses);
  if (json.is_open()) {
    write_json(r, json);
    json.close();
    if (!json) throw std::runtime_error("--json: writing to '" + opt.json + "' failed");
  }
  return r.identical() ? 0 : 1;
}

/// main() of an example.
template <class Example>
int run_program(const Example& example, int argc, char** argv) {
  try {
    return run(example, argc, argv);
  } catch (const std::exception& e) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", Example::name, e.what());
    return 2;
  }
}
