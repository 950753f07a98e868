// simd/nibble_lookup.hpp: byte look-ups, their flush into 16 bits and their weighting, per ISA, against loops.
#include "lowbit/simd/nibble_lookup.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_nibble_lookup {

using namespace lowbit;

namespace {

template <class Simd>
void check_lookups(const char* name) {
  constexpr auto width = static_cast<std::size_t>(Simd::width);
  auto random = test::generator(530);
  for (int round = 0; round < 200; ++round) {
    test::guarded_buffer<std::uint8_t> table(16), nibbles(width);
    test::guarded_buffer<std::uint16_t> sums(width);
    test::guarded_buffer<std::uint32_t> totals(width);
    for (std::uint8_t& t : table.span()) t = static_cast<std::uint8_t>(random() % 5);
    for (std::uint16_t& s : sums.span()) s = 0;
    for (std::uint32_t& t : totals.span()) t = static_cast<std::uint32_t>(random());
    const auto coefficient = static_cast<std::int32_t>(random() % 65537) - 32768;
    const auto added = static_cast<std::uint32_t>(random());
    if (round == 0) table.data()[15] = 4;
    std::vector<std::uint32_t> expected(totals.view().begin(), totals.view().end());
    // The first round fills every byte and every 16-bit sum to the last count they may hold.
    const int flushes = round == 0 ? 264 : 2;
    for (int flush = 0; flush < flushes; ++flush) {
      typename Simd::reg sum, t, n;
      Simd::zero(sum);
      Simd::table(t, table.data());
      for (int step = 0; step < 62; ++step) {
        for (std::size_t l = 0; l < width; ++l) {
          nibbles.data()[l] = round == 0 ? 15 : static_cast<std::uint8_t>(random() % 16);
          expected[l] += static_cast<std::uint32_t>(coefficient) * table.data()[nibbles.data()[l]];
        }
        Simd::load(n, nibbles.data());
        Simd::add_looked_up(sum, t, n);
      }
      Simd::flush(sum, sums.data());
    }
    Simd::weigh(coefficient, sums.data(), totals.data());
    Simd::add_scalar(totals.data(), added);
    for (std::uint32_t& e : expected) e += added;
    INFO(name << ", round " << round << ", " << test::reproduce());
    REQUIRE(std::vector<std::uint32_t>(totals.view().begin(), totals.view().end()) == expected);
  }
}

}  // namespace

TEST_CASE("looked-up counts add up in bytes, 16 and 32 bits", "[simd]") {
  test::on_every_tag([](auto tag) {
    static_cast<void>(tag);
#if LOWBIT_X86
    using Tag = decltype(tag);
    if constexpr (std::is_same_v<Tag, isa::ssse3>)
      check_lookups<detail::simd::lookup_ssse3>("lookup_ssse3");
    if constexpr (std::is_same_v<Tag, isa::avx2>)
      check_lookups<detail::simd::lookup_avx2>("lookup_avx2");
    if constexpr (std::is_same_v<Tag, isa::avx512bw>)
      check_lookups<detail::simd::lookup_avx512bw>("lookup_avx512bw");
#endif
  });
}

}  // namespace test_nibble_lookup
