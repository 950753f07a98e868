// Batches of images, and the loop that trains two networks on the same ones.
#pragma once

#include <algorithm>
#include <functional>
#include <future>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>
#include <lowbit/nn/feature_map.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/schedules/cosine.hpp>
#include <lowbit/nn/train_step.hpp>
#include <numeric>
#include <span>
#include <vector>

#include "dataset.hpp"
#include "progress.hpp"

namespace nn = lowbit::nn;
using lowbit::index_t;

/// Images that pass through a network together: 100, or all where there are fewer.
inline index_t batch_size_of(const samples& s) { return std::min(index_t{100}, s.size()); }

/// 0 ... n - 1.
inline std::vector<index_t> in_order(index_t n) {
  std::vector<index_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), index_t{0});
  return order;
}
/// The same in a random order that depends on the stream alone.
inline std::vector<index_t> shuffled(index_t n, const lowbit::random_stream& stream) {
  std::vector<index_t> order = in_order(n);
  for (index_t i = n - 1; i > 0; --i) {
    const auto other = static_cast<std::size_t>(
        std::uint64_t{stream.bits(i)} * static_cast<std::uint64_t>(i + 1) >> 32);
    std::swap(order[static_cast<std::size_t>(i)], order[other]);
  }
  return order;
}

/// Some images as a network reads them: as bytes, and the same numbers as floats.
struct batch {
  lowbit::image_tensor<std::uint8_t> bytes;
  nn::feature_map floats;
  std::vector<std::uint8_t> labels;

  /// What this packed network reads: bytes or floats.
  template <class Packed>
  auto input_of(const Packed&) const {
    if constexpr (std::same_as<typename Packed::input, lowbit::image_tensor<std::uint8_t>>)
      return bytes.view();
    else
      return floats.read().view();
  }
};

/// Images `which` of a set, arranged as the example's network reads them.
template <class Example>
batch pick(const Example& example, const samples& s, std::span<const index_t> which) {
  lowbit::tensor_shape shape = example.input(s.width, s.height);
  shape.batch = static_cast<index_t>(which.size());
  batch b{lowbit::image_tensor<std::uint8_t>(shape), nn::feature_map(shape), {}};
  std::uint8_t* to = b.bytes.mutable_pixels().data();
  for (const index_t i : which) {
    example.arrange(s.image(i), to);
    to += s.width * s.height;
    b.labels.push_back(s.labels[static_cast<std::size_t>(i)]);
  }
  std::copy_n(b.bytes.pixels().data(), shape.elements(), b.floats.mutable_pixels().data());
  return b;
}

/// Trains with Adam and a falling learning rate. What is quantized, and how, is in the network's type.
template <class Example>
void train(const Example& example, nn::trainable& net, const samples& s, index_t epochs, float rate,
           std::uint64_t seed, const std::function<void()>& batch_done) {
  const index_t size = batch_size_of(s), batches = s.size() / size;
  nn::adam optimizer(net.parameters());
  for (index_t epoch = 0; epoch < epochs; ++epoch) {
    // The first streams initialised the layers; shuffling takes others.
    const auto order =
        shuffled(s.size(), lowbit::random_stream(seed, 1000 + static_cast<std::uint64_t>(epoch)));
    for (index_t i = 0; i < batches; ++i) {
      const batch b = pick(example, s, {order.data() + i * size, static_cast<std::size_t>(size)});
      net.set_progress(static_cast<double>(epoch * batches + i) /
                       static_cast<double>(epochs * batches));
      nn::train_step(net, optimizer, b.floats.read(), b.labels,
                     nn::cosine_rate(rate, epoch * batches + i, epochs * batches), {epoch, i});
      batch_done();
    }
  }
}

/// Trains both networks at once, each on one thread, so that the result does not depend on how many cores
/// there are. Returns the seconds it took.
template <class Example>
double train_both(const Example& example, nn::trainable& bnn, nn::trainable& twin, const samples& s,
                  index_t epochs, std::uint64_t seed) {
  const index_t size = batch_size_of(s);
  progress shown(2, epochs, s.size() / size * size);
  auto other = std::async(std::launch::async, [&] {
    train(example, twin, s, epochs, Example::twin_rate, seed, [&] { shown.advance(1, size); });
  });
  train(example, bnn, s, epochs, Example::bnn_rate, seed, [&] { shown.advance(0, size); });
  other.get();
  return shown.finish();
}
