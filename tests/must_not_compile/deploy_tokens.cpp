// expect: thresholds are made before there are inputs
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/quantize/fit/reduce.hpp>

namespace nn = lowbit::nn;

/// Signs times the mean magnitude of their token.
struct token_sign {
  using encoding = lowbit::binary;
  static constexpr bool per_token = true;
  float scale = 1;
  token_sign fit(std::span<const float> token) const {
    return {static_cast<float>(lowbit::detail::quantizers::mean_abs(token, "token_sign"))};
  }
  lowbit::affine levels() const noexcept { return {scale, 0}; }
  lowbit::code_t encode(float x) const noexcept { return x < 0 ? 0 : 1; }
  float gradient(float, float upstream) const noexcept { return upstream; }
};

#ifdef LOWBIT_CONTROL
using input = lowbit::sign<>;
#else
using input = token_sign;
#endif
using network = nn::sequential<nn::normalised<nn::linear<lowbit::sign<>, nn::pixel>>,
                               nn::normalised<nn::linear<lowbit::sign<>, input>>,
                               nn::linear<nn::real, lowbit::sign<>>>;

auto deployed(const network& net) { return nn::deploy(net); }
