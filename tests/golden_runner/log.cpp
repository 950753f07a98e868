// Golden operations of powers of two as levels.
#include "lowbit/quantize/log_quantizer.hpp"
#include "lowbit/quantize/qnn_log.hpp"
#include "quantized.hpp"

using namespace golden;

namespace {

void ap2(context& c) {
  std::vector<float> y;
  for (const float x : numbers<float>(c.in.at("x"))) y.push_back(nearest_power_of_two(x));
  c.out.set("y", y);
}

template <int K, int PerOctave>
void set_log(context& c) {
  const quantized<log_quantizer<K, PerOctave>> result(c, {c.param<int>("fsr")},
                                                      groups_of<float>(c, "x"));
  c.out.set("codes", result.codes);
  c.out.set("y", result.reals);
}

void log_quant(context& c) {
  const int per_octave = c.param<int>("per_octave");
  if (per_octave != 1 && per_octave != 2) throw std::runtime_error("per_octave must be 1 or 2");
  with_width(c.param<int>("bits"), [&]<int K>() {
    if (per_octave == 1)
      set_log<K, 1>(c);
    else
      set_log<K, 2>(c);
  });
}

void qnn_logarithm(context& c) {
  const qnn_log q{c.param<float>("lo"), c.param<float>("hi")};
  const auto x = numbers<float>(c.in.at("x")), g = numbers<float>(c.in.at("g"));
  std::vector<float> y, dx;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y.push_back(q(x[i]));
    dx.push_back(q.gradient(x[i], g[i]));
  }
  c.out.set("y", y);
  c.out.set("grad_x", dx);
}

const operations registered{{"ap2", ap2}, {"log_quant", log_quant}, {"qnn_log", qnn_logarithm}};

}  // namespace
