#include "pipelines.hpp"

#include <cctype>
#include <chrono>
#include <lowbit/io.hpp>
#include <lowbit/network/layers/float_layers.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>
#include <lowbit/nn/optimizers/hashed.hpp>
#include <lowbit/quantize/any_catalogue.hpp>
#include <stdexcept>

#include "training.hpp"

namespace nn = lowbit::nn;
namespace compress = lowbit::compress;
namespace layer = lowbit::layer;
using lowbit::index_t;
using lowbit::symbol_coding;

namespace {

constexpr index_t hashed_units = 1000, classes = 10, hashed_share = 64;

/// A float convolution with the weights of a compressed layer.
template <class Kind, class Reads>
layer::float_conv2d decoded(const layer::compressed_layer<Kind, Reads>& compressed,
                            lowbit::tensor_shape in) {
  const auto weights = compressed.weights().decoded();
  lowbit::window over;
  if constexpr (requires { compressed.data().reads.over; }) {
    over = compressed.data().reads.over;
  } else {
    over.vertical.size = in.height;
    over.horizontal.size = in.width;
  }
  lowbit::image_tensor<float> filters(
      {weights.rows(), over.vertical.size, over.horizontal.size, in.channels});
  std::copy_n(weights.data(), filters.shape().elements(), filters.mutable_pixels().data());
  const std::vector<float> zeros(compressed.data().bias.size()), ones(zeros.size(), 1);
  return {std::move(filters), over,
          lowbit::batch_norm(ones, compressed.data().bias, zeros, ones, 0)};
}
const layer::function& decoded(const layer::function& f, lowbit::tensor_shape) { return f; }

/// A layer's result.
template <class Layer>
lowbit::image_tensor<float> result_of(const Layer& l, const lowbit::image_tensor<float>& x) {
  lowbit::image_tensor<float> y(l.output_shape(x.shape()));
  auto work = l.workspace(x.shape());
  l(x.view(), work, y);
  return y;
}

/// Logits by the network with its weights decoded, for images of one shape.
template <class... Layers>
lowbit::image_tensor<float> dense_logits(const lowbit::sequential<Layers...>& net,
                                         lowbit::image_tensor<float> x) {
  std::apply([&](const auto&... each) { ((x = result_of(decoded(each, x.shape()), x)), ...); },
             net.layers());
  return x;
}

/// The network as it comes out of its file.
template <class Packed>
Packed written_and_read(const Packed& net, const std::string& directory, const std::string& name,
                        index_t& bytes) {
  const std::vector<std::byte> file = lowbit::save(net);
  bytes = static_cast<index_t>(file.size());
  const auto unwrapped = [](auto loaded) -> Packed {
    if (!loaded) throw std::runtime_error(std::string("a file does not load: ") + loaded.problem());
    return std::move(*loaded);
  };
  if (directory.empty()) return unwrapped(lowbit::load<Packed>(file));
  const std::string path = directory + "/" + name + ".lowbit";
  if (!lowbit::write_file(path.c_str(), file)) throw std::runtime_error("cannot write " + path);
  return unwrapped(lowbit::load<Packed>(lowbit::read_file(path.c_str())));
}

/// Saves, loads, runs and compares.
template <class Packed>
packed_result tested(const Packed& made, const data_of& data, const std::string& directory,
                     const std::string& name) {
  packed_result r;
  const Packed net = written_and_read(made, directory, name, r.bytes);
  r.parts = compress::file_parts_of(net);
  if (r.parts.total() != r.bytes)
    throw std::runtime_error("the parts of " + name + " have " + std::to_string(r.parts.total()) +
                             " bytes, its file " + std::to_string(r.bytes));
  index_t right = 0;
  r.seconds_per_image = 1e9;
  for (index_t first = 0; first < data.test.size(); first += batch_size) {
    const batch b = batch_from(data.test, first);
    const auto x = b.floats.read().view();
    auto work = net.workspace(x.shape);
    auto y = net.make_output(work);
    const auto start = std::chrono::steady_clock::now();
    net(x, work, y);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    r.seconds_per_image =
        std::min(r.seconds_per_image, passed.count() / static_cast<double>(x.shape.batch));
    lowbit::image_tensor<float> images(x.shape);
    std::copy_n(x.data, x.shape.elements(), images.mutable_pixels().data());
    const auto expected = dense_logits(net, std::move(images));
    const auto guesses = nn::predictions(y.pixels());
    for (index_t i = 0; i < y.shape().elements(); ++i)
      r.differing_logits += y.pixels().data()[i] == expected.pixels().data()[i] ? 0 : 1;
    for (std::size_t i = 0; i < guesses.size(); ++i) right += guesses[i] == b.labels[i] ? 1 : 0;
  }
  r.error = 1 - static_cast<double>(right) / static_cast<double>(data.test.size());
  return r;
}

nn::fit_options options_of(index_t epochs, std::uint64_t seed, float rate) {
  return {.epochs = epochs,
          .batch = batch_size,
          .rate = nn::cosine_lr{rate, static_cast<double>(epochs)},
          .seed = seed};
}

lowbit::any_quantizer weights_named(const char* name) {
  return lowbit::quantizer_named(name, lowbit::for_weights);
}

}  // namespace

std::vector<pipeline_plan> pipelines(bool quick) {
  const auto epochs = [&](index_t n) { return quick ? (n + 3) / 4 : n; };
  const index_t before = epochs(10);
  std::vector<pipeline_plan> all;
  const auto add = [&](const char* name, const network_plan& network,
                       index_t trained) -> pipeline_plan& {
    all.push_back({name, &network, before, trained, {}});
    return all.back();
  };
  const auto prune = [&](std::vector<double> shares, index_t n, float rate) {
    return compress::prune_gradually{std::move(shares), n, rate};
  };
  {
    const index_t n = epochs(14), fine = epochs(6);
    pipeline_plan& p = add("Deep Compression", lenet, n + fine);
    p.steps.add("prune", prune({0.90, 0.88, 0.6}, n, 1e-3f))
        .add("share", compress::share{{5}})
        .add("fine-tune", compress::retrain{fine, 2e-4f});
    p.codings = {symbol_coding::raw, symbol_coding::huffman, symbol_coding::rans};
  }
  {
    const index_t n = epochs(14), fine = epochs(6);
    add("prune 92 %, share 3 bits", lenet, n + fine)
        .steps.add("prune", prune({0.93, 0.90, 0.6}, n, 1e-3f))
        .add("share", compress::share{{3}})
        .add("fine-tune", compress::retrain{fine, 2e-4f});
  }
  {
    const index_t n = epochs(12), fine = epochs(8);
    add("prune, INQ 5 bits", lenet, n + fine)
        .steps.add("prune", prune({0.90, 0.88, 0.6}, n, 1e-3f))
        .add("INQ", compress::quantize{weights_named("inq5"), fine, 3e-4f});
  }
  {
    const index_t n = epochs(12), fine = epochs(8);
    add("prune, TTQ", lenet, n + fine)
        .steps.add("prune", prune({0.90, 0.85, 0.6}, n, 1e-3f))
        .add("TTQ", compress::quantize{weights_named("ttq"), fine, 5e-4f});
  }
  add("TWN", lenet, epochs(20))
      .steps.add("TWN", compress::quantize{weights_named("twn"), epochs(20), 1e-3f});
  {
    const index_t n = epochs(14), fine = epochs(6);
    add("prune, share", cnn, n + fine)
        .steps.add("prune", prune({0.2, 0.5, 0.6, 0.5}, n, 2e-3f))
        .add("share", compress::share{{4}})
        .add("fine-tune", compress::retrain{fine, 2e-4f});
  }
  add("TWN", cnn, epochs(20))
      .steps.add("TWN", compress::quantize{weights_named("twn"), epochs(20), 2e-3f});
  return all;
}

plain_network train_float(const network_plan& plan, const data_of& data, index_t epochs,
                          std::uint64_t seed) {
  normed_network net = make_network(plan, data.train.shape().channels, seed);
  nn::adam optimizer(net.parameters());
  nn::fit(net, optimizer, data.train.set(), options_of(epochs, seed, 2e-3f));
  return plain(net);
}

double error_of(nn::trainable& net, const data_of& data) {
  return 1 - nn::evaluate(net, data.test.set()).accuracy;
}

std::vector<packed_result> compressed(const pipeline_plan& plan, plain_network start,
                                      const data_of& data, std::uint64_t seed,
                                      const std::string& directory) {
  const auto begin = std::chrono::steady_clock::now();
  std::string file;
  for (const char c : plan.name + "-" + plan.network->name)
    file += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  const nn::image_set images = data.train.set();
  compress::model model(start, layers_of(start, *plan.network), images,
                        {.batch = batch_size, .seed = seed + 100});
  const auto steps = plan.steps.run(model, [&] { return error_of(start, data); });
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  std::vector<packed_result> results;
  for (const auto& coding : plan.codings) {
    const compress::sparse_options how{.coding = coding};
    const std::string name =
        file + "-" + std::to_string(results.size()) + "-" + std::to_string(seed);
    results.push_back(plan.network == &lenet ? tested(pack_lenet(model, how), data, directory, name)
                                             : tested(pack_cnn(model, how), data, directory, name));
    results.back().float_bytes = float_bytes(start);
    results.back().steps = steps;
    results.back().kept = model.kept_share();
    results.back().seconds = passed.count();
  }
  return results;
}

packed_result hashed(const data_of& data, index_t epochs, std::uint64_t seed,
                     const std::string& directory) {
  const index_t inputs = data.train.shape().channels;
  std::vector<nn::conv_layer> layers;
  layers.emplace_back(inputs, hashed_units, lowbit::window{}, lowbit::random_stream(seed, 0),
                      nn::conv2d_options{.bias = true}, nn::real{}, nn::real{});
  layers.emplace_back(hashed_units, classes, lowbit::window{}, lowbit::random_stream(seed, 1),
                      nn::conv2d_options{.bias = true}, nn::real{}, nn::relu{});
  plain_network net(std::move(layers));
  std::vector<nn::parameter> shared;
  std::vector<nn::hashed_parameter> hashes;
  std::vector<nn::parameter*> moved;
  shared.reserve(2);
  for (std::size_t i = 0; i < 2; ++i) {
    nn::conv_layer& l = net.layers()[i];
    nn::parameter& values = shared.emplace_back(1, l.weights().value.size() / hashed_share);
    const float bound = l.weights().value.cwiseAbs().maxCoeff();
    values.rate = i == 0 ? 1 / largest_pixel : 1;
    nn::fill_uniform(values, lowbit::random_stream(seed, 10 + i), bound * values.rate);
    hashes.push_back({&l.weights(), &values, static_cast<std::uint32_t>(i)});
    moved.push_back(&values);
    moved.push_back(&l.bias());
  }
  nn::adam adam(moved);
  nn::hashed optimizer(adam, hashes);
  const auto begin = std::chrono::steady_clock::now();
  nn::fit(net, optimizer, data.train.set(), options_of(epochs, seed, 1e-3f));
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  const auto layer_of = [&](std::size_t i) {
    const auto bias = nn::elements(std::as_const(net.layers()[i].bias().value));
    return layer::hashed_linear(hashes[i].matrix(), {bias.begin(), bias.end()});
  };
  packed_result r = tested(packed_hashed(layer_of(0), rectifier(), layer_of(1)), data, directory,
                           "hashed-" + std::to_string(seed));
  r.float_bytes = float_bytes(net);
  r.seconds = passed.count();
  return r;
}

double error_of_small_dense(const data_of& data, index_t epochs, std::uint64_t seed) {
  const index_t inputs = data.train.shape().channels;
  const index_t budget = (inputs * hashed_units + hashed_units * classes) / hashed_share;
  const index_t units = budget / (inputs + classes);
  std::vector<nn::conv_layer> layers;
  layers.emplace_back(inputs, units, lowbit::window{}, lowbit::random_stream(seed, 0),
                      nn::conv2d_options{.bias = true}, nn::real{}, nn::real{});
  layers.emplace_back(units, classes, lowbit::window{}, lowbit::random_stream(seed, 1),
                      nn::conv2d_options{.bias = true}, nn::real{}, nn::relu{});
  nn::parameter& first = layers.front().weights();
  first.rate = 1 / largest_pixel;
  first.value *= first.rate;
  plain_network net(std::move(layers));
  nn::adam optimizer(net.parameters());
  nn::fit(net, optimizer, data.train.set(), options_of(epochs, seed, 1e-3f));
  net.set_training(false);
  return error_of(net, data);
}
