// A file of a compressed network: written, read again, run on all test images, and compared with decoded weights.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <lowbit/compress/file_parts.hpp>
#include <lowbit/compress/pipeline.hpp>
#include <lowbit/io.hpp>
#include <lowbit/network/layers/float_layers.hpp>
#include <stdexcept>
#include <string>

#include "networks.hpp"
#include "training.hpp"

/// What trains and tests.
struct data_of {
  arranged_images train, test;
};

/// A compressed layer of a file.
struct packed_layer {
  lowbit::index_t weights = 0, kept = 0;  ///< all, and those that are not 0
  lowbit::compress::file_parts parts;
};

/// One file: of a pipeline, a coding and a seed.
struct packed_result {
  lowbit::compress::file_parts parts;
  std::vector<packed_layer> layers;
  lowbit::index_t bytes = 0;
  lowbit::index_t float_bytes = 0;
  double error_float = 0, error = 0;
  std::vector<lowbit::compress::step_result> steps;  ///< errors before and after each
  lowbit::index_t differing_logits = 0;
  double seconds = 0;  ///< of the pipeline
  double seconds_per_image = 0;

  lowbit::index_t kept_weights() const {
    lowbit::index_t n = 0;
    for (const packed_layer& l : layers) n += l.kept;
    return n;
  }
  /// The share of weights that are not 0.
  double kept() const {
    lowbit::index_t n = 0;
    for (const packed_layer& l : layers) n += l.weights;
    return static_cast<double>(kept_weights()) / static_cast<double>(n);
  }
};

/// Where a file goes, and what tests it.
struct file_place {
  const arranged_images& test;
  std::string directory;  ///< of the file; empty: it stays in memory
  std::string name;       ///< of the file
};

/// A float convolution with the weights of a compressed layer.
template <class Kind, class Reads>
lowbit::layer::float_conv2d decoded(const lowbit::layer::compressed_layer<Kind, Reads>& compressed,
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
inline const lowbit::layer::function& decoded(const lowbit::layer::function& f,
                                              lowbit::tensor_shape) {
  return f;
}

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
Packed written_and_read(const Packed& net, const file_place& place, lowbit::index_t& bytes) {
  const std::vector<std::byte> file = lowbit::save(net);
  bytes = static_cast<lowbit::index_t>(file.size());
  const auto unwrapped = [](auto loaded) -> Packed {
    if (!loaded) throw std::runtime_error(std::string("a file does not load: ") + loaded.problem());
    return std::move(*loaded);
  };
  if (place.directory.empty()) return unwrapped(lowbit::load<Packed>(file));
  const std::string path = place.directory + "/" + place.name + ".lowbit";
  if (!lowbit::write_file(path.c_str(), file)) throw std::runtime_error("cannot write " + path);
  return unwrapped(lowbit::load<Packed>(lowbit::read_file(path.c_str())));
}

/// What the weights of each compressed layer take.
template <class... Layers>
std::vector<packed_layer> layers_of(const lowbit::sequential<Layers...>& net) {
  std::vector<packed_layer> all;
  const auto add = [&](const auto& layer) {
    if constexpr (requires { layer.weights().decoded(); }) {
      const auto weights = layer.weights().decoded();
      const auto n = weights.rows() * weights.cols();
      const auto zeros = std::count(weights.data(), weights.data() + n, 0.0f);
      all.push_back({n, n - zeros, lowbit::compress::file_parts_of(lowbit::sequential(layer))});
    }
  };
  std::apply([&](const auto&... layer) { (add(layer), ...); }, net.layers());
  return all;
}

/// Saves, loads, runs and compares.
template <class Packed>
packed_result tested(const Packed& made, const file_place& place) {
  packed_result r;
  const Packed net = written_and_read(made, place, r.bytes);
  r.parts = lowbit::compress::file_parts_of(net);
  if (r.parts.total() != r.bytes)
    throw std::runtime_error("the parts of " + place.name + " have " +
                             std::to_string(r.parts.total()) + " bytes, its file " +
                             std::to_string(r.bytes));
  r.layers = layers_of(net);
  accuracy guesses;
  r.seconds_per_image = std::numeric_limits<double>::max();
  for_each_batch(place.test, [&](const batch& b) {
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
    for (lowbit::index_t i = 0; i < y.shape().elements(); ++i)
      r.differing_logits += y.pixels().data()[i] == expected.pixels().data()[i] ? 0 : 1;
    guesses.add(y.pixels(), b.labels);
  });
  r.error = 1 - guesses.share();
  return r;
}
