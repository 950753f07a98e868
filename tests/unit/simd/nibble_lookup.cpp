// simd/nibble_lookup.hpp: byte look-ups and their flush into 16 bits, per ISA, against loops.
#include "lowbit/simd/nibble_lookup.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

using namespace lowbit;

namespace {

template <class Simd>
void check_lookups(const char* name) {
  constexpr auto width = static_cast<std::size_t>(Simd::width);
  auto random = test::generator(530);
  for (int round = 0; round < 200; ++round) {
    test::guarded_buffer<std::uint8_t> table(16), nibbles(width);
    test::guarded_buffer<std::uint16_t> sums(width);
    for (std::uint8_t& t : table.span()) t = static_cast<std::uint8_t>(random() % 5);
    for (std::uint16_t& s : sums.span()) s = static_cast<std::uint16_t>(random());
    std::vector<std::uint16_t> expected(sums.view().begin(), sums.view().end());
    typename Simd::reg sum, t, n;
    Simd::zero(sum);
    Simd::table(t, table.data());
    for (int step = 0; step < 48; ++step) {
      for (std::size_t l = 0; l < width; ++l) {
        nibbles.data()[l] = round == 0 ? 15 : static_cast<std::uint8_t>(random() % 16);
        expected[l] = static_cast<std::uint16_t>(expected[l] + table.data()[nibbles.data()[l]]);
      }
      Simd::load(n, nibbles.data());
      Simd::add_looked_up(sum, t, n);
    }
    Simd::flush(sum, sums.data());
    INFO(name << ", round " << round << ", " << test::reproduce());
    REQUIRE(std::vector<std::uint16_t>(sums.view().begin(), sums.view().end()) == expected);
  }
}

}  // namespace

TEST_CASE("looked-up counts add up in bytes and flush into 16 bits", "[simd]") {
  test::on_every_isa([](auto tag) {
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
