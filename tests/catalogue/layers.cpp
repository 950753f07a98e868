// Every quantizer of the catalogue as a layer's weights and as its inputs. Either it is refused (the lists are here),
// or it trains. Then it keeps the sign of weights, a step with gradient 0 does not move it, and it freezes to the
// values of training.
#include <algorithm>
#include <lowbit/quantize/catalogue.hpp>
#include <string>
#include <vector>

#include "unit/nn/layer_outcome.hpp"

namespace nn = lowbit::nn;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 71;

/// nn/policies/operand.hpp's conditions.
template <class Q>
constexpr bool weighs = nn::policy<Q> && !lowbit::for_activations_alone<Q>;
template <class Q>
constexpr bool is_read = nn::policy<Q> && (!lowbit::fitted<Q> || lowbit::fitted_per_token<Q> ||
                                           lowbit::observing_quantizer<Q>);

/// As it is made; QNN's range begins at 0 then, and weights need one that does not.
template <class Q>
constexpr Q example{};
template <>
constexpr lowbit::qnn_linear<4> example<lowbit::qnn_linear<4>>{0.125f, -0.875f, 1};

}  // namespace

TEST_CASE("every quantizer weighs in a layer, or is refused") {
  INFO("seed " << seed);
  const float_matrix x = random_matrix(4, 24, seed + 1);
  std::vector<std::string> refused;
  std::vector<std::pair<std::string, outcome>> outcomes;
  lowbit::for_each_quantizer([&]<class Q>(const lowbit::catalogue_entry<Q>& entry) {
    if constexpr (weighs<Q>)
      outcomes.emplace_back(entry.name, run(x, example<Q>, lowbit::sign<>{}));
    else
      refused.push_back(entry.name);
  });
  for (const auto& [name, o] : outcomes) {
    INFO(name);
    check(o);
    CHECK(o.freezes);
    CHECK(o.weights.maxCoeff() > 0);
    if (name != "heaviside<>") CHECK(o.weights.minCoeff() < 0);  // whose bits are 0 and 1
  }
  CHECK(refused == std::vector<std::string>{
                       "dorefa_activation<2>", "dorefa_activation<8>", "pact<4>",
                       "lsq<2, unsigned_bits<2>>", "half_wave<2>", "bcgd_activation<4>",
                       "tsq_activation<2>", "half_wave_table<2>", "log_quantizer<4>",
                       "log_quantizer<4, 2>", "low_precision_batch_norm<2>", "lq_activation<3>"});
}

TEST_CASE("every quantizer reads a layer's inputs, or is refused") {
  INFO("seed " << seed);
  const float_matrix x = random_matrix(4, 24, seed + 2, 1.2f);
  std::vector<std::string> fitted;
  std::vector<std::pair<std::string, outcome>> outcomes;
  lowbit::for_each_quantizer([&]<class Q>(const lowbit::catalogue_entry<Q>& entry) {
    if constexpr (is_read<Q>)
      outcomes.emplace_back(entry.name, run(x, lowbit::sign<>{}, Q{}));
    else
      fitted.push_back(entry.name);
  });
  CHECK(outcomes.size() == 41);
  for (const auto& [name, o] : outcomes) {
    INFO(name);
    check(o);
    CHECK(o.freezes);
  }
  CHECK(std::find(fitted.begin(), fitted.end(), "dynamic_fixed_point<8>") != fitted.end());
  CHECK(std::find(fitted.begin(), fitted.end(), "bitnet_activation<8>") == fitted.end());
}
