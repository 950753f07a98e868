// simd/lanes.hpp, simd/neon_lanes.hpp, simd/portable_lanes.hpp: sixteen int32 lanes, each operation against a loop over
// plain integers. Stores end at a forbidden page.
#include "lowbit/simd/lanes.hpp"

#include <bit>

#include "lowbit/kernel/bits/fused_adder.hpp"
#include "lowbit/simd/neon_dotprod.hpp"
#include "lowbit/simd/portable_lanes.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_lanes {

using namespace lowbit;

namespace {

struct sixteen {
  std::uint32_t at[16];
};

template <class F>
sixteen each(F f) {
  sixteen out{};
  for (std::size_t l = 0; l < 16; ++l) out.at[l] = f(l);
  return out;
}

template <class Lanes>
void load(Lanes& r, const sixteen& x) {
  Lanes::load(r, reinterpret_cast<const std::uint8_t*>(x.at));
}
#if LOWBIT_HAS_XSIMD
template <class Arch>
void load(detail::simd::lanes_xsimd<Arch>& r, const sixteen& x) {
  detail::simd::lanes_xsimd<Arch>::zero(r);
  detail::simd::lanes_xsimd<Arch>::add_part(r, x.at, 16);
}
#endif

template <class Lanes>
void check_equal(const char* what, const Lanes& r, const sixteen& expected) {
  INFO(what);
  test::guarded_buffer<std::int32_t> out(16);
  Lanes::store(r, out.data(), 16);
  for (std::size_t l = 0; l < 16; ++l)
    REQUIRE(static_cast<std::uint32_t>(out.data()[l]) == expected.at[l]);
}

/// a + n * ones and a - n * ones, where ones are the counts of b: n counts into one sum.
template <class Lanes>
void check_counts(const sixteen& a, const sixteen& b, int n) {
  const auto counted = [&](std::size_t l) {
    return static_cast<std::uint32_t>(n) * static_cast<std::uint32_t>(std::popcount(b.at[l]));
  };
  Lanes bits, up, vertical;
  load(bits, b), load(up, a), load(vertical, a);
  if constexpr (requires { Lanes::byte_words; }) {
    for (int done = 0; done < n;) {
      typename Lanes::byte_counts counts;
      Lanes::zero(counts);
      for (int i = 0; i < 2 * Lanes::byte_words && done < n; ++i, ++done)
        Lanes::add_count(counts, bits);
      Lanes::add_counts(up, counts);
      Lanes::subtract_counts(vertical, counts);
    }
  } else {
    for (int i = 0; i < n; ++i) Lanes::add_count(up, bits), Lanes::subtract_count(vertical, bits);
  }
  INFO(n << " counts");
  check_equal("counts added", up, each([&](std::size_t l) { return a.at[l] + counted(l); }));
  check_equal("counts subtracted", vertical,
              each([&](std::size_t l) { return a.at[l] - counted(l); }));
}

template <class Lanes>
void check_arithmetic() {
  auto random = test::generator(519);
  const auto draw = [&](std::size_t) { return static_cast<std::uint32_t>(random()); };
  for (int round = 0; round < 200; ++round) {
    const sixteen a = each(draw), b = each(draw);
    Lanes x, y, r;
    load(x, a), load(y, b);
    load(r, a);
    Lanes::add(r, y);
    check_equal("add", r, each([&](std::size_t l) { return a.at[l] + b.at[l]; }));
    load(r, a);
    Lanes::negate(r);
    check_equal("negate", r, each([&](std::size_t l) { return 0 - a.at[l]; }));
    r = x;
    Lanes::shift_left(r, round % 15);
    check_equal("shift_left", r, each([&](std::size_t l) { return a.at[l] << round % 15; }));
    load(r, a);
    Lanes::add_scalar(r, b.at[0]);
    check_equal("add_scalar", r, each([&](std::size_t l) { return a.at[l] + b.at[0]; }));
    Lanes::zero(r);
    check_equal("zero", r, sixteen{});
  }
  for (index_t count = 1; count <= 16; ++count) {
    const auto n = static_cast<std::size_t>(count);
    const sixteen a = each(draw);
    Lanes r;
    load(r, a);
    INFO(count << " lanes, " << test::reproduce());
    test::guarded_buffer<std::uint32_t> part(n);
    for (std::uint32_t& p : part.span()) p = static_cast<std::uint32_t>(random());
    test::guarded_buffer<std::int32_t> out(n);
    Lanes::store(r, out.data(), count);
    for (std::size_t l = 0; l < n; ++l)
      REQUIRE(static_cast<std::uint32_t>(out.data()[l]) == a.at[l]);
    Lanes::add_part(r, part.data(), count);
    check_equal("add_part", r,
                each([&](std::size_t l) { return a.at[l] + (l < n ? part.data()[l] : 0); }));
  }
}

/// The adders of kernel/bits/fused_adder.hpp, bit by bit from the definition: ones + x0 + x1 = next + 2 * carry.
template <class Lanes>
void check_adders(const sixteen& a0, const sixteen& b0, const sixteen& a1, const sixteen& b1,
                  const sixteen& start) {
  const auto check = [&](const char* what, auto product, auto add) {
    INFO(what);
    Lanes a[2], b[2], ones, carry;
    load(a[0], a0), load(b[0], b0), load(a[1], a1), load(b[1], b1), load(ones, start);
    add(carry, ones, a[0], b[0], a[1], b[1]);
    const auto bits_of_sum = [&](int place) {
      return each([&](std::size_t l) {
        std::uint32_t out = 0;
        for (int bit = 0; bit < 32; ++bit) {
          const auto at = [&](std::uint32_t x) { return x >> bit & 1u; };
          const std::uint32_t sum =
              at(start.at[l]) + at(product(a0.at[l], b0.at[l])) + at(product(a1.at[l], b1.at[l]));
          out |= (sum >> place & 1u) << bit;
        }
        return out;
      });
    };
    check_equal("ones", ones, bits_of_sum(0));
    check_equal("carry", carry, bits_of_sum(1));
  };
  check(
      "add_xor", [](std::uint32_t x, std::uint32_t y) { return x ^ y; }, Lanes::add_xor);
  check(
      "add_and", [](std::uint32_t x, std::uint32_t y) { return x & y; }, Lanes::add_and);
  Lanes x;
  load(x, a0);
  Lanes::invert(x);
  check_equal("invert", x, each([&](std::size_t l) { return ~a0.at[l]; }));
}

template <class Lanes>
void check_bits() {
  auto random = test::generator(520);
  const auto draw = [&](std::size_t) { return static_cast<std::uint32_t>(random()); };
  for (int round = 0; round < 200; ++round) {
    const sixteen a = each(draw), b = each(draw), c = each(draw), d = each(draw);
    Lanes x, y, z, w, r;
    load(x, a), load(y, b), load(z, c), load(w, d);
    Lanes::bit_and(r, x, y);
    check_equal("both", r, each([&](std::size_t l) { return a.at[l] & b.at[l]; }));
    Lanes::bit_xor(r, x, y);
    check_equal("differ", r, each([&](std::size_t l) { return a.at[l] ^ b.at[l]; }));
    Lanes::masked_xor(r, x, z, w);
    check_equal("gate", r, each([&](std::size_t l) { return a.at[l] & (c.at[l] ^ d.at[l]); }));
    if constexpr (detail::kernel::fused_adding<Lanes>) check_adders<Lanes>(a, b, c, d, each(draw));
    // 30 and 31: where byte counters are full.
    for (const int n : {1, 30, 31, 100})
      check_counts<Lanes>(a, round == 0 ? each([](std::size_t) { return ~0u; }) : b, n);
    const word row[2] = {static_cast<word>(random()), static_cast<word>(random())};
    for (index_t k = 0; k < 4; ++k) {
      Lanes::broadcast(r, row, k);
      check_equal("broadcast", r, each([&](std::size_t) {
                    return static_cast<std::uint32_t>(row[k / 2] >> 32 * (k % 2));
                  }));
    }
  }
}

template <class Lanes>
void check_finished() {
  auto random = test::generator(521);
  std::normal_distribution<float> normal;
  for (int round = 0; round < 50; ++round)
    for (index_t count = 1; count <= 16; ++count) {
      const auto n = static_cast<std::size_t>(count);
      const sixteen a = each([&](std::size_t) {
        return static_cast<std::uint32_t>(random()) >> (round % 2 == 0 ? 0 : 20);
      });
      const auto sum = [&](std::size_t l) { return static_cast<std::int32_t>(a.at[l]); };
      Lanes x;
      Lanes::load(x, reinterpret_cast<const std::int32_t*>(a.at));
      INFO(count << " lanes, " << test::reproduce());
      test::guarded_buffer<std::int32_t> out(n);
      for (std::int32_t& o : out.span()) o = 7;
      Lanes::add_store(x, out.data(), count);
      for (std::size_t l = 0; l < n; ++l)
        REQUIRE(static_cast<std::uint32_t>(out.data()[l]) == a.at[l] + 7);
      float scale[16], shift[16];
      for (std::size_t l = 0; l < 16; ++l) scale[l] = normal(random), shift[l] = normal(random);
      test::guarded_buffer<float> float_epilogue(n);
      Lanes::store_scaled(x, float_epilogue.data(), scale, shift, count);
      for (std::size_t l = 0; l < n; ++l)
        REQUIRE(float_epilogue.data()[l] ==
                static_cast<float>(static_cast<double>(static_cast<float>(sum(l))) *
                                       static_cast<double>(scale[l]) +
                                   static_cast<double>(shift[l])));

      test::guarded_buffer<std::int32_t> bound(n);
      for (std::size_t l = 0; l < n; ++l)
        bound.data()[l] = l % 3 == 0 ? sum(l) : static_cast<std::int32_t>(random());
      std::uint32_t bits = 0, expected = 0;
      Lanes::at_least(bits, x, bound.data(), count);
      for (std::size_t l = 0; l < n; ++l) expected |= sum(l) >= bound.data()[l] ? 1u << l : 0;
      REQUIRE(bits == expected);
    }
}

}  // namespace

TEST_CASE("lanes compute like sixteen integers", "[simd]") {
  test::on_every_tag([](auto tag) {
    static_cast<void>(tag);
#if LOWBIT_HAS_XSIMD
    if constexpr (std::is_same_v<decltype(tag), isa::portable>)
      if constexpr (detail::simd::has_lanes<isa::portable::xsimd_arch>())
        check_arithmetic<detail::simd::lanes_xsimd<isa::portable::xsimd_arch>>();
#endif
#if LOWBIT_X86
    if constexpr (std::is_same_v<decltype(tag), isa::avx512bw>)
      check_finished<detail::simd::sums_avx512bw>();
    if constexpr (std::is_same_v<decltype(tag), isa::avx512vpopcntdq>) {
      check_arithmetic<detail::simd::lanes_avx512vpopcntdq>();
      check_bits<detail::simd::lanes_avx512vpopcntdq>();
    }
#elif LOWBIT_AARCH64
    if constexpr (std::is_same_v<decltype(tag), isa::neon>) {
      check_arithmetic<detail::simd::lanes_neon>();
      check_bits<detail::simd::lanes_neon>();
      check_finished<detail::simd::lanes_neon>();
    }
#if LOWBIT_HAS_NEON_DOTPROD
    if constexpr (std::is_same_v<decltype(tag), isa::neon_dotprod>) {
      check_arithmetic<detail::simd::lanes_neon_dotprod>();
      check_bits<detail::simd::lanes_neon_dotprod>();
      check_finished<detail::simd::lanes_neon_dotprod>();
    }
#endif
#endif
  });
}

}  // namespace test_lanes
