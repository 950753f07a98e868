// Prints one number for all bits of what epilogues make of many sums. Compiled with and without fused multiply-add, it
// must print the same. A network's thresholds are derived in one build, and its float path may run in another.
#include <bit>
#include <cstdio>
#include <vector>

#include <lowbit/core/matrix.hpp>
#include <lowbit/core/random.hpp>
#include <lowbit/epilogue/float_stages.hpp>

int main() {
  using namespace lowbit;
  constexpr index_t rows = 500, channels = 37;
  const random_stream random(20260922);
  index_t drawn = 0;
  const auto draw = [&](index_t count) {
    std::vector<float> floats(static_cast<std::size_t>(count));
    for (float& x : floats) x = 2 * random.uniform(drawn++) - 1;
    return floats;
  };
  const std::vector<float> spread(channels, 0.7f), scales = draw(channels), gamma = draw(channels),
                                                   beta = draw(channels), zeta = draw(channels);
  const batch_norm bn(gamma, beta, zeta, spread, 1e-5f);
  const std::vector<float> floats = draw(rows * channels);
  const matrix_view<const float> shortcut(floats.data(), rows, channels);
  std::vector<std::int32_t> sums;
  for (index_t i = 0; i < rows * channels; ++i)
    sums.push_back(static_cast<std::int32_t>(random.bits(drawn++)) >> 16);
  const accumulator_tile tile{sums.data(), channels};
  const tile_place all{0, 0, rows, channels};

  std::uint64_t digest = 14695981039346656037u;
  const auto add = [&](float x) {
    digest = (digest ^ std::bit_cast<std::uint32_t>(x)) * 1099511628211u;
  };
  const auto run = [&](const auto&... stages) {
    matrix<float> out(rows, channels);
    float_epilogue(scales, stages..., stage::store{out.view()})(tile, all);
    for (index_t i = 0; i < rows * channels; ++i) add(out.data()[i]);
  };
  run(stage::normalise{bn});
  run(stage::add{shortcut});
  run(stage::rprelu{gamma, beta, zeta});
  run(stage::normalise{bn}, stage::add{shortcut}, stage::rprelu{gamma, beta, zeta});
  matrix<float> out(rows, channels);
  store_affine{out.view(), {}, scales, beta}(tile, all);
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < channels; ++c) {
      add(out(r, c));
      add(bn(static_cast<float>(scaled(tile(r, c), scales[static_cast<std::size_t>(c)])), c));
    }
  std::printf("%016llx\n", static_cast<unsigned long long>(digest));
}
