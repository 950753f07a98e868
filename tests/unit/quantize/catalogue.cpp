// quantize/catalogue.hpp: the promises that every quantizer keeps. A line added to the catalogue
// runs through all of this by itself.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "lowbit/quantize/methods/twn.hpp"
#include "support/any_quantizer.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_catalogue {

using namespace lowbit;
using test::any_quantizer;
using test::catalogued;
using test::every_quantizer;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float denormal = 1e-44f;
constexpr float most = std::numeric_limits<float>::max();

struct group_case {
  const char* name;
  std::vector<float> elements;
};

std::vector<group_case> groups() {
  auto random = test::generator(2);
  const auto float_epilogue = test::random_floats(1, 300, random);
  return {{"random", {float_epilogue.data(), float_epilogue.data() + float_epilogue.cols()}},
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

/// f(entry, its quantizer fitted to the group, the group) for all.
template <class F>
void for_each_fit(F&& f) {
  for (const group_case& group : groups())
    for (const catalogued& entry : every_quantizer()) {
      INFO(entry.name << ", group " << group.name << ", " << test::reproduce());
      f(entry, *entry.prototype->fit(group.elements), group);
    }
}

}  // namespace

TEST_CASE("codes are valid, levels finite", "[quantize]") {
  for_each_fit([](const catalogued&, const any_quantizer& q, const group_case& group) {
    if (const auto levels = q.affine_levels()) {
      CHECK((is_finite(levels->scale) && is_finite(levels->offset)));
      CHECK_FALSE(is_negative(levels->scale));
    }
    for (const float x : sorted_inputs(group.elements)) {
      INFO("x = " << x);
      CHECK(q.is_code(q.encode(x)));
      if (is_finite(x)) CHECK(is_finite(q.real(x)));
    }
    CHECK(q.is_code(q.encode(not_a_number)));
    CHECK(q.encode(not_a_number) == q.encode(-not_a_number));
  });
}

TEST_CASE("levels rise with the numbers, and both zeros have one code", "[quantize]") {
  for_each_fit([](const catalogued& entry, const any_quantizer& q, const group_case& group) {
    if (entry.monotone) {
      float before = -infinity;
      for (const float x : sorted_inputs(group.elements)) {
        INFO("x = " << x);
        CHECK(q.real(x) >= before);
        before = q.real(x);
      }
    }
    CHECK(q.encode(0.0f) == q.encode(-0.0f));
  });
}

TEST_CASE("a level that was decoded is encoded as itself", "[quantize]") {
  for_each_fit([](const catalogued& entry, const any_quantizer& q, const group_case& group) {
    if (!entry.keeps_domain || !entry.monotone) return;
    if (const auto levels = q.affine_levels(); levels && levels->scale < 0x1p-126f)
      return;  // zero, or levels that are rounded to denormals
    for (const float x : sorted_inputs(group.elements)) {
      const float level = q.real(x);
      INFO("x = " << x << ", level " << level);
      // A sum of planes that is beyond all floats saturates, and so stands for more than one code.
      const bool saturated = entry.family == "planes" && magnitude(level) == most;
      if (is_finite(level) && !saturated) CHECK(q.real(level) == level);
    }
    if (q.real(-infinity) == q.real(infinity)) return;  // nothing was there to fit
    int codes = 0;
    for (const code_t code : q.all_codes()) codes += q.encode(q.decode(code)) == code ? 1 : 0;
    CHECK(codes >= 2);  // those that the method never gives are left out
  });
}

TEST_CASE("nothing is beyond the levels of the infinities", "[quantize]") {
  for_each_fit([](const catalogued& entry, const any_quantizer& q, const group_case&) {
    if (!entry.keeps_domain || !entry.monotone) return;
    for (const code_t code : q.all_codes()) {
      const float level = q.decode(code);
      if (q.encode(level) != code) continue;
      INFO("code " << int{code});
      CHECK(q.real(infinity) >= level);
      CHECK(q.real(-infinity) <= level);
    }
  });
}

TEST_CASE("a fit keeps the options and may be repeated", "[quantize]") {
  const std::vector<float> first{1, -2, 3, 0.5f}, second{0.25f, -0.125f, 0, 7};
  for (const catalogued& entry : every_quantizer()) {
    INFO(entry.name);
    const auto once = entry.prototype->fit(second),
               twice = entry.prototype->fit(first)->fit(second);
    for (const float x : sorted_inputs(second)) CHECK(once->encode(x) == twice->encode(x));
    for (const code_t code : once->all_codes()) CHECK(once->decode(code) == twice->decode(code));
  }
}

TEST_CASE("a fit names the element that is not finite", "[quantize]") {
  for (const catalogued& entry : every_quantizer()) {
    if (!entry.fitted) continue;
    INFO(entry.name);
    const auto error_of_fit = [&](const std::vector<float>& group) {
      return test::error_of([&] { (void)entry.prototype->fit(group); });
    };
    // The policy is named, or what it is an alias of, which its header is called after.
    const std::string family = entry.name.substr(0, entry.name.find('<'));
    const std::string message = error_of_fit({1, 2, infinity, 4});
    const std::string text = ": cannot fit: element 2 of 4 is inf";
    CHECK((message == family + text || message == entry.header + text));
    CHECK_THAT(error_of_fit({not_a_number, 2}),
               ContainsSubstring(": cannot fit: element 0 of 2 is "));
    CHECK_THAT(error_of_fit({1, -infinity}), ContainsSubstring("element 1 of 2 is -inf"));
  }
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

TEST_CASE("gradients are finite, linear upstream, and may be written in place", "[quantize]") {
  const std::vector<float> x{-3, -1, -0.5f, -0.0f, 0, 0.25f, 1, 2};
  const std::vector<float> g{1, -2, 3, -4, 5, -6, 7, -8};
  for (const catalogued& entry : every_quantizer()) {
    INFO(entry.name);
    const auto q = entry.prototype->fit(x);
    std::vector<float> dx(x.size(), 99), doubled(x.size()), g2(g);
    for (float& v : g2) v *= 2;
    q->backward(x, g, dx);
    q->backward(x, g2, doubled);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(is_finite(dx[i]));
      CHECK(doubled[i] == Approx(2 * dx[i]).margin(1e-6));
    }
    std::vector<float> in_place = g;
    q->backward(x, in_place, in_place);
    CHECK(in_place == dx);
    std::vector<float> none;
    q->backward(none, none, none);
    CHECK(test::error_of([&] { q->backward(x, g, none); }) ==
          "backward: x has 8 elements, upstream 8, dx 0: they must be equal");
  }
}

TEST_CASE("options are validated, and the defaults are valid", "[quantize]") {
  for (const catalogued& entry : every_quantizer()) {
    INFO(entry.name);
    CHECK(test::error_of([&] { entry.prototype->validate(); }) == "no error");
  }
}

TEST_CASE("every entry names its header and its paper", "[quantize]") {
  for (const catalogued& entry : every_quantizer()) {
    INFO(entry.name);
    CHECK_FALSE(entry.name.empty());
    CHECK_FALSE(entry.header.empty());
    CHECK_FALSE(entry.family.empty());
    CHECK(entry.paper.size() >= 9);
    CHECK((entry.year >= 2013 && entry.year <= 2100));
    CHECK(entry.learnable == !entry.trained.empty());
  }
}

}  // namespace test_catalogue
