// Golden operations of fixed point.
#include "lowbit/quantize/methods/fixed_point.hpp"

#include "quantized.hpp"

namespace test_fixed_point {

using namespace golden;

namespace {

void two_complement(context& c) {
  if (c.param<std::string>("rounding") != "rha") throw std::runtime_error("rounding must be rha");
  const int fraction = c.param<int>("fl");
  const auto x = floats<float>(c.in.at("x")), u = floats<float>(c.in.at("u"));
  with_width(c.param<int>("B"), [&]<int K>() {
    const quantized<fixed_point<K>> result(c, {fraction}, groups_of<float>(c, "x"));
    std::vector<int> drawn;
    for (std::size_t i = 0; i < x.size(); ++i)
      drawn.push_back(
          value<signed_bits<K>>(stochastic_fixed_point<K>{fraction}.encode(x[i], u[i])));
    c.out.set("codes", result.integers);
    c.out.set("y", result.decoded);
    c.out.set("codes_stochastic", drawn);
  });
}

void ristretto_range(context& c) {
  const int bits = c.param<int>("B");
  std::vector<int> activations, parameters, fraction;
  for (const float largest : floats<float>(c.in.at("max"))) {
    activations.push_back(fixed_point_integer_bits(largest, fixed_point_role::activations));
    parameters.push_back(fixed_point_integer_bits(largest, fixed_point_role::parameters));
    fraction.push_back(bits - parameters.back());
  }
  c.out.set("il_act", activations);
  c.out.set("il_param", parameters);
  c.out.set("fl_param", fraction);
}

const operations registered{{"fixed_point", two_complement}, {"ristretto_range", ristretto_range}};

}  // namespace

}  // namespace test_fixed_point
