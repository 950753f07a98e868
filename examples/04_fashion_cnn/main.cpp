// Trains a binary convolutional network on Fashion-MNIST, turns it into bits, and checks that nothing changed.
//
//   1. train    a Bi-Real network and its real-valued twin of the same shape (network.hpp), with the same
//               number of epochs and the same batches
//   2. deploy   the binary one: packed filters, batch norms and shortcuts as stages of the convolutions
//   3. save     it, load it again, and go on with both
//   4. compare  every code, logit and prediction on all test images with float arithmetic
//   5. measure  accuracy, bytes, time per image and layer
//
// The exit code is 0 if all agree, 1 if they do not, 2 for bad options or data.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <future>
#include <lowbit/dispatch/build_info.hpp>
#include <numeric>
#include <vector>

#include "dataset.hpp"
#include "network.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::tensor_shape;

namespace {

/// Images that pass through a network together: 100, or all where there are fewer.
index_t batch_size_of(const samples& s) { return std::min(index_t{100}, s.size()); }

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

/// Some images, folded.
void pick(const samples& s, std::span<const index_t> which, float* to) {
  const index_t size = s.width * s.height;
  for (const index_t i : which) {
    fold(s.pixels.data() + i * size, to);
    to += size;
  }
}
tensor_shape shape_of(index_t images) { return {images, input_side, input_side, input_channels}; }

/// Trains with Adam and a falling learning rate. What is quantized, and how, is in the network's type.
template <class Network>
void train(Network& net, const samples& s, int epochs, float rate, std::uint64_t seed,
           const std::function<void()>& batch_done) {
  const index_t batch_size = batch_size_of(s), batches = s.size() / batch_size;
  nn::adam optimizer(net.parameters());
  nn::feature_map x(shape_of(batch_size));
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(batch_size));
  for (index_t epoch = 0; epoch < epochs; ++epoch) {
    // The first streams initialised the layers; shuffling takes others.
    const lowbit::random_stream stream(seed, 1000 + static_cast<std::uint64_t>(epoch));
    const auto order = shuffled(s.size(), stream);
    for (index_t i = 0; i < batches; ++i) {
      const auto which = std::span(order).subspan(static_cast<std::size_t>(i * batch_size),
                                                  static_cast<std::size_t>(batch_size));
      pick(s, which, x.mutable_pixels().data());
      std::transform(which.begin(), which.end(), labels.begin(),
                     [&](index_t n) { return s.labels[static_cast<std::size_t>(n)]; });
      const auto loss = nn::softmax_cross_entropy(net.forward(x.read()).pixels(), labels);
      net.backward_parameters({{batch_size, 1, 1, class_count}, loss.gradient});
      optimizer.step(nn::cosine_rate(rate, epoch * batches + i, epochs * batches));
      batch_done();
    }
  }
}

/// Trains both networks at once, each on one thread, so that the result does not depend on how many cores
/// there are. Returns the seconds it took.
template <class Bnn, class Twin>
double train_both(Bnn& bnn, Twin& twin, const samples& s, int epochs, std::uint64_t seed) {
  const index_t batch_size = batch_size_of(s);
  progress shown(2, epochs, s.size() / batch_size * batch_size);
  auto other = std::async(std::launch::async, [&] {
    train(twin, s, epochs, 1e-3f, seed, [&] { shown.advance(1, batch_size); });
  });
  train(bnn, s, epochs, 3e-3f, seed, [&] { shown.advance(0, batch_size); });
  other.get();
  return shown.finish();
}

/// The shares of right guesses, batch after batch.
class accuracy {
 public:
  void add(lowbit::matrix_view<const float> logits, const std::uint8_t* labels) {
    for (const index_t guess : nn::predictions(logits)) {
      right_ += guess == *labels++ ? 1 : 0;
      ++seen_;
    }
  }
  double share() const { return static_cast<double>(right_) / static_cast<double>(seen_); }

 private:
  index_t right_ = 0, seen_ = 0;
};

void add(nn::comparison& sum, const nn::comparison& more) {
  sum.hidden_codes += more.hidden_codes;
  sum.logits += more.logits;
  sum.predictions += more.predictions;
  sum.different_codes += more.different_codes;
  sum.different_logits += more.different_logits;
  sum.different_predictions += more.different_predictions;
}

/// All test images through everything: accuracies, and what differs.
template <class Bnn, class Twin>
void evaluate(const Bnn& bnn, const Twin& twin, const packed_cnn& packed, const packed_cnn& loaded,
              const samples& s, results& r) {
  accuracy of_twin, of_bnn, of_packed;
  std::vector<float> packed_logits, loaded_logits;
  std::vector<index_t> order(static_cast<std::size_t>(s.size()));
  std::iota(order.begin(), order.end(), index_t{0});
  const index_t batch_size = batch_size_of(s);
  for (index_t first = 0; first < s.size(); first += batch_size) {
    const tensor_shape shape = shape_of(std::min(batch_size, s.size() - first));
    const auto which = std::span(order).subspan(static_cast<std::size_t>(first),
                                                static_cast<std::size_t>(shape.batch));
    const std::uint8_t* const labels = s.labels.data() + first;
    nn::feature_map x(shape);
    pick(s, which, x.mutable_pixels().data());
    const auto images = x.read().view();

    of_twin.add(twin.traced(x.read()).logits, labels);
    const nn::trace in_float = bnn.traced(x.read());
    of_bnn.add(in_float.logits, labels);
    const nn::trace on_bits = nn::traced(lowbit::chosen_isa(), packed, images);
    add(r.agreement, nn::compare(in_float, on_bits));

    const auto run = [&](const packed_cnn& net, std::vector<float>& logits) {
      auto work = net.workspace(shape);
      auto y = net.make_output(work);
      net(images, work, y);
      logits.insert(logits.end(), y.pixels().data(), y.pixels().data() + shape.batch * class_count);
      return y;
    };
    of_packed.add(run(packed, packed_logits).pixels(), labels);
    run(loaded, loaded_logits);
  }
  r.test_images = s.size();
  r.accuracy_float_twin = of_twin.share();
  r.accuracy_bnn = of_bnn.share();
  r.accuracy_packed = of_packed.share();
  r.packed_digest = digest(packed_logits);
  r.loaded_identical = digest(loaded_logits) == r.packed_digest;
}

/// Seconds that f takes: the fastest of 25 runs, which nothing else on the machine has disturbed.
template <class F>
double seconds_of(const F& f) {
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
template <class Twin>
void measure(const Twin& twin, const packed_cnn& packed, const samples& s, results& r) {
  const tensor_shape shape = shape_of(batch_size_of(s));
  std::vector<index_t> which(static_cast<std::size_t>(shape.batch));
  std::iota(which.begin(), which.end(), index_t{0});
  nn::feature_map x(shape);
  pick(s, which, x.mutable_pixels().data());
  const nn::feature_map images = x;
  const auto count = static_cast<double>(shape.batch);

  auto work = packed.workspace(shape);
  auto y = packed.make_output(work);
  r.seconds_per_image_packed = seconds_of([&] { packed(images.read().view(), work, y); }) / count;
  double unused = 0;  // so that no run can be left out
  r.seconds_per_image_float =
      seconds_of([&] { unused += static_cast<double>(twin(x.read()).pixels()(0, 0)); }) / count;
  if (unused != unused) std::printf("the twin's logits are not numbers\n");

  const auto time_twin = [&](const auto& layer, const char* name) {
    nn::feature_map out;
    const double seconds = seconds_of([&] { out = layer(x.read()); });
    x = std::move(out);
    r.layers.push_back({name, seconds / count, 0, layer.bytes(), 0});
  };
  std::apply(
      [&](const auto&... layer) {
        std::size_t i = 0;
        (time_twin(layer, layer_names[i++]), ...);
      },
      twin.layers());

  std::size_t i = 0;
  lowbit::for_each_layer(
      packed, images.read().view(),
      [&]<class Layer>(const Layer& layer, const auto& in, auto& own, auto& out, auto) {
        const double seconds = seconds_of([&] { layer(in, own, out); });
        layer_times& row = r.layers[i++];
        row.seconds_packed = seconds / count;
        row.bytes_packed =
            static_cast<index_t>(lowbit::save(lowbit::sequential<Layer>(layer)).size());
      });
}

/// The network as it comes out of its own file, or out of memory when no file is wanted.
lowbit::loaded<packed_cnn> save_and_load(const packed_cnn& net, const std::string& name,
                                         results& r) {
  const std::vector<std::byte> file = lowbit::save(net);
  r.bytes_packed = static_cast<index_t>(file.size());
  if (name.empty()) return lowbit::load<packed_cnn>(file);
  if (!lowbit::write_file(name.c_str(), file))
    throw usage_error("--save: cannot write to '" + name + "': " + std::strerror(errno));
  return lowbit::load<packed_cnn>(lowbit::read_file(name.c_str()));
}

samples first_of(samples s, long images) {
  if (images < s.size()) {
    s.pixels.resize(static_cast<std::size_t>(images * s.width * s.height));
    s.labels.resize(static_cast<std::size_t>(images));
  }
  return s;
}

int run(const options& opt) {
  Eigen::setNbThreads(1);  // matters only where the compiler runs with -fopenmp
  std::printf("%s\n", lowbit::build_info().c_str());
  std::ofstream json;
  if (!opt.json.empty()) {
    json.open(opt.json);
    if (!json) throw usage_error("--json: cannot write to '" + opt.json + "'");
  }
  dataset data = load_fashion_mnist(opt.data);
  data.train = first_of(std::move(data.train), opt.images);
  data.test = first_of(std::move(data.test), opt.images);
  std::printf("%s: %td images to train, %td to test\n", data.name.c_str(), data.train.size(),
              data.test.size());
  std::fflush(stdout);

  auto bnn = make_bnn(opt.seed);
  auto twin = make_twin(opt.seed);
  results r;
  r.train_seconds = train_both(bnn, twin, data.train, opt.epochs, opt.seed);

  const auto twin_in_float = nn::freeze(twin, nn::sums::fast);
  const auto bnn_in_float = nn::freeze(bnn);
  const packed_cnn packed = nn::deploy(bnn);
  const auto loaded = save_and_load(packed, opt.save, r);
  if (!loaded) {
    std::printf("the saved network cannot be loaded: %s, at byte %zu\n", loaded.problem(),
                loaded.place());
    return 1;
  }
  evaluate(bnn_in_float, twin_in_float, packed, *loaded, data.test, r);
  measure(twin_in_float, packed, data.test, r);
  r.bytes_float = twin_in_float.bytes();
  r.isa = lowbit::active_isa();
  r.build = lowbit::build_info();
  r.seed = opt.seed;
  r.epochs = opt.epochs;
  r.train_images = data.train.size();

  print_table(r);
  if (json.is_open()) {
    write_json(r, json);
    json.close();
    if (!json) throw std::runtime_error("--json: writing to '" + opt.json + "' failed");
  }
  return r.identical() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse_options(argc, argv));
  } catch (const std::exception& e) {
    std::fflush(stdout);
    std::fprintf(stderr, "fashion_cnn: %s\n", e.what());
    return 2;
  }
}
