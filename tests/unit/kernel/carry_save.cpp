// kernel/bits/carry_save.hpp, kernel/bits/carry_save_lanes.hpp: what the full adders count, against popcounts.
#include "lowbit/kernel/bits/carry_save.hpp"

#include <bit>
#include <vector>

#include "lowbit/kernel/bits/carry_save_lanes.hpp"
#include "lowbit/simd/portable_lanes.hpp"
#include "lowbit/simd/word_counts.hpp"
#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_carry_save {

#if LOWBIT_HAS_XSIMD

using namespace lowbit;
namespace kernel = detail::kernel;

namespace {

std::vector<word> words_of(std::size_t n, bool all_ones, std::mt19937_64& random) {
  std::vector<word> out(n);
  for (word& w : out) w = all_ones ? ~word{0} : random();
  return out;
}

}  // namespace

TEST_CASE("full adders count a row", "[kernel]") {
  using words = detail::simd::words_xsimd<::xsimd::default_arch>;
  auto random = test::generator(530);
  for (const bool all_ones : {false, true})
    for (const index_t groups : {1, 2, 3, 40}) {
      const auto n = static_cast<std::size_t>(groups * 8 * words::width);
      const std::vector<word> a = words_of(n, all_ones, random), b(n, 0);
      std::uint32_t expected = 5, total = 5;
      for (const word w : a) expected += static_cast<std::uint32_t>(std::popcount(w));
      const word *const lhs[1] = {a.data()}, *const rhs[1] = {b.data()};
      kernel::count_pair<words, bit_operation::bit_xor>(lhs, rhs, static_cast<index_t>(n), total);
      INFO(n << " words, " << test::reproduce());
      REQUIRE(total == expected);
    }
}

TEST_CASE("full adders count lanes", "[kernel]") {
  using lanes = detail::simd::lanes_xsimd<::xsimd::default_arch>;
  using counts = lanes::counts;
  auto random = test::generator(531);
  for (const bool all_ones : {false, true})
    for (index_t words = 0; words <= 40; ++words) {
      // Lane l of step k is row l's half word k.
      std::vector<std::uint32_t> steps(static_cast<std::size_t>(2 * words) * lanes::reg_lanes);
      for (std::uint32_t& s : steps) s = all_ones ? ~0u : static_cast<std::uint32_t>(random());
      lanes::reg sum(std::uint32_t{3});
      kernel::count_steps<counts>(sum, words, [&](lanes::reg& out, index_t k) {
        out = lanes::reg::load_unaligned(steps.data() +
                                         static_cast<std::size_t>(k) * lanes::reg_lanes);
      });
      std::uint32_t found[lanes::reg_lanes];
      sum.store_unaligned(found);
      INFO(words << " words, " << test::reproduce());
      for (std::size_t l = 0; l < lanes::reg_lanes; ++l) {
        std::uint32_t expected = 3;
        for (std::size_t k = l; k < steps.size(); k += lanes::reg_lanes)
          expected += static_cast<std::uint32_t>(std::popcount(steps[k]));
        REQUIRE(found[l] == expected);
      }
    }
}

#endif

}  // namespace test_carry_save
