// The same network in plain loops, written without lowbit: what a deployed network promises to compute.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

/// Weights and batch norm of a layer, as a framework stores them; the last layer has its bias in beta.
struct layer_arrays {
  std::vector<float> weights, gamma, beta, mean, variance;
};
struct arrays {
  layer_arrays first, second, last;
};

inline constexpr float image_mean = 0.1307f, image_deviation = 0.3081f;  // MNIST's
inline constexpr float first_step = 0.1f, last_step = 0.02f;             // learned by LSQ

/// A number in [0, 1).
inline float next(std::uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  return static_cast<float>(state >> 8) / 16777216.0f;
}

inline arrays made_up_arrays() {
  std::uint32_t state = 7;
  const auto many = [&](std::size_t n, float low, float high) {
    std::vector<float> x(n);
    for (float& one : x) one = low + (high - low) * next(state);
    return x;
  };
  const auto layer = [&](std::size_t inputs, std::size_t outputs, float size, float spread) {
    return layer_arrays{many(inputs * outputs, -size, size), many(outputs, -0.5f, 1.0f),
                        many(outputs, 0.0f, 0.6f), many(outputs, -spread, spread),
                        many(outputs, spread, 2 * spread)};
  };
  return {layer(9, 16, 0.8f, 1.0f), layer(16 * 9, 32, 0.1f, 0.2f), layer(49 * 32, 10, 0.15f, 1.0f)};
}

/// Integers with one scale.
struct quantized {
  std::vector<int> integers;  ///< (output, height, width, input)
  std::vector<float> scale;   ///< per output
};
/// LSQ with 4 bits: round to the nearest multiple of the step, ties to even.
inline quantized lsq_weights(const std::vector<float>& w, std::size_t outputs, float step) {
  quantized q{{}, std::vector<float>(outputs, step)};
  for (const float x : w) {
    const double steps = std::nearbyint(static_cast<double>(x) / static_cast<double>(step));
    q.integers.push_back(static_cast<int>(steps < -8 ? -8 : steps > 7 ? 7 : steps));
  }
  return q;
}
/// TWN per filter: 0 up to 0.7 times the mean magnitude, else +-1; the scale is the mean magnitude of the others. These
/// means are those of lowbit to the last bit only if they are added in its order (core/ordered_sum.hpp): eight sums.
inline quantized twn_weights(const std::vector<float>& w, std::size_t outputs) {
  const std::size_t depth = w.size() / outputs;
  const auto sum = [](const std::vector<double>& x) {
    double part[8] = {};
    for (std::size_t i = 0; i < x.size(); ++i) part[i % 8] += x[i];
    return ((part[0] + part[4]) + (part[2] + part[6])) +
           ((part[1] + part[5]) + (part[3] + part[7]));
  };
  quantized q;
  for (std::size_t o = 0; o < outputs; ++o) {
    std::vector<double> all, kept;
    for (std::size_t k = 0; k < depth; ++k)
      all.push_back(std::abs(static_cast<double>(w[o * depth + k])));
    const auto threshold = static_cast<float>(0.7f * (sum(all) / static_cast<double>(depth)));
    for (std::size_t k = 0; k < depth; ++k) {
      const float x = w[o * depth + k];
      q.integers.push_back(x > threshold ? 1 : x < -threshold ? -1 : 0);
      if (q.integers.back() != 0) kept.push_back(all[k]);
    }
    q.scale.push_back(
        kept.empty() ? 0.0f : static_cast<float>(sum(kept) / static_cast<double>(kept.size())));
  }
  return q;
}

/// (height, width, channels) of integers: pixels, or activations in steps of a scale.
struct image {
  int size, channels;
  std::vector<int> integers;
};

/// Filters in the order (output, height, width, input), from PyTorch's or TensorFlow's.
inline std::vector<float> from_oihw(const std::vector<float>& w, int outputs, int size,
                                    int inputs) {
  std::vector<float> out;
  for (int o = 0; o < outputs; ++o)
    for (int tap = 0; tap < size * size; ++tap)
      for (int c = 0; c < inputs; ++c)
        out.push_back(w[static_cast<std::size_t>((o * inputs + c) * size * size + tap)]);
  return out;
}
inline std::vector<float> from_hwio(const std::vector<float>& w, int outputs, int size,
                                    int inputs) {
  std::vector<float> out;
  for (int o = 0; o < outputs; ++o)
    for (int k = 0; k < size * size * inputs; ++k)
      out.push_back(w[static_cast<std::size_t>(k * outputs + o)]);
  return out;
}

/// y(pixel, o) = sum over the taps on the image of w * (input_scale * integer + input_offset).
inline std::vector<float> convolve(const image& x, const quantized& w, int outputs, int size,
                                   int padding, float input_scale, float input_offset) {
  const int width = x.size + 2 * padding - size + 1;
  std::vector<float> y;
  for (int row = 0; row < width; ++row)
    for (int col = 0; col < width; ++col)
      for (int o = 0; o < outputs; ++o) {
        int sum = 0, weights = 0;
        for (int i = 0; i < size; ++i)
          for (int j = 0; j < size; ++j)
            for (int c = 0; c < x.channels; ++c) {
              const int at = row + i - padding, across = col + j - padding;
              if (at < 0 || at >= x.size || across < 0 || across >= x.size) continue;
              const int one = w.integers[static_cast<std::size_t>(
                  ((o * size + i) * size + j) * x.channels + c)];
              sum += one *
                     x.integers[static_cast<std::size_t>((at * x.size + across) * x.channels + c)];
              weights += one;
            }
        const float scale = w.scale[static_cast<std::size_t>(o)];
        const float per_sum = scale * input_scale, per_weight = scale * input_offset;
        y.push_back(
            static_cast<float>(static_cast<double>(weights) * static_cast<double>(per_weight) +
                               static_cast<double>(sum) * static_cast<double>(per_sum)));
      }
  return y;
}

/// Batch norm, then clip to [0, 1] in steps of 1/3.
inline image activate(const std::vector<float>& y, int size, int channels, const layer_arrays& bn,
                      float epsilon) {
  image out{size, channels, {}};
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t c = i % static_cast<std::size_t>(channels);
    const auto scale = static_cast<float>(
        static_cast<double>(bn.gamma[c]) /
        std::sqrt(static_cast<double>(bn.variance[c]) + static_cast<double>(epsilon)));
    const auto centred =
        static_cast<float>(static_cast<double>(y[i]) - static_cast<double>(bn.mean[c]));
    const auto normal =
        static_cast<float>(static_cast<double>(centred) * static_cast<double>(scale) +
                           static_cast<double>(bn.beta[c]));
    const double clipped = normal < 0 ? 0 : normal > 1 ? 1 : static_cast<double>(normal);
    out.integers.push_back(static_cast<int>(std::nearbyint(3 * clipped)));
  }
  return out;
}

inline image halve(const image& x) {
  image out{x.size / 2, x.channels, {}};
  for (int row = 0; row < out.size; ++row)
    for (int col = 0; col < out.size; ++col)
      for (int c = 0; c < x.channels; ++c) {
        int most = 0;
        for (int i = 0; i < 4; ++i) {
          const int at = (2 * row + i / 2) * x.size + 2 * col + i % 2;
          const int one = x.integers[static_cast<std::size_t>(at * x.channels + c)];
          most = one > most ? one : most;
        }
        out.integers.push_back(most);
      }
  return out;
}

/// The ten logits of a picture of 28 x 28 bytes.
inline std::vector<float> evaluate(const arrays& net, const unsigned char* picture) {
  static const quantized first =
      lsq_weights(from_oihw(net.first.weights, 16, 3, 1), 16, first_step);
  static const quantized second = twn_weights(from_hwio(net.second.weights, 32, 3, 16), 32);
  static const quantized last = lsq_weights(from_hwio(net.last.weights, 10, 7, 32), 10, last_step);
  image x{28, 1, {picture, picture + 28 * 28}};
  // (p / 255 - mean) / deviation = scale * p + offset
  const auto over = static_cast<float>(1 / static_cast<double>(image_deviation));
  const float scale = over * (1.0f / 255);
  const auto offset =
      static_cast<float>(-static_cast<double>(image_mean) / static_cast<double>(image_deviation));
  x = halve(activate(convolve(x, first, 16, 3, 1, scale, offset), 28, 16, net.first, 1e-5f));
  const float third = 1.0f / 3;
  x = halve(activate(convolve(x, second, 32, 3, 1, third, 0), 14, 32, net.second, 1e-3f));
  std::vector<float> logits = convolve(x, last, 10, 7, 0, third, 0);
  for (std::size_t o = 0; o < logits.size(); ++o) logits[o] += net.last.beta[o];
  return logits;
}
