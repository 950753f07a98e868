// Golden operations of roundings.
#include "lowbit/core/rounding.hpp"
#include "golden_case.hpp"

namespace test_rounding {

using namespace golden;
using namespace lowbit;

namespace {

void round_all_modes(context& c) {
  const auto x = floats<double>(c.in.at("x")), u = floats<double>(c.in.at("u"));
  std::vector<std::int64_t> rne, rha, rhu, stoch;
  for (std::size_t i = 0; i < x.size(); ++i) {
    rne.push_back(round_half_even(x[i]));
    rha.push_back(round_half_away(x[i]));
    rhu.push_back(round_half_up(x[i]));
    stoch.push_back(round_stochastic(x[i], u[i]));
  }
  c.out.set("rne", rne);
  c.out.set("rha", rha);
  c.out.set("rhu", rhu);
  c.out.set("stoch", stoch);
}

const operations registered{
    {"round_all_modes", round_all_modes},
};

}  // namespace

}  // namespace test_rounding
