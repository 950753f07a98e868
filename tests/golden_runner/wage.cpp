// Golden operations of WAGE.
#include "lowbit/quantize/methods/wage.hpp"

#include "quantized.hpp"

namespace test_wage {

using namespace golden;

namespace {

void wage_q(context& c) {
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  with_width(c.param<int>("k"), [&]<int K>() {
    if constexpr (K > 1) {
      const quantized<wage_weight<K>> result(c, {}, x);
      c.out.set("codes", result.integers);
      c.out.set("y", result.decoded);
      c.out.set("grad_w", gradient(wage_weight<K>{}, x, g));
      c.out.set("grad_a", gradient(wage_activation<K>{}, x, g));
      if (!(quantized<wage_activation<K>>(c, {}, x).codes == result.codes))
        c.failures.push_back("weights and activations have different codes");
    }
  });
}

void wage_shift(context& c) {
  std::vector<float> y;
  for (const float x : floats<float>(c.in.at("x"))) y.push_back(nearest_power_of_two(x));
  c.out.set("y", y);
}

void wage_errors(context& c) {
  const auto e = groups_of<float>(c, "e");
  with_width(c.param<int>("k"), [&]<int K>() {
    if constexpr (K > 1) {
      const quantized<wage_error<K>> result(c, {}, e);
      c.out.set("eq", result.decoded);
      c.out.set("shift", result.each(&wage_error<K>::shift));
    }
  });
}

void wage_init(context& c) {
  std::vector<float> limit, alpha;
  with_width(c.param<int>("kW"), [&]<int K>() {
    if constexpr (K > 1)
      for (const double fan_in : floats<double>(c.in.at("fan_in"))) {
        const wage_start start =
            wage_initial<K>(static_cast<index_t>(fan_in), c.param<double>("beta"));
        limit.push_back(start.limit);
        alpha.push_back(start.alpha);
      }
  });
  c.out.set("L", limit);
  c.out.set("alpha", alpha);
}

/// The step, and the weights that it is taken from, kept on the grid.
void wage_grad(context& c) {
  const int bits = c.param<int>("k");
  const auto g = floats<float>(c.in.at("g")), u = floats<float>(c.in.at("u")),
             w = floats<float>(c.in.at("w"));
  float largest = 0;
  for (const float x : g) largest = std::max(largest, magnitude(x));
  const wage_gradient step{bits, c.param<float>("eta")};
  const float limit = 1 - power_of_two(1 - bits);
  std::vector<float> dw, after;
  for (std::size_t i = 0; i < g.size(); ++i) {
    dw.push_back(step(g[i], nearest_power_of_two(largest), u[i]));
    after.push_back(clip(w[i] - dw[i], -limit, limit));
  }
  c.out.set("dw", dw);
  c.out.set("w_new", after);
}

const operations registered{{"wage_error", wage_errors},
                            {"wage_grad", wage_grad},
                            {"wage_init", wage_init},
                            {"wage_q", wage_q},
                            {"wage_shift", wage_shift}};

}  // namespace

}  // namespace test_wage
