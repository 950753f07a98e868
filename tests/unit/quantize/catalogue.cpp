// quantize/catalogue.hpp: the promises that every quantizer keeps. A line added to the catalogue
// runs through all of this by itself.
#include "lowbit/quantize/catalogue.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/quantizers.hpp"
#include "support/random_codes.hpp"

using namespace lowbit;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float denormal = 1e-44f;
constexpr float most = std::numeric_limits<float>::max();

/// The code of x; u is used by stochastic methods.
template <class Q>
code_t code_of(const Q& q, float x, float u = 0.5f) {
  if constexpr (stochastic_quantizer<Q>)
    return q.encode(x, u);
  else
    return q.encode(x);
}

template <class Q>
float real(const Q& q, float x) {
  return decode(q, code_of(q, x));
}

/// Where the levels are not in the domain of the numbers: DoReFa weights compress with tanh before they
/// round, WAGE's errors keep no scale, low-precision batch norm is a function of the code, and the dead zone
/// of a GXNOR grid may reach its first level.
template <class Q>
constexpr bool keeps_domain = true;
template <int K, max_gradient G>
constexpr bool keeps_domain<dorefa_weight<K, G>> = K == 1;
template <int N, class Pulse>
constexpr bool keeps_domain<gxnor_activation<N, Pulse>> = N == 1;
template <int K>
constexpr bool keeps_domain<wage_error<K>> = false;
template <int K>
constexpr bool keeps_domain<low_precision_batch_norm<K>> = false;
// Signs around the mean: where the group is skewed, its mean is not between the two levels.
template <class S>
constexpr bool keeps_domain<bitnet_binary<S>> = false;
template <class S>
constexpr bool keeps_domain<irnet_weight<S>> = false;

/// Where a larger number never gets a smaller level. Sums of fitted planes need not be so.
template <class Q>
constexpr bool is_monotone = !multi_plane_code<typename Q::encoding>;

struct group_case {
  const char* name;
  std::vector<float> elements;
};

std::vector<group_case> groups() {
  auto random = test::generator(2);
  const auto reals = test::random_reals(1, 300, random);
  return {{"random", {reals.data(), reals.data() + reals.cols()}},
          {"all zero", std::vector<float>(9, 0.0f)},
          {"minus zero", std::vector<float>(9, -0.0f)},
          {"constant", std::vector<float>(7, 0.25f)},
          {"negative constant", std::vector<float>(7, -0.25f)},
          {"one outlier", {0, 0, 0, 1e30f, 0, 0, 0}},
          {"denormals", {denormal, -denormal, 3 * denormal, 0}},
          {"largest floats", {most, -most, most, most}},
          {"one element", {-3}},
          {"empty", {}}};
}

std::vector<float> sorted_inputs(std::vector<float> x) {
  for (const float special : {-infinity, -most, -2.0f, -1.0f, -0.5f, -denormal, -0.0f, 0.0f,
                              denormal, 0.5f, 1.0f, 2.0f, most, infinity})
    x.push_back(special);
  std::sort(x.begin(), x.end());
  return x;
}

template <class F>
void for_each_fit(F&& f) {
  for (const group_case& group : groups())
    for_each_quantizer([&](const auto& entry) {
      using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
      INFO(entry.name << ", group " << group.name << ", " << test::reproduce());
      f(test::fit_to(Q{}, group.elements), group);
    });
}

}  // namespace

TEST_CASE("codes are valid, levels finite", "[quantize]") {
  for_each_fit([](const auto& q, const group_case& group) {
    using E = typename std::remove_cvref_t<decltype(q)>::encoding;
    if constexpr (plane_code<E>) {
      CHECK((is_finite(q.levels().scale) && is_finite(q.levels().offset)));
      CHECK_FALSE(is_negative(q.levels().scale));
    }
    for (const float x : sorted_inputs(group.elements)) {
      INFO("x = " << x);
      CHECK(is_code<E>(code_of(q, x)));
      if (is_finite(x)) CHECK(is_finite(real(q, x)));
    }
    CHECK(is_code<E>(code_of(q, not_a_number)));
    CHECK(is_code<E>(code_of(q, -not_a_number)));
    CHECK(code_of(q, not_a_number) == code_of(q, -not_a_number));
  });
}

TEST_CASE("levels rise with the numbers, and both zeros have one code", "[quantize]") {
  for_each_fit([](const auto& q, const group_case& group) {
    if constexpr (is_monotone<std::remove_cvref_t<decltype(q)>>) {
      float before = -infinity;
      for (const float x : sorted_inputs(group.elements)) {
        INFO("x = " << x);
        CHECK(real(q, x) >= before);
        before = real(q, x);
      }
    }
    CHECK(code_of(q, 0.0f) == code_of(q, -0.0f));
  });
}

TEST_CASE("a level that was decoded is encoded as itself", "[quantize]") {
  for_each_fit([](const auto& q, const group_case& group) {
    using Q = std::remove_cvref_t<decltype(q)>;
    if constexpr (keeps_domain<Q> && is_monotone<Q>) {
      if constexpr (plane_code<typename Q::encoding>)
        if (q.levels().scale < 0x1p-126f) return;  // zero, or levels that are rounded to denormals
      for (const float x : sorted_inputs(group.elements)) {
        const float level = real(q, x);
        INFO("x = " << x << ", level " << level);
        if (is_finite(level)) CHECK(real(q, level) == level);
      }
      if (real(q, -infinity) == real(q, infinity)) return;  // nothing was there to fit
      int codes = 0;
      for (const code_t code : test::all_codes(typename Q::encoding{}))
        codes += code_of(q, decode(q, code)) == code ? 1 : 0;
      CHECK(codes >= 2);  // those that the method never gives are left out
    }
  });
}

TEST_CASE("nothing is beyond the levels of the infinities", "[quantize]") {
  for_each_fit([](const auto& q, const group_case&) {
    using Q = std::remove_cvref_t<decltype(q)>;
    if constexpr (keeps_domain<Q> && is_monotone<Q>)
      for (const code_t code : test::all_codes(typename Q::encoding{})) {
        const float level = decode(q, code);
        if (code_of(q, level) != code) continue;
        INFO("code " << int{code});
        CHECK(real(q, infinity) >= level);
        CHECK(real(q, -infinity) <= level);
      }
  });
}

TEST_CASE("a fit keeps the options and may be repeated", "[quantize]") {
  const std::vector<float> first{1, -2, 3, 0.5f}, second{0.25f, -0.125f, 0, 7};
  for_each_quantizer([&](const auto& entry) {
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    INFO(entry.name);
    if constexpr (fitted<Q>) {
      const Q once = Q{}.fit(second), twice = Q{}.fit(first).fit(second);
      for (const float x : sorted_inputs(second)) CHECK(code_of(once, x) == code_of(twice, x));
      for (const code_t code : test::all_codes(typename Q::encoding{}))
        CHECK(decode(once, code) == decode(twice, code));
    }
  });
}

TEST_CASE("a fit names the element that is not finite", "[quantize]") {
  for_each_quantizer([&](const auto& entry) {
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    INFO(entry.name);
    if constexpr (fitted<Q>) {
      // The policy is named, or what it is an alias of, which its header is called after.
      const std::string family =
          std::string(entry.name).substr(0, std::string(entry.name).find('<'));
      const std::string message = test::error_of([] {
        (void)Q{}.fit(std::vector<float>{1, 2, infinity, 4});
      });
      const std::string text = ": cannot fit: element 2 of 4 is inf";
      CHECK((message == family + text || message == entry.header + text));
      CHECK_THAT(test::error_of([] {
                   (void)Q{}.fit(std::vector<float>{not_a_number, 2});
                 }),
                 ContainsSubstring(": cannot fit: element 0 of 2 is "));
      CHECK_THAT(test::error_of([] {
                   (void)Q{}.fit(std::vector<float>{1, -infinity});
                 }),
                 ContainsSubstring("element 1 of 2 is -inf"));
    }
  });
}

TEST_CASE("a fit finds what is not finite in a large group", "[quantize]") {
  for (const std::size_t at : {0u, 63u, 64u, 65u, 127u, 128u, 199u}) {
    std::vector<float> group(200, 0.5f);
    group[at] = -infinity;
    group[199] = at == 199 ? -infinity : not_a_number;  // the first one is named
    CHECK(test::error_of([&] { (void)twn<>{}.fit(group); }) ==
          "twn: cannot fit: element " + std::to_string(at) + " of 200 is -inf");
  }
}

TEST_CASE("gradients are finite, linear upstream, and 0 for NaN where the window is bounded",
          "[quantize]") {
  const std::vector<float> x{-3, -1, -0.5f, -0.0f, 0, 0.25f, 1, 2};
  const std::vector<float> g{1, -2, 3, -4, 5, -6, 7, -8};
  for_each_quantizer([&](const auto& entry) {
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    INFO(entry.name);
    const Q q = test::fit_to(Q{}, x);
    std::vector<float> dx(x.size(), 99), doubled(x.size()), g2(g);
    for (float& v : g2) v *= 2;
    backward(q, x, g, dx);
    backward(q, x, g2, doubled);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(is_finite(dx[i]));
      CHECK(doubled[i] == Approx(2 * dx[i]).margin(1e-6));
    }
    std::vector<float> in_place = g;
    backward(q, x, in_place, in_place);
    CHECK(in_place == dx);
    std::vector<float> none;
    backward(q, none, none, none);
    CHECK(test::error_of([&] { backward(q, x, g, none); }) ==
          "backward: x has 8 elements, upstream 8, dx 0: they must be equal");
  });
}

TEST_CASE("options are validated, and the defaults are valid", "[quantize]") {
  for_each_quantizer([](const auto& entry) {
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    INFO(entry.name);
    CHECK(test::error_of([] { validate(Q{}); }) == "no error");
  });
}

TEST_CASE("every entry names its header and its paper", "[quantize]") {
  for_each_quantizer([](const auto& entry) {
    CHECK(std::string(entry.name).size() > 0);
    CHECK(std::string(entry.header).size() > 0);
    CHECK(std::string(entry.family).size() > 0);
    CHECK(std::string(entry.paper).size() >= 9);
    CHECK((entry.year >= 2013 && entry.year <= 2100));
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    bool trained = learnable<Q>;
    if constexpr (requires(const Q& q) { q.surrogate_gradient; })
      trained = trained || learnable<decltype(Q::surrogate_gradient)>;
    CHECK(trained == !std::string(entry.trained).empty());
  });
}
