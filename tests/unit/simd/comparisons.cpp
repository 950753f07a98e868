// simd/comparisons.hpp: 64 answers per word, on each ISA, against asking one float after the other.
#include "lowbit/simd/comparisons.hpp"

#include <limits>
#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_comparisons {

using namespace lowbit;

namespace {

/// f(struct) for the comparisons of every ISA of this machine.
template <class F>
void on_all_comparisons(F&& f) {
  test::on_every_tag([&](auto tag) {
    using Tag = decltype(tag);
    if constexpr (std::is_same_v<Tag, isa::portable>) {
      if constexpr (!std::is_same_v<detail::simd::comparisons_portable,
                                    detail::simd::no_comparisons>)
        f(detail::simd::comparisons_portable{});
    }
#if LOWBIT_X86
    if constexpr (std::is_same_v<Tag, isa::popcnt>) f(detail::simd::comparisons_sse2{});
    if constexpr (std::is_same_v<Tag, isa::avx2>) f(detail::simd::comparisons_avx2{});
    if constexpr (std::is_same_v<Tag, isa::avx512bw>) f(detail::simd::comparisons_avx512bw{});
#endif
  });
}

/// The word that answers 64 numbers one by one.
template <class Answer>
word one_by_one(const float* x, Answer answer) {
  word bits = 0;
  for (int i = 0; i < 64; ++i) bits |= word{answer(x[i])} << i;
  return bits;
}

template <class Simd>
word negative(Simd, const float* x) {
  word bits = 0x5555555555555555u;  // must not shine through
  Simd::negative(x, bits);
  return bits;
}
template <class Simd>
word beyond(Simd, const float* x, std::int32_t key) {
  word bits = 0x5555555555555555u;
  Simd::beyond(x, key, bits);
  return bits;
}
template <class Simd>
word below(Simd, const float* x, float bound) {
  word bits = 0x5555555555555555u;
  Simd::below(x, detail::core::key_below_nan(bound), bits);
  return bits;
}

/// All four questions about 64 numbers.
template <class Simd>
bool all_right(Simd simd, const float* x, float bound) {
  return negative(simd, x) == one_by_one(x, [](float v) { return is_negative(v); }) &&
         below(simd, x, bound) == one_by_one(x, [=](float v) { return v < bound; }) &&
         beyond(simd, x, detail::core::rising_key(bound)) ==
             one_by_one(x, [=](float v) { return v > bound; }) &&
         beyond(simd, x, detail::core::rising_key(bound) - 1) ==
             one_by_one(x, [=](float v) { return v >= bound; });
}

constexpr float infinity = std::numeric_limits<float>::infinity();
const float special[] = {0.0f,
                         -0.0f,
                         infinity,
                         -infinity,
                         std::bit_cast<float>(0x7fc00000u),
                         std::bit_cast<float>(0xffc00000u),
                         std::bit_cast<float>(0x7f800001u),
                         std::bit_cast<float>(0xff800001u),
                         std::bit_cast<float>(0xffffffffu),
                         std::bit_cast<float>(0x00000001u),
                         std::bit_cast<float>(0x80000001u),
                         std::bit_cast<float>(0x807fffffu),
                         std::bit_cast<float>(0x80800000u),
                         std::numeric_limits<float>::max(),
                         std::numeric_limits<float>::lowest(),
                         0.5f,
                         -0.5f,
                         std::bit_cast<float>(0x3effffffu),
                         std::bit_cast<float>(0x3f000001u)};

}  // namespace

TEST_CASE("negative is the sign rule on every ISA, for patterns everywhere", "[simd]") {
  // Blocks of 64 patterns that follow each other, all over the 2^32, and those around every corner.
  constexpr std::uint64_t step = test::thorough ? 64 * 61 : 64 * 50021;
  on_all_comparisons([](auto simd) {
    float x[64];
    std::uint64_t wrong = 0;
    const auto look_at = [&](std::uint64_t first) {
      for (std::uint32_t i = 0; i < 64; ++i)
        x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first) + i);
      wrong += negative(simd, x) != one_by_one(x, [](float v) { return is_negative(v); }) ? 1u : 0u;
    };
    for (std::uint64_t first = 0; first < std::uint64_t{1} << 32; first += step) look_at(first);
    for (const std::uint64_t corner :
         {0x00000000u, 0x00800000u, 0x7f800000u, 0x80000000u, 0x80800000u, 0xff800000u})
      for (std::uint64_t before = 0; before <= 64; ++before)
        look_at(corner + (std::uint64_t{1} << 32) - before);
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("comparisons answer for every place, every special number and every bound", "[simd]") {
  on_all_comparisons([](auto simd) {
    std::vector<float> x(64);
    for (const float bound : special) {
      if (is_nan(bound)) continue;  // a bound is a number
      for (const float other : special)
        for (const float rest : {0.0f, -1.0f, 1.0f})
          for (std::size_t place = 0; place < 64; ++place) {
            x.assign(64, rest);
            x[place] = other;
            if (!all_right(simd, x.data(), bound))
              FAIL(other << " at " << place << " among " << rest << " against " << bound);
          }
    }
  });
}

TEST_CASE("comparisons read 64 floats at any address and no others", "[simd]") {
  INFO(test::reproduce());
  on_all_comparisons([](auto simd) {
    auto random = test::generator(520);
    for (std::size_t round = 0; round < 400; ++round) {
      const test::edge where = round % 2 == 0 ? test::edge::end : test::edge::begin;
      test::guarded_buffer<float> x(64, where, round % 32 * 4);
      for (float& v : x.span())
        v = round % 3 == 0 ? std::bit_cast<float>(static_cast<std::uint32_t>(random()))
                           : special[random() % std::size(special)];
      const float bound = special[round % std::size(special)];
      REQUIRE(all_right(simd, x.data(), is_nan(bound) ? 1 : bound));
    }
  });
}

}  // namespace test_comparisons
