// A network makes the trip: trained for some steps, frozen, deployed, saved and loaded, with the same codes and logits.
#pragma once

#include <algorithm>
#include <lowbit/io.hpp>
#include <lowbit/nn.hpp>

#include "unit/nn/numeric.hpp"

namespace trip {

using namespace lowbit;

inline constexpr index_t batch = 3, classes = 5;
inline constexpr tensor_shape shape{batch, 8, 8, 4};

inline random_stream stream(std::uint64_t layer) { return random_stream(41, layer); }

inline nn::feature_map images(tensor_shape s = shape) {
  nn::feature_map x(s);
  x.mutable_pixels() = random_matrix(s.pixels(), s.channels, 42);
  return x;
}

/// Some steps of training, so that every number has moved; then both sides, saved and loaded.
template <class Network>
void require_trip(Network net, tensor_shape of_images = shape) {
  const nn::feature_map x = images(of_images);
  const std::vector<code_t> labels{0, 3, 4};
  nn::adam optimizer(net.parameters(), {.rate = 1e-2f});
  for (int i = 0; i < 3; ++i) {
    const auto loss = nn::softmax_cross_entropy(net.forward(x.read()).pixels(), labels);
    net.backward_parameters({{batch, 1, 1, classes}, loss.gradient});
    optimizer.step();
  }
  const nn::trace expected = nn::freeze(net).traced(x.read());
  const auto packed = nn::deploy(net);
  const auto again = load<std::remove_const_t<decltype(packed)>>(save(packed));
  REQUIRE(again);
  for (const auto* each : {&packed, &*again}) {
    const auto result = nn::compare(expected, nn::traced(*each, x.read().view()));
    CHECK(result.hidden_codes > 0);
    CHECK(result.logits == batch * classes);
    CHECK(result.identical());
  }
  // All at once, with values in shared memory, as layer by layer.
  auto work = packed.workspace(of_images);
  auto y = packed.make_output(work);
  packed(x.read().view(), work, y);
  CHECK(std::equal(y.pixels().data(), y.pixels().data() + batch * classes, expected.logits.data()));
}

}  // namespace trip
