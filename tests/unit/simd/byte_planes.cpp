// simd/byte_planes.hpp: one bit plane out of 64 bytes, per ISA, against taking bit after bit.
#include "lowbit/simd/byte_planes.hpp"

#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_byte_planes {

using namespace lowbit;

namespace {

template <class Simd>
void check_planes(const char* name) {
  auto random = test::generator(500);
  for (int round = 0; round < 300; ++round) {
    // Data at every distance from a forbidden page, on both sides.
    test::guarded_buffer<code_t> codes(64, round % 2 == 0 ? test::edge::end : test::edge::begin,
                                       static_cast<std::size_t>(round % 64));
    for (code_t& c : codes.span())
      c = round < 2 ? 0xff : round < 4 ? 0 : static_cast<code_t>(random());
    if (round >= 4 && round < 68) {
      for (code_t& c : codes.span()) c = 0;
      codes.data()[round - 4] = 0xff;
    }
    for (int plane = 0; plane < 8; ++plane) {
      word expected = 0, got = ~word{0};
      for (int i = 0; i < 64; ++i)
        expected |= word{static_cast<unsigned>(codes.data()[i] >> plane & 1)} << i;
      Simd::plane_of_bytes(codes.data(), plane, got);
      INFO(name << ", round " << round << ", plane " << plane << ", " << test::reproduce());
      REQUIRE(got == expected);
    }
  }
}

}  // namespace

TEST_CASE("plane_of_bytes takes bit p of byte i to bit i", "[simd]") {
  check_planes<detail::simd::bytes>("bytes");
#if LOWBIT_X86
  test::on_every_tag([](auto tag) {
    using Tag = decltype(tag);
    if constexpr (std::is_same_v<Tag, isa::popcnt>)
      check_planes<detail::simd::bytes_sse2>("bytes_sse2");
    if constexpr (std::is_same_v<Tag, isa::avx2>)
      check_planes<detail::simd::bytes_avx2>("bytes_avx2");
    if constexpr (std::is_same_v<Tag, isa::avx512bw>)
      check_planes<detail::simd::bytes_avx512bw>("bytes_avx512bw");
  });
#endif
}

}  // namespace test_byte_planes
