// Trains a binarized network on Fashion-MNIST, turns it into bits, and checks that nothing changed.
//
//   1. train    a network with binary weights and activations, and its real-valued twin of the same
//               shape, with the same number of epochs and the same batches
//   2. deploy   the binarized one: packed weights, and one integer threshold for each hidden unit
//   3. compare  every hidden bit, logit and prediction on all test images with float arithmetic
//   4. measure  accuracy, bytes, time per image
//
// The exit code is 0 if the two agree, 1 if they do not, 2 for bad options or data.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <future>
#include <lowbit/dispatch/build_info.hpp>
#include <lowbit/nn.hpp>
#include <numeric>
#include <vector>

#include "dataset.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report.hpp"

#ifndef FASHION_BNN_DATA_DIR  // CMakeLists.txt sets it to the folder that ships with this file
#define FASHION_BNN_DATA_DIR "data"
#endif

namespace nn = lowbit::nn;
using lowbit::index_t;

namespace {

/// Images that are trained on together: 100, or all where there are fewer.
index_t batch_size_of(const samples& s) { return std::min(index_t{100}, s.size()); }

dataset load_data(const options& opt) {
  const std::string digits = FASHION_BNN_DATA_DIR "/digits.csv.gz";
  if (opt.data == "digits") return load_digits(digits);
  if (opt.data_given || has_fashion_mnist(opt.data)) return load_fashion_mnist(opt.data);
  std::printf(
      "No Fashion-MNIST in %s (Debian: apt-get install dataset-fashion-mnist).\n"
      "Using the 1,797 small digits that ship with this example instead.\n",
      opt.data.c_str());
  return load_digits(digits);
}

/// A random order of n images: the same for both networks.
std::vector<index_t> shuffled(index_t n, const lowbit::random_stream& stream) {
  std::vector<index_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), index_t{0});
  for (index_t i = n - 1; i > 0; --i) {
    const auto other = static_cast<std::size_t>(
        std::uint64_t{stream.bits(i)} * static_cast<std::uint64_t>(i + 1) >> 32);
    std::swap(order[static_cast<std::size_t>(i)], order[other]);
  }
  return order;
}

struct batch {
  nn::float_matrix images;
  std::vector<std::uint8_t> labels;
};

batch pick(const samples& s, std::span<const index_t> which) {
  const auto pixels = s.images();
  batch b{nn::float_matrix(static_cast<index_t>(which.size()), pixels.cols()), {}};
  for (std::size_t i = 0; i < which.size(); ++i) {
    const auto image = pixels.row(which[i]);
    std::copy(image.begin(), image.end(),
              b.images.data() + static_cast<index_t>(i) * pixels.cols());
    b.labels.push_back(s.labels[static_cast<std::size_t>(which[i])]);
  }
  return b;
}

/// Trains with Adam and a falling learning rate. The network is any mlp: what is quantized, and how, is
/// in its type.
template <class Network>
void train(Network& net, const samples& s, int epochs, float rate, std::uint64_t seed,
           const std::function<void()>& batch_done) {
  const index_t batch_size = batch_size_of(s), batches = s.size() / batch_size;
  nn::adam optimizer(net.parameters());
  for (index_t epoch = 0; epoch < epochs; ++epoch) {
    // Streams 0, 1, 2 initialised the layers; shuffling takes others.
    const lowbit::random_stream stream(seed, 1000 + static_cast<std::uint64_t>(epoch));
    const auto order = shuffled(s.size(), stream);
    for (index_t i = 0; i < batches; ++i) {
      const batch b = pick(s, std::span(order).subspan(static_cast<std::size_t>(i * batch_size),
                                                       static_cast<std::size_t>(batch_size)));
      net.backward(nn::softmax_cross_entropy(net.forward(b.images), b.labels).gradient);
      optimizer.step(nn::cosine_rate(rate, epoch * batches + i, epochs * batches));
      batch_done();
    }
  }
}

/// Trains both networks at once, each on one thread, so that the result does not depend on how many
/// cores there are. Returns the seconds it took.
double train_both(nn::binary_mlp& bnn, nn::float_mlp& twin, const samples& s, int epochs,
                  std::uint64_t seed) {
  const index_t batch_size = batch_size_of(s);
  progress shown(2, epochs, s.size() / batch_size * batch_size);
  auto other = std::async(std::launch::async, [&] {
    train(twin, s, epochs, 1e-3f, seed, [&] { shown.advance(1, batch_size); });
  });
  train(bnn, s, epochs, 2e-3f, seed, [&] { shown.advance(0, batch_size); });
  other.get();
  return shown.finish();
}

double accuracy(lowbit::matrix_view<const float> logits, const samples& s) {
  const auto guesses = nn::predictions(logits);
  index_t right = 0;
  for (std::size_t i = 0; i < guesses.size(); ++i) right += guesses[i] == s.labels[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(s.size());
}

/// Seconds per image of a network on all test images: the median of seven runs, on one thread.
template <class Network>
double time_per_image(const Network& net, const samples& s) {
  std::vector<double> seconds;
  for (int run = 0; run < 7; ++run) {
    const auto start = std::chrono::steady_clock::now();
    const auto logits = net(s.images());
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    if (logits.rows() == s.size()) seconds.push_back(passed.count());  // so it cannot be left out
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2] / static_cast<double>(s.size());
}

int run(const options& opt) {
  Eigen::setNbThreads(1);  // matters only where the compiler runs with -fopenmp
  std::printf("%s\n", lowbit::build_info().c_str());
  std::ofstream json;
  if (!opt.json.empty()) {
    json.open(opt.json);
    if (!json) throw usage_error("--json: cannot write to '" + opt.json + "'");
  }
  const dataset data = load_data(opt);
  const int epochs = opt.epochs > 0 ? opt.epochs : data.name == "digits" ? 60 : 6;
  const std::vector<index_t> sizes{data.train.width * data.train.height, opt.hidden, opt.hidden,
                                   static_cast<index_t>(data.classes.size())};
  std::printf("%s: %td images to train, %td to test; network %td-%d-%d-%zu\n", data.name.c_str(),
              data.train.size(), data.test.size(), sizes[0], opt.hidden, opt.hidden,
              data.classes.size());
  std::fflush(stdout);

  nn::binary_mlp bnn(sizes, opt.seed);
  nn::float_mlp twin(sizes, opt.seed);
  results r;
  r.train_seconds = train_both(bnn, twin, data.train, epochs, opt.seed);

  const nn::frozen_mlp twin_in_float(twin);
  const nn::frozen_mlp bnn_in_float(bnn);
  const nn::packed_mlp bnn_on_bits = nn::deploy(bnn);

  const auto images = data.test.images();
  const nn::trace in_float = bnn_in_float.traced(images);
  const nn::trace on_bits = bnn_on_bits.traced(images);
  r.agreement = nn::compare(in_float, on_bits);

  r.dataset = data.name;
  r.test_images = data.test.size();
  const auto twin_logits = twin_in_float(images);
  r.accuracy_float_twin = accuracy(lowbit::view(twin_logits), data.test);
  r.accuracy_bnn = accuracy(in_float.logits, data.test);
  r.accuracy_packed = accuracy(on_bits.logits, data.test);
  r.bytes_float = twin_in_float.bytes();
  r.bytes_packed = bnn_on_bits.bytes();
  r.seconds_per_image_float = time_per_image(twin_in_float, data.test);
  r.seconds_per_image_packed = time_per_image(bnn_on_bits, data.test);
  r.isa = lowbit::active_isa();
  r.flags = lowbit::build_flags();
  r.build = lowbit::build_info();
  r.kernels = {lowbit::kernel_name<lowbit::unsigned_bits<8>, lowbit::binary>(),
               lowbit::kernel_name<lowbit::binary, lowbit::binary>()};
  r.packed_digest = digest(on_bits.logits);
  r.seed = opt.seed;
  r.epochs = epochs;
  r.hidden = opt.hidden;

  print_table(r);
  print_pictures(data, nn::predictions(on_bits.logits));
  if (json.is_open()) {
    write_json(r, json);
    json.close();
    if (!json) throw std::runtime_error("--json: writing to '" + opt.json + "' failed");
  }
  return r.agreement.identical() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse_options(argc, argv));
  } catch (const std::exception& e) {
    std::fflush(stdout);
    std::fprintf(stderr, "fashion_bnn: %s\n", e.what());
    return 2;
  }
}
