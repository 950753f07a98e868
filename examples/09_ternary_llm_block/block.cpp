#include "block.hpp"

#include <algorithm>
#include <cmath>

using lowbit::image_tensor;
using lowbit::index_t;

namespace {

constexpr double rotation_base = 500000;

image_tensor<float> rows(index_t count, index_t size) {
  return image_tensor<float>({count, 1, 1, size});
}

/// Pairs of numbers of a head are turned by an angle that grows with the position.
void rotate(float* head, index_t size, index_t position) {
  for (index_t i = 0; i < size / 2; ++i) {
    const double angle =
        static_cast<double>(position) *
        std::pow(rotation_base, -2.0 * static_cast<double>(i) / static_cast<double>(size));
    const auto c = static_cast<float>(std::cos(angle)), s = static_cast<float>(std::sin(angle));
    float &a = head[i], &b = head[i + size / 2];
    const float turned = a * c - b * s;
    b = a * s + b * c;
    a = turned;
  }
}

float dot(const float* a, const float* b, index_t n) {
  constexpr index_t lanes = 16;
  float sums[lanes] = {};
  index_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (index_t j = 0; j < lanes; ++j) sums[j] += a[i + j] * b[i + j];
  for (; i < n; ++i) sums[0] += a[i] * b[i];
  float sum = 0;
  for (const float s : sums) sum += s;
  return sum;
}

linear_layer random_linear(index_t outputs, index_t inputs, const lowbit::random_stream& stream) {
  // A scale that keeps the size of the tokens.
  const auto size = static_cast<float>(1.2 / std::sqrt(static_cast<double>(inputs)));
  lowbit::matrix<float> w(outputs, inputs);
  for (index_t i = 0; i < outputs * inputs; ++i) w.data()[i] = (stream.uniform(i) * 2 - 1) * size;
  return linear_layer(lowbit::quantize(lowbit::bitnet_ternary<>{}, w.view()));
}

}  // namespace

block_layers random_block(const block_shape& s, std::uint64_t seed) {
  const auto norm = [](index_t size) {
    return norm_layer(lowbit::rms_norm{std::vector<float>(static_cast<std::size_t>(size), 1.0f)});
  };
  const auto linear = [&](index_t outputs, index_t inputs, std::uint64_t number) {
    return random_linear(outputs, inputs, lowbit::random_stream(seed, number));
  };
  return block_layers(norm(s.hidden), linear(s.queries() + 2 * s.keys(), s.hidden, 0),
                      norm(s.queries()), linear(s.hidden, s.queries(), 1), norm(s.hidden),
                      linear(2 * s.intermediate, s.hidden, 2), norm(s.intermediate),
                      linear(s.hidden, s.intermediate, 3));
}

void attend(const block_shape& s, const float* qkv, index_t count, kv_cache& cache, float* y) {
  const index_t width = s.queries() + 2 * s.keys(), size = s.head_size;
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  std::vector<float> query, weights;
  for (index_t t = 0; t < count; ++t) {
    const float* const from = qkv + t * width;
    const index_t position = cache.tokens++;
    cache.keys.insert(cache.keys.end(), from + s.queries(), from + s.queries() + s.keys());
    cache.values.insert(cache.values.end(), from + s.queries() + s.keys(), from + width);
    for (index_t h = 0; h < s.kv_heads; ++h)
      rotate(cache.keys.data() + position * s.keys() + h * size, size, position);
    for (index_t h = 0; h < s.heads; ++h) {
      query.assign(from + h * size, from + (h + 1) * size);
      rotate(query.data(), size, position);
      const index_t kv = h / (s.heads / s.kv_heads) * size;
      weights.resize(static_cast<std::size_t>(position + 1));
      float largest = -INFINITY;
      for (index_t p = 0; p <= position; ++p) {
        const float w = dot(query.data(), cache.keys.data() + p * s.keys() + kv, size) * scale;
        weights[static_cast<std::size_t>(p)] = w;
        largest = std::max(largest, w);
      }
      float sum = 0;
      for (float& w : weights) sum += w = std::exp(w - largest);
      float* const to = y + t * s.queries() + h * size;
      std::fill(to, to + size, 0.0f);
      for (index_t p = 0; p <= position; ++p) {
        const float w = weights[static_cast<std::size_t>(p)] / sum;
        const float* const value = cache.values.data() + p * s.keys() + kv;
        for (index_t i = 0; i < size; ++i) to[i] += w * value[i];
      }
    }
  }
}

void gate_up(const block_shape& s, const float* both, index_t count, float* y) {
  const index_t n = s.intermediate;
  for (index_t t = 0; t < count; ++t)
    for (index_t i = 0; i < n; ++i) {
      const float gate = std::max(both[2 * t * n + i], 0.0f);
      y[t * n + i] = gate * gate * both[(2 * t + 1) * n + i];
    }
}

packed_block::packed_block(const block_shape& s, const block_layers& layers, index_t tokens)
    : shape_(s),
      layers_(layers),
      tokens_(tokens),
      normed_(rows(tokens, s.hidden)),
      qkv_(rows(tokens, s.queries() + 2 * s.keys())),
      mixed_(rows(tokens, s.queries())),
      inner_(rows(tokens, s.queries())),
      both_(rows(tokens, 2 * s.intermediate)),
      gated_(rows(tokens, s.intermediate)),
      gated_norm_(rows(tokens, s.intermediate)) {
  const auto& all = layers.layers();
  const auto take = [&](const auto& norm, const auto& linear, index_t inputs) {
    of_norms_.push_back(norm.workspace({tokens, 1, 1, inputs}));
    of_linears_.push_back(linear.workspace({tokens, 1, 1, inputs}));
  };
  take(std::get<0>(all), std::get<1>(all), s.hidden);
  take(std::get<2>(all), std::get<3>(all), s.queries());
  take(std::get<4>(all), std::get<5>(all), s.hidden);
  take(std::get<6>(all), std::get<7>(all), s.intermediate);
}

/// Layer At of the block.
template <std::size_t At>
void packed_block::run(const image_tensor<float>& x, image_tensor<float>& y) {
  const auto& layer = std::get<At>(layers_.layers());
  if constexpr (At % 2 == 0)
    layer(x.view(), of_norms_[At / 2], y);
  else
    layer(x.view(), of_linears_[At / 2], y);
}

void packed_block::operator()(image_tensor<float>& x, kv_cache& cache) {
  const auto add = [&](const image_tensor<float>& y) {
    for (index_t i = 0; i < tokens_ * shape_.hidden; ++i)
      x.mutable_pixels().data()[i] += y.pixels().data()[i];
  };
  run<0>(x, normed_);
  run<1>(normed_, qkv_);
  attend(shape_, qkv_.pixels().data(), tokens_, cache, mixed_.mutable_pixels().data());
  run<2>(mixed_, inner_);
  run<3>(inner_, normed_);
  add(normed_);
  run<4>(x, normed_);
  run<5>(normed_, both_);
  gate_up(shape_, both_.pixels().data(), tokens_, gated_.mutable_pixels().data());
  run<6>(gated_, gated_norm_);
  run<7>(gated_norm_, normed_);
  add(normed_);
}
