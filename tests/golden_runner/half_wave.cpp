// Golden operation of half-wave Gaussian quantization.
#include "lowbit/quantize/methods/half_wave.hpp"

#include "quantized.hpp"

namespace test_half_wave {

using namespace golden;

namespace {

template <int M, half_wave_gradient Gradient>
half_wave_table<M, Gradient> table(const std::vector<float>& levels) {
  half_wave_table<M, Gradient> q;
  std::copy(levels.begin(), levels.end(), q.positive.begin());
  return q;
}

/// Equidistant levels have a quantizer of their own, which must agree.
template <int K>
void compare_uniform(context& c, const std::vector<float>& levels, const matrix<code_t>& codes) {
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (magnitude(levels[i] - static_cast<float>(i + 1) * levels[0]) > 1e-5f) return;
  if (!(quantized<half_wave<K>>(c, {levels[0]}, groups_of<float>(c, "x")).codes == codes))
    c.failures.push_back("equidistant levels have other codes");
}

void hwgq(context& c) {
  const auto levels = c.param<std::vector<float>>("levels");
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  with_width(static_cast<int>(levels.size()), [&]<int M>() {
    using enum half_wave_gradient;
    const quantized<half_wave_table<M>> result(c, table<M, clipped>(levels), x);
    c.out.set("codes", result.codes);
    c.out.set("y", result.decoded);
    c.out.set("grad_x_vanilla", gradient(table<M, vanilla>(levels), x, g));
    c.out.set("grad_x_clipped", gradient(table<M, clipped>(levels), x, g));
    c.out.set("grad_x_logtail", gradient(table<M, log_tailed>(levels), x, g));
    if constexpr (M == 1 || M == 3 || M == 7)
      compare_uniform<half_wave_table<M>::bits>(c, levels, result.codes);
  });
}

const operations registered{{"hwgq", hwgq}};

}  // namespace

}  // namespace test_half_wave
