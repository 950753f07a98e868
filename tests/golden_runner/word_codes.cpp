// Golden operations of formats whose codes are words.
#include "golden_case.hpp"
#include "lowbit/quantize/number/flexpoint.hpp"
#include "lowbit/quantize/number/minifloat.hpp"
#include "lowbit/quantize/number/scaled_integer.hpp"

namespace test_word_codes {

using namespace golden;
using namespace lowbit;

namespace {

/// decode(encode(x)) of a field, and the codes.
template <word_quantizer Q>
std::vector<std::int16_t> set_words(context& c, const Q& q) {
  const auto x = floats<float>(c.in.at("x"));
  std::vector<std::int16_t> codes(x.size());
  encode_words(q, x, codes);
  std::vector<float> y;
  for (const std::int16_t m : codes) y.push_back(q.decode(m));
  c.out.set("y", y);
  return codes;
}

/// The exponent of a scale that must be a power of two.
int exponent_of(double kappa) {
  const auto scale = static_cast<float>(kappa);
  if (!(scale > 0) || power_of_two(floor_log2(scale)) != scale)
    throw std::runtime_error("kappa must be a power of two");
  return floor_log2(scale);
}

void require_16_bits(const context& c) {
  if (c.param<int>("N") != 16) throw std::runtime_error("N must be 16");
}

void flex_quantize(context& c) {
  require_16_bits(c);
  const int exponent = exponent_of(floats<double>(c.in.at("kappa")).at(0));
  c.out.set("m", set_words(c, flexpoint<16>{exponent}));
}

void autoflex_trace(context& c) {
  require_16_bits(c);
  if (c.param<int>("window") != 16) throw std::runtime_error("window must be 16");
  autoflex<16>::options chosen;
  chosen.alpha = c.param<double>("alpha");
  chosen.beta = c.param<double>("beta");
  chosen.gamma = c.param<double>("gamma");
  autoflex<16> controller(c.param<int>("log2_kappa0"), chosen);
  std::vector<int> gamma, exponent;
  for (const float largest : floats<float>(c.in.at("max_abs"))) {
    gamma.push_back(controller.format().encode(largest));
    controller.update(gamma.back());
    exponent.push_back(controller.format().exponent);
  }
  c.out.set("Gamma", gamma);
  c.out.set("log2_kappa_after", exponent);
}

void dfxp(context& c) {
  static_cast<void>(set_words(c, scaled_integer{c.param<int>("NOB"), c.param<int>("NOIB")}));
}

void dfxp_new_range(context& c) {
  const auto overflow = floats<double>(c.in.at("overflow")),
             half = floats<double>(c.in.at("overflow_half_range"));
  std::vector<int> moves;
  for (std::size_t i = 0; i < overflow.size(); ++i)
    moves.push_back(scaled_integer_move(overflow[i], half[i], c.param<double>("max_overflow")));
  c.out.set("delta_range", moves);
}

/// f.template operator()<E, M>() for the format of a case.
template <class F>
void with_format(int e, int m, F f) {
  bool known = false;
  const auto with_exponent = [&]<int E>() {
    [&]<int... M>(std::integer_sequence<int, M...>) {
      ((m == M ? (known = true, f.template operator()<E, M>()) : void()), ...);
    }
    (std::make_integer_sequence<int, 8>{});
  };
  [&]<int... E>(std::integer_sequence<int, E...>) {
    ((e == E + 2 ? with_exponent.template operator()<E + 2>() : void()), ...);
  }
  (std::make_integer_sequence<int, 5>{});
  if (!known) throw std::runtime_error("this minifloat is not known");
}

void minifloat_format(context& c) {
  with_format(c.param<int>("E"), c.param<int>("M"),
              [&]<int E, int M>() { static_cast<void>(set_words(c, minifloat<E, M>{})); });
}

const operations registered{{"autoflex", autoflex_trace},
                            {"dfxp", dfxp},
                            {"dfxp_new_range", dfxp_new_range},
                            {"flex_quantize", flex_quantize},
                            {"minifloat", minifloat_format}};

}  // namespace

}  // namespace test_word_codes
