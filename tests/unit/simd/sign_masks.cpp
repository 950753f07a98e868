// simd/sign_masks.hpp: 16 answers, per ISA, against asking one number after the other.
#include "lowbit/simd/sign_masks.hpp"

#include <bit>
#include <limits>

#include "lowbit/arch/run_on.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_sign_masks {

using namespace lowbit;

namespace {

/// Patterns at the edges of what is negative, and what no comparison holds for.
std::vector<float> edges() {
  using limits = std::numeric_limits<float>;
  std::vector<float> out = {
      0.0f, -0.0f, limits::infinity(),  -limits::infinity(), limits::max(), limits::lowest(),
      1,    -1,    limits::quiet_NaN(), -limits::quiet_NaN()};
  for (const std::uint32_t bits : {0x00000001u, 0x80000001u, 0x007fffffu, 0x807fffffu, 0x7f800001u,
                                   0xff800001u, 0xffffffffu, 0x7fffffffu, 0xff7fffffu})
    out.push_back(std::bit_cast<float>(bits));
  return out;
}

template <class Tag>
void check(Tag tag, const float* x, const float* bound) {
  std::uint32_t plus = 0, reached = 0, expected_plus = 0, expected_reached = 0;
  detail::arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
    plus = detail::simd::not_negative(tag, x);
    reached = detail::simd::not_below(tag, x, bound);
  });
  for (int l = 0; l < 16; ++l) {
    expected_plus |= std::uint32_t{!is_negative(x[l])} << l;
    expected_reached |= std::uint32_t{!(x[l] < bound[l])} << l;
  }
  CHECK(plus == expected_plus);
  CHECK(reached == expected_reached);
}

}  // namespace

TEST_CASE("signs of 16 numbers are those of one after the other", "[simd]") {
  INFO(test::reproduce());
  const std::vector<float> special = edges();
  const auto count = static_cast<index_t>(special.size());
  const auto place = [&](index_t i) { return static_cast<std::size_t>(i % count); };
  test::guarded_buffer<float> memory(16, test::edge::end), others(16, test::edge::begin);
  float *const x = memory.data(), *const bound = others.data();
  test::on_every_tag([&](auto tag) {
    INFO(decltype(tag)::name);
    for (index_t first = 0; first < count; ++first)
      for (index_t step = 0; step < count; ++step) {
        for (index_t l = 0; l < 16; ++l) {
          x[l] = special[place(first + l)];
          bound[l] = special[place(first + l * step)];
          if (is_nan(bound[l])) bound[l] = 1;  // a bound is a number
        }
        check(tag, x, bound);
      }
    for (index_t l = 0; l < 16; ++l) {  // each answer in its own place
      for (index_t i = 0; i < 16; ++i) x[i] = i == l ? -1.0f : 1.0f;
      for (index_t i = 0; i < 16; ++i) bound[i] = 0;
      check(tag, x, bound);
    }
  });
}

}  // namespace test_sign_masks
