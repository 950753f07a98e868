// The yardstick for the error of 8-bit tokens: the block in floats, in plain loops.
#include "block.hpp"

using lowbit::index_t;

namespace {

std::vector<float> normed(const norm_layer& layer, const std::vector<float>& x, index_t tokens) {
  const std::size_t size = layer.data().norm.gamma.size();
  std::vector<float> y(x.size());
  for (std::size_t t = 0; t < static_cast<std::size_t>(tokens); ++t)
    layer.data().norm({x.data() + t * size, size}, y.data() + t * size);
  return y;
}

std::vector<float> multiplied(const linear_layer& layer, const std::vector<float>& x,
                              index_t tokens) {
  const linear_layer::parameters p = layer.data();
  const auto& codes = p.weights.pixels();
  const index_t inputs = codes.depth(), outputs = codes.rows();
  std::vector<float> y(static_cast<std::size_t>(tokens * outputs));
  std::vector<double> row(static_cast<std::size_t>(inputs));
  for (index_t o = 0; o < outputs; ++o) {
    const auto scale =
        static_cast<double>(p.scales[p.scales.size() > 1 ? static_cast<std::size_t>(o) : 0]);
    for (index_t i = 0; i < inputs; ++i)
      row[static_cast<std::size_t>(i)] =
          scale * lowbit::format_of<lowbit::ternary>().value(codes.code(o, i));
    for (index_t t = 0; t < tokens; ++t) {
      double sum = 0;
      for (index_t i = 0; i < inputs; ++i)
        sum += row[static_cast<std::size_t>(i)] *
               static_cast<double>(x[static_cast<std::size_t>(t * inputs + i)]);
      y[static_cast<std::size_t>(t * outputs + o)] = static_cast<float>(sum);
    }
  }
  return y;
}

}  // namespace

void float_block(const block_shape& s, const block_layers& layers, std::vector<float>& x,
                 index_t tokens, kv_cache& cache) {
  const auto& all = layers.layers();
  const auto add = [&](const std::vector<float>& y) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  };
  const std::vector<float> qkv =
      multiplied(std::get<1>(all), normed(std::get<0>(all), x, tokens), tokens);
  std::vector<float> mixed(static_cast<std::size_t>(tokens * s.queries()));
  attend(s, qkv.data(), tokens, cache, mixed.data());
  add(multiplied(std::get<3>(all), normed(std::get<2>(all), mixed, tokens), tokens));
  const std::vector<float> both =
      multiplied(std::get<5>(all), normed(std::get<4>(all), x, tokens), tokens);
  std::vector<float> gated(static_cast<std::size_t>(tokens * s.intermediate));
  gate_up(s, both.data(), tokens, gated.data());
  add(multiplied(std::get<7>(all), normed(std::get<6>(all), gated, tokens), tokens));
}
