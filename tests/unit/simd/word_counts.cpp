// simd/word_counts.hpp, simd/neon_counts.hpp: load, partial load, operations, counts and totals of
// every ISA's registers, against plain words. Partial loads read memory that ends at a forbidden page.
#include "lowbit/simd/word_counts.hpp"

#include <bit>
#include <vector>

#include "lowbit/simd/neon_dotprod.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_word_counts {

using namespace lowbit;

namespace {

/// All operations on `n` words (n < width: partial loads), `rounds` times into one sum. Reports per
/// operation.
struct counts {
  std::uint32_t loaded, bit_and, bit_xor, masked_xor;
};

/// Straight calls only: the struct's functions carry their own target attributes.
template <class Simd>
counts count_on(const word* a0, const word* a1, const word* b0, const word* b1, index_t n,
                int rounds) {
  typename Simd::reg x0, x1, y0, y1, bits;
  const auto load = [n](typename Simd::reg& r, const word* p) {
    if (n == Simd::width)
      Simd::load(r, p);
    else
      Simd::load_part(r, p, n);
  };
  load(x0, a0), load(x1, a1), load(y0, b0), load(y1, b1);
  typename Simd::sum loaded, bit_and, bit_xor, masked_xor;
  Simd::zero(loaded), Simd::zero(bit_and), Simd::zero(bit_xor), Simd::zero(masked_xor);
  // As seldom as the struct allows, and before the totals.
  const auto flush_after = [&](int i) {
    if constexpr (requires { Simd::flush_counts; })
      if ((i + 1) % Simd::flush_counts == 0 || i + 1 == rounds)
        Simd::flush(loaded), Simd::flush(bit_and), Simd::flush(bit_xor), Simd::flush(masked_xor);
  };
  for (int i = 0; i < rounds; ++i) {
    Simd::count(loaded, x0);
    Simd::bit_and(bits, x0, y0);
    Simd::count(bit_and, bits);
    Simd::bit_xor(bits, x0, y0);
    Simd::count(bit_xor, bits);
    Simd::masked_xor(bits, x0, y0, x1, y1);
    Simd::count(masked_xor, bits);
    flush_after(i);
  }
  counts result{};
  Simd::total(loaded, result.loaded), Simd::total(bit_and, result.bit_and);
  Simd::total(bit_xor, result.bit_xor), Simd::total(masked_xor, result.masked_xor);
  return result;
}

std::uint32_t ones(word w) { return static_cast<std::uint32_t>(std::popcount(w)); }

template <class Simd>
void check_counts(const char* name) {
  auto random = test::generator(510);
  for (int round = 0; round < 100; ++round)
    for (index_t n = Simd::width == 1 ? 1 : 0; n <= Simd::width; ++n)
      // 30, 31, 32, 33 and 300 additions: where byte counters of a register would overflow.
      for (const int rounds : {1, 30, 31, 32, 33, 300}) {
        const auto size = static_cast<std::size_t>(n);
        test::guarded_buffer<word> a0(size), a1(size), b0(size), b1(size);
        counts expected{};
        for (std::size_t i = 0; i < size; ++i) {
          const auto draw = [&] {
            return round == 0 ? ~word{0} : round == 1 ? 0 : static_cast<word>(random());
          };
          const word x0 = a0.data()[i] = draw(), x1 = a1.data()[i] = draw();
          const word y0 = b0.data()[i] = draw(), y1 = b1.data()[i] = draw();
          const auto times = static_cast<std::uint32_t>(rounds);
          expected.loaded += times * ones(x0);
          expected.bit_and += times * ones(x0 & y0);
          expected.bit_xor += times * ones(x0 ^ y0);
          expected.masked_xor += times * ones(x0 & y0 & (x1 ^ y1));
        }
        const counts got = count_on<Simd>(a0.data(), a1.data(), b0.data(), b1.data(), n, rounds);
        INFO(name << ", " << n << " words, " << rounds << " additions, " << test::reproduce());
        REQUIRE(got.loaded == expected.loaded);
        REQUIRE(got.bit_and == expected.bit_and);
        REQUIRE(got.bit_xor == expected.bit_xor);
        REQUIRE(got.masked_xor == expected.masked_xor);
      }
}

}  // namespace

TEST_CASE("registers of words count like plain words", "[simd]") {
  check_counts<detail::simd::words_plain>("words_plain");
  check_counts<detail::simd::words_portable>("words_portable");
#if LOWBIT_X86
  test::on_every_tag([](auto tag) {
    using Tag = decltype(tag);
    if constexpr (std::is_same_v<Tag, isa::popcnt>)
      check_counts<detail::simd::words_popcnt>("words_popcnt");
    if constexpr (std::is_same_v<Tag, isa::avx2>)
      check_counts<detail::simd::words_avx2>("words_avx2");
    if constexpr (std::is_same_v<Tag, isa::avx512bw>)
      check_counts<detail::simd::words_avx512bw>("words_avx512bw");
    if constexpr (std::is_same_v<Tag, isa::avx512vpopcntdq>)
      check_counts<detail::simd::words_avx512vpopcntdq>("words_avx512vpopcntdq");
  });
#elif LOWBIT_AARCH64
  test::on_every_tag([](auto tag) {
    using Tag = decltype(tag);
    if constexpr (std::is_same_v<Tag, isa::neon>)
      check_counts<detail::simd::words_neon>("words_neon");
#if LOWBIT_HAS_NEON_DOTPROD
    if constexpr (std::is_same_v<Tag, isa::neon_dotprod>)
      check_counts<detail::simd::words_neon_dotprod>("words_neon_dotprod");
#endif
  });
#endif
}

}  // namespace test_word_counts
