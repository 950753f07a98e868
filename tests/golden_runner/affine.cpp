// Golden operations of affine codes with zero points, and of integer multipliers.
#include "lowbit/core/fixed_multiplier.hpp"
#include "lowbit/quantize/methods/jacob_affine.hpp"
#include "quantized.hpp"

namespace test_affine {

using namespace golden;

namespace {

/// The bits of codes 0 ... qmax.
int code_bits(const context& c) {
  const int top = c.param<int>("qmax");
  int bits = 1;
  while ((1 << bits) - 1 < top) ++bits;
  if (c.param<int>("qmin") != 0 || (1 << bits) - 1 != top)
    throw std::runtime_error("the codes must be 0 to 2^K - 1");
  return bits;
}

void affine_choose(context& c) {
  const auto low = floats<float>(c.in.at("min")), high = floats<float>(c.in.at("max"));
  std::vector<double> scale;
  std::vector<int> zero;
  with_width(code_bits(c), [&]<int K>() {
    for (std::size_t i = 0; i < low.size(); ++i) {
      const jacob_affine<K> q{low[i], high[i]};
      scale.push_back(q.scale());
      zero.push_back(q.zero_point());
    }
  });
  c.out.set("scale", scale);
  c.out.set("zero_point", zero);
}

void affine_fake_quant(context& c) {
  const auto x = groups_of<float>(c, "x"), g = groups_of<float>(c, "g");
  with_width(code_bits(c), [&]<int K>() {
    const jacob_affine<K> q{c.param<float>("min"), c.param<float>("max")};
    const quantized<jacob_affine<K>> result(c, q, x);
    const auto trained = parameter_gradient(q, x.row(0), g.row(0));
    c.out.set("scale", q.scale());
    c.out.set("zero_point", q.zero_point());
    c.out.set("q", result.codes);
    c.out.set("y", result.decoded);
    c.out.set("range_nudged", std::vector<float>{q.nudged_lower(), q.nudged_upper()});
    c.out.set("grad_x", gradient(q, x, g));
    c.out.set("grad_min", trained.lower);
    c.out.set("grad_max", trained.upper);
  });
}

void quantize_multiplier(context& c) {
  std::vector<std::int32_t> mantissa, shift;
  for (const double m : floats<double>(c.in.at("M"))) {
    const auto multiplier = fixed_multiplier::nearest(m);
    mantissa.push_back(multiplier.mantissa);
    shift.push_back(multiplier.shift);
  }
  c.out.set("M0", mantissa);
  c.out.set("shift", shift);
}

/// f(a[i], b[i]) of two integer fields.
template <class F>
void set_integers(context& c, const char* a, const char* b, F f) {
  const auto x = floats<std::int32_t>(c.in.at(a)), y = floats<std::int32_t>(c.in.at(b));
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < x.size(); ++i) out.push_back(f(x[i], y[i]));
  c.out.set("y", out);
}
void srdhm(context& c) { set_integers(c, "a", "b", multiply_high); }
void rdbp(context& c) { set_integers(c, "x", "e", divide_by_power_of_two); }

void requantize(context& c) {
  const fixed_multiplier multiplier{c.param<std::int32_t>("M0"), c.param<int>("shift")};
  const auto low = c.param<std::int64_t>("qmin"), high = c.param<std::int64_t>("qmax");
  std::vector<std::int64_t> q;
  for (const auto acc : floats<std::int32_t>(c.in.at("acc")))
    q.push_back(std::clamp(multiplier(acc) + c.param<std::int64_t>("zero_point"), low, high));
  c.out.set("q", q);
}

const operations registered{{"affine_choose", affine_choose},
                            {"affine_fake_quant", affine_fake_quant},
                            {"quantize_multiplier", quantize_multiplier},
                            {"rdbp", rdbp},
                            {"requantize", requantize},
                            {"srdhm", srdhm}};

}  // namespace

}  // namespace test_affine
