// Golden operations of ternary codes with given thresholds.
#include "lowbit/quantize/twn.hpp"
#include "quantized.hpp"

using namespace golden;

namespace {

/// A given threshold: twn without its fit.
void ternarize(context& c) {
  twn<> q;
  q.delta = c.param<float>("delta");
  const auto w = numbers<float>(c.in.at("w"));
  matrix<std::int32_t> t(1, static_cast<index_t>(w.size()));
  for (index_t i = 0; i < t.cols(); ++i)
    t(0, i) = value<ternary>(q.encode(w[static_cast<std::size_t>(i)]));
  c.out.set("t", t);
  set_planes(c, t);
}

const operations registered{
    {"ternarize", ternarize},
};

}  // namespace
