// Every quantizer gives the codes of its formula whatever the floating-point unit does with a last digit and with
// denormals. Tested are formulas, comparisons, and the boundaries that are searched for formulas.
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/quantize/methods/bcgd_activation.hpp"
#include "lowbit/quantize/methods/dsq.hpp"
#include "lowbit/quantize/methods/half_wave.hpp"
#include "lowbit/quantize/methods/heaviside.hpp"
#include "lowbit/quantize/methods/jacob_affine.hpp"
#include "lowbit/quantize/methods/midrise.hpp"
#include "lowbit/quantize/methods/tsq_activation.hpp"
#include "support/any_quantizer.hpp"
#include "support/catch.hpp"
#include "support/floating_point_mode.hpp"
#include "support/settings.hpp"

namespace test_modes {

using namespace lowbit;

namespace {

/// Ties and their neighbours, denormals, what is no number; all made of bits.
std::vector<float> floats() {
  std::vector<float> all;
  for (const std::uint32_t size : {0u, 1u, 2u, 0x400000u, 0x7fffffu, 0x800000u, 0x7f7fffffu,
                                   0x7f800000u, 0x7f800001u, 0x7fc00000u})
    for (const std::uint32_t sign : {0u, 0x80000000u}) all.push_back(float_of(size | sign));
  for (int i = -80; i <= 80; ++i)
    for (const float x : {static_cast<float>(i) / 16, static_cast<float>(i) / 510}) {
      all.push_back(x);
      all.push_back(next_up(x));
      all.push_back(-next_up(-x));
    }
  return all;
}

/// Codes of all numbers, with their comparisons where there are some.
std::vector<int> codes(const test::any_quantizer& q, const std::vector<float>& x) {
  std::vector<int> all;
  for (const float number : x) {
    all.push_back(q.encode(number, 0.25f));
    const auto compared = q.compare(number);
    all.push_back(compared ? *compared : -1);
  }
  return all;
}

constexpr int directions[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

}  // namespace

TEST_CASE("no mode of the floating-point unit changes a code", "[quantize]") {
  INFO(test::reproduce());
  const std::vector<float> x = floats();
  auto random = test::generator(811);
  std::normal_distribution<float> normal;
  std::vector<float> group(301);
  for (float& v : group) v = normal(random);
  for (const auto& entry : test::every_quantizer()) {
    const auto fit = entry.prototype->fit(group);
    for (const test::any_quantizer* q : {entry.prototype.get(), fit.get()}) {
      const std::vector<int> expected = codes(*q, x);
      for (const int direction : directions)
        for (const bool flush : {false, true}) {
          INFO(entry.name << " rounding in direction " << direction << (flush ? ", flushing" : ""));
          std::vector<int> found;
          {
            const test::floating_point_mode mode(direction, flush);
            found = codes(*q, x);
          }
          REQUIRE(found == expected);
        }
    }
  }
}

TEST_CASE("denormals have the codes of their definitions in every mode", "[quantize]") {
  volatile std::uint32_t smallest =
      1;  // hidden from compilers, which compute in a mode of their own
  const float zero = 0;
  const auto tsq = tsq_activation<2>::gaussian(0);
  for (const int direction : directions)
    for (const bool flush : {false, true}) {
      std::array<int, 16> found{};
      {
        const test::floating_point_mode mode(direction, flush);
        const std::uint32_t bits = smallest;
        const float tiny = float_of(bits), triple = float_of(3 * bits);
        found = {encode(heaviside<>{}, tiny),
                 encode(heaviside<>{}, zero),
                 encode(bcgd_activation<4>{}, tiny),
                 encode(bcgd_activation<4>{}, zero),
                 encode(half_wave<2>{}, tiny),
                 encode(half_wave<2>{}, zero),
                 encode(half_wave_table<2>{}, tiny),
                 encode(half_wave_table<2>{}, zero),
                 encode(tsq, tiny),
                 encode(tsq, zero),
                 encode(midrise<2>{}, -tiny),
                 encode(midrise<2>{}, zero),
                 encode(jacob_affine<2>{0, triple}, tiny),
                 encode(jacob_affine<2>{0, triple}, zero),
                 encode(dsq<1>{-tiny, tiny, 0.2f}, tiny),
                 encode(dsq<1>{}, -tiny)};
      }
      INFO("direction " << direction << (flush ? ", flushing" : ""));
      CHECK(found == std::array<int, 16>{1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 1, 0, 1, 0});
    }
}

}  // namespace test_modes
