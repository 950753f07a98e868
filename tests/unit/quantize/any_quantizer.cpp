// quantize/any_quantizer.hpp: a quantizer behind the table does what it does alone, bit for bit.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <span>
#include <vector>

#include "lowbit/quantize/any_catalogue.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_any_quantizer {

using namespace lowbit;

namespace {

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return std::ranges::equal(
      a, b, {}, [](float v) { return std::bit_cast<std::uint32_t>(v); },
      [](float v) { return std::bit_cast<std::uint32_t>(v); });
}

/// As many as 130 floats, so that two blocks and a rest are computed.
std::vector<float> some_floats(std::uint64_t seed) {
  auto random = test::generator(seed);
  const auto m = test::random_floats(1, 130, random);
  return {m.data(), m.data() + m.cols()};
}

std::vector<float> with_specials(std::vector<float> x) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float s : {0.0f, -0.0f, infinity, -infinity, 1e-44f, -1e-44f, 3e38f,
                        std::numeric_limits<float>::quiet_NaN()})
    x.push_back(s);
  return x;
}

template <class Q>
void check_rows(const Q& q, const any_quantizer& any, const std::vector<float>& x,
                const std::vector<float>& g) {
  const std::vector<float> inputs = with_specials(x);
  const auto n = inputs.size();
  std::vector<code_t> codes(n);
  std::vector<float> y(n);
  constexpr index_t first = 7;
  const random_stream stream(5);
  const auto code_of_element = [&](std::size_t i) {
    if constexpr (deterministic_quantizer<Q>)
      return encode(q, inputs[i]);
    else
      return encode(q, inputs[i], stream.uniform(first + static_cast<index_t>(i)));
  };
  any.encode(inputs, stream, first, codes);
  any.forward(inputs, stream, first, y);
  for (std::size_t i = 0; i < n; ++i) {
    INFO("x = " << inputs[i]);
    REQUIRE(codes[i] == code_of_element(i));
    REQUIRE(bits_of(y[i]) == bits_of(decode(q, codes[i])));
    REQUIRE(bits_of(any.decode(codes[i])) == bits_of(y[i]));
  }
  if constexpr (deterministic_quantizer<Q>) {
    std::vector<code_t> again(n);
    any.encode(inputs, again);
    CHECK(again == codes);
    std::vector<float> in_place = inputs;
    any.forward(in_place, in_place);
    CHECK(same_bits(in_place, y));
  } else {
    CHECK_THAT(test::error_of([&] { any.encode(inputs, codes); }), ContainsSubstring("stochastic"));
  }
  std::vector<float> dx(x.size()), wanted(x.size());
  any.backward(x, g, dx);
  backward(q, x, g, wanted);
  CHECK(same_bits(dx, wanted));
}

}  // namespace

TEST_CASE("any_quantizer equals every quantizer of the catalogue") {
  const std::vector<float> x = some_floats(31), g = some_floats(32), other = some_floats(33);
  for_each_quantizer([&]<class Q>(const catalogue_entry<Q>& entry) {
    INFO(entry.name << ", " << test::reproduce());
    const Q made{};
    const any_quantizer any = made;
    CHECK(any.format() == format_of<typename Q::encoding>());
    CHECK(any.traits().stochastic == stochastic_quantizer<Q>);
    CHECK(any.traits().fitted == fitted<Q>);
    CHECK(any.traits().layer_fitted == layer_fitted<Q>);
    CHECK(any.traits().activations_alone == for_activations_alone<Q>);
    REQUIRE(any.get_if<Q>() != nullptr);
    CHECK(any.get_if<int>() == nullptr);
    check_rows(made, any, x, g);
    if constexpr (fitted<Q>) {
      Q layer = made;
      if constexpr (layer_fitted<Q>) layer = made.fit_layer(other);
      check_rows(layer.fit(x), any.fit_layer(other).fit(x), x, g);
    }
    if constexpr (clips_latent_weights<Q>)
      CHECK(any.latent_clip() == made.latent_clip());
    else
      CHECK(any.latent_clip() == 0);
    if constexpr (learnable<Q>) {
      const Q q = [&] {
        if constexpr (fitted<Q>)
          return made.fit(x);
        else
          return made;
      }();
      const auto wanted = parameter_gradient(q, x, g);
      std::vector<float> d(sizeof wanted / sizeof(float));
      any.fit(x).parameter_gradient(x, g, d);
      CHECK(std::memcmp(d.data(), &wanted, sizeof wanted) == 0);
      const auto numbers = q.learned();
      CHECK(std::memcmp(any.fit(x).learned().data(), &numbers, sizeof numbers) == 0);
    }
  });
}

TEST_CASE("the catalogue says what every quantizer is for") {
  int weights = 0, activations = 0, gradients = 0, errors = 0, trained = 0;
  for (const named_quantizer& q : all_quantizers()) {
    if (std::string_view(q.name).empty()) continue;
    INFO(q.name);
    weights += (q.uses & for_weights) != 0;
    activations += (q.uses & for_activations) != 0;
    gradients += (q.uses & for_gradients) != 0;
    errors += (q.uses & for_errors) != 0;
    trained += !q.quantizer.traits().learned.empty();
    CHECK(q.uses != 0);
    if (q.quantizer.traits().activations_alone) CHECK(q.uses == for_activations);
  }
  CHECK(weights == 48);
  CHECK(activations == 38);
  CHECK(gradients == 2);
  CHECK(errors == 1);
  CHECK(trained == 14);
}

TEST_CASE("quantizers have names, short and long") {
  std::set<std::pair<std::string, quantizer_use>> names;
  for (const named_quantizer& q : all_quantizers())
    for (const quantizer_use use : {for_weights, for_activations, for_gradients, for_errors})
      if ((q.uses & use) != 0) CHECK(names.emplace(q.short_name, use).second);
  CHECK(quantizer_named("lsq4", for_weights).get_if<lsq<4>>() != nullptr);
  CHECK(quantizer_named("lsq<4>", for_weights).get_if<lsq<4>>() != nullptr);
  CHECK(quantizer_named("lsq4", for_activations).get_if<lsq<4, unsigned_bits<4>>>() != nullptr);
  CHECK(quantizer_named("dorefa2", for_weights).get_if<dorefa_weight<2>>() != nullptr);
  CHECK(quantizer_named("dorefa2", for_activations).get_if<dorefa_activation<2>>() != nullptr);
  const std::string message = test::error_of([] { (void)quantizer_named("lsq", for_activations); });
  CHECK_THAT(message, ContainsSubstring("no quantizer of activations is called \"lsq\""));
  CHECK_THAT(message, ContainsSubstring("pact4"));
  CHECK_THAT(test::error_of([] { (void)quantizer_named("", for_weights); }),
             ContainsSubstring("is called \"\""));
}

TEST_CASE("trained numbers are read, written and kept in their range") {
  const std::vector<float> x = some_floats(41);
  for (const named_quantizer& named : all_quantizers()) {
    INFO(named.short_name << ", " << test::reproduce());
    const any_quantizer q = named.quantizer.initialized(x);
    q.validate();
    std::vector<float> numbers = q.learned();
    std::size_t listed = 0;
    for (const learned_number& n : q.traits().learned) listed += static_cast<std::size_t>(n.count);
    CHECK(listed == numbers.size());
    CHECK(same_bits(q.with_learned(numbers).learned(), numbers));
    CHECK(same_bits(q.refitted(x).learned(), numbers));
    for (const float far : {-1e30f, 1e30f, 0.0f, std::numeric_limits<float>::infinity()}) {
      INFO(far);
      if (far > 1e31f && named.quantizer.traits().learned.empty()) continue;
      std::fill(numbers.begin(), numbers.end(), far);
      const any_quantizer moved = q.moved_to(numbers);
      if (std::isfinite(far)) CHECK_NOTHROW(moved.validate());
    }
    CHECK(test::error_of([&] { (void)q.with_learned(std::vector<float>(99)); }) != "no error");
  }
  const lsq<4> q{0.5f};
  CHECK(any_quantizer(q).moved_to(std::vector<float>{-1}).learned()[0] == 0.0625f);
  CHECK(any_quantizer(q).moved_to(std::vector<float>{0.25f}).learned()[0] == 0.25f);
}

TEST_CASE("numbers are all that training changes") {
  const std::vector<float> x = some_floats(51), more = some_floats(52);
  for (const named_quantizer& named : all_quantizers()) {
    INFO(named.short_name << ", " << test::reproduce());
    const any_quantizer trained = named.quantizer.initialized(x).observed(more);
    const any_quantizer again = named.quantizer.with_numbers(trained.numbers()).refitted(x);
    const any_quantizer same = trained.refitted(x).deterministic(), other = again.deterministic();
    // What is observed stands still; what is fitted is found again.
    if (trained.traits().fitted && trained.traits().observing) continue;
    std::vector<float> y(x.size()), z(x.size());
    same.forward(x, y);
    other.forward(x, z);
    CHECK(same_bits(y, z));
  }
  lq_activation<2> q = lq_activation<2>{}.fit(x);
  const any_quantizer observed = any_quantizer(q).observed(more);
  const any_quantizer copy = any_quantizer(lq_activation<2>{}).with_numbers(observed.numbers());
  std::vector<float> y(x.size()), z(x.size());
  observed.forward(x, y);
  copy.forward(x, z);
  CHECK(same_bits(y, z));
  CHECK_FALSE(same_bits(observed.numbers(), any_quantizer(q).numbers()));
}

TEST_CASE("stochastic quantizers name what evaluation uses") {
  int stochastic = 0;
  for (const named_quantizer& named : all_quantizers()) {
    const any_quantizer twin = named.quantizer.deterministic();
    CHECK_FALSE(twin.traits().stochastic);
    stochastic += named.quantizer.traits().stochastic;
  }
  CHECK(stochastic == 4);
  const std::vector<float> x{-2, -0.6f, -0.4f, 0, 0.4f, 0.6f, 2};
  const auto after = [&](const any_quantizer& q) {
    std::vector<float> y(x.size());
    q.deterministic().forward(x, y);
    return y;
  };
  CHECK(after(stochastic_sign<>{}) == std::vector<float>{-1, -1, -1, 1, 1, 1, 1});
  CHECK(after(stochastic_ternary<>{}) == std::vector<float>{-1, -1, 0, 0, 0, 1, 1});
  CHECK(after(stochastic_fixed_point<3>{1}) ==
        std::vector<float>{-2, -0.5f, -0.5f, 0, 0.5f, 0.5f, 1.5f});
}

TEST_CASE("progress reaches surrogates, and the portions of INQ") {
  const any_quantizer early = any_quantizer(sign<ste::error_decay>{}).at(0),
                      late = any_quantizer(sign<ste::error_decay>{}).at(1);
  CHECK(early.get_if<sign<ste::error_decay>>()->surrogate_gradient.t == 0.1f);
  CHECK(late.get_if<sign<ste::error_decay>>()->surrogate_gradient.t == 10);
  CHECK(any_quantizer(irnet_weight<>{}).at(1).get_if<irnet_weight<>>()->surrogate_gradient.t == 10);
  dsq<2> soft;
  CHECK(any_quantizer(soft).at(1).learned()[2] == soft.alpha);
  soft.hardens = true;
  const any_quantizer hard = any_quantizer(soft).at(1);
  CHECK(hard.learned()[2] == 0.001f);
  CHECK(hard.moved_to(std::vector<float>{-1, 1, 0.3f}).learned()[2] == 0.001f);
  CHECK(any_quantizer(soft).at(0.5).moved_to(std::vector<float>{-1, 1, 0.3f}).learned()[2] ==
        static_cast<float>(0.499 / 2));
  const any_quantizer inq5 = inq<5>{};
  CHECK(inq5.traits().portions);
  CHECK(inq5.portion_at(0) == 0.5);
  CHECK(inq5.portion_at(0.3) == 0.75);
  CHECK(inq5.portion_at(1) == 1);
  CHECK(any_quantizer(twn<>{}).portion_at(0) == 1);
  CHECK_THAT(test::error_of([&] { (void)inq5.at(1.5); }), ContainsSubstring("progress is 1.5"));
}

}  // namespace test_any_quantizer
