// Golden operations of powers of two as levels.
#include "lowbit/quantize/methods/log_quantizer.hpp"
#include "lowbit/quantize/methods/qnn_log.hpp"
#include "quantized.hpp"

namespace test_log {

using namespace golden;

namespace {

void ap2(context& c) {
  std::vector<float> y;
  for (const float x : floats<float>(c.in.at("x"))) y.push_back(nearest_power_of_two(x));
  c.out.set("y", y);
}

template <class Q>
void set_log(context& c) {
  const quantized<Q> result(c, {c.param<int>("fsr")}, groups_of<float>(c, "x"));
  c.out.set("codes", result.codes);
  c.out.set("y", result.decoded);
}

/// Whether negative numbers keep their sign: `sign` is true, 1 or "top_bit"; without it they are 0.
bool keeps_sign(const context& c) {
  const json sign = c.params.value("sign", json(false));
  if (sign.is_boolean()) return sign.get<bool>();
  if (sign.is_number()) return sign.get<double>() != 0;
  if (sign == "top_bit" || sign == "none") return sign == "top_bit";
  throw std::runtime_error("sign " + sign.dump() + " is not known");
}

/// `bits` are those of the magnitude: a sign is one more.
void log_quant(context& c) {
  const int per_octave = c.param<int>("per_octave"), bits = c.param<int>("bits");
  if (per_octave != 1 && per_octave != 2) throw std::runtime_error("per_octave must be 1 or 2");
  if (keeps_sign(c))
    with_width(bits + 1, [&]<int K>() {
      if constexpr (K > 1)
        per_octave == 1 ? set_log<log_quantizer<K, 1, log_sign::top_bit>>(c)
                        : set_log<log_quantizer<K, 2, log_sign::top_bit>>(c);
    });
  else
    with_width(bits, [&]<int K>() {
      per_octave == 1 ? set_log<log_quantizer<K, 1>>(c) : set_log<log_quantizer<K, 2>>(c);
    });
}

void qnn_logarithm(context& c) {
  const qnn_log q{c.param<float>("lo"), c.param<float>("hi")};
  const auto x = floats<float>(c.in.at("x")), g = floats<float>(c.in.at("g"));
  std::vector<float> y, dx;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y.push_back(q(x[i]));
    dx.push_back(gradient(q, x[i], g[i]));
  }
  c.out.set("y", y);
  c.out.set("grad_x", dx);
}

const operations registered{{"ap2", ap2}, {"log_quant", log_quant}, {"qnn_log", qnn_logarithm}};

}  // namespace

}  // namespace test_log
