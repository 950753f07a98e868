// Quantizers as boundaries, their integer thresholds per class of windows, and sums of parts. They are compared with
// the functions that they replace, number by number, and through products on every ISA.
#include <algorithm>

#include "lowbit/epilogue/any_multi_thresholds.hpp"
#include "lowbit/epilogue/float_stages.hpp"
#include "lowbit/epilogue/part_sums.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/quantize/methods/dsq.hpp"
#include "lowbit/quantize/methods/fixed_point.hpp"
#include "lowbit/quantize/methods/inq.hpp"
#include "lowbit/quantize/methods/lq_nets.hpp"
#include "lowbit/quantize/methods/residual_sign.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/networks.hpp"
#include "support/random_codes.hpp"

namespace test_any_codes {

using namespace lowbit;

namespace {

template <class Q>
code_boundaries boundaries_of(const Q& q) {
  return code_boundaries([&](float x) { return encode(q, x); });
}

/// Boundaries at steps of 1 around 0, between codes in an order of their own.
code_boundaries shuffled(std::vector<code_t> codes) {
  std::vector<float> from;
  for (std::size_t i = 1; i < codes.size(); ++i)
    from.push_back(static_cast<float>(i) - static_cast<float>(codes.size()) / 2);
  return {from, codes, codes[0]};
}

}  // namespace

TEMPLATE_TEST_CASE("a quantizer is its boundaries", "[epilogue]", sign<>, twn<>, dsq<2>, inq<5>,
                   lq_activation<3>, horq<2>, fixed_point<8>) {
  auto random = test::generator(2);
  const auto sample = test::random_floats(1, 300, random);
  TestType q{};
  std::vector<float> finite;
  for (index_t i = 0; i < 300; ++i)
    if (magnitude(sample(0, i)) < 4) finite.push_back(sample(0, i));
  if constexpr (fitted<TestType>) q = q.fit(finite);
  const code_boundaries b = boundaries_of(q);
  REQUIRE(!b.problem());
  index_t different = 0;
  std::vector<float> block;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32;
       bits += test::thorough ? 257 : 65537) {
    const float x = float_of(static_cast<std::uint32_t>(bits));
    different += b(x) != encode(q, x) ? 1 : 0;
    block.push_back(x);
    if (block.size() < 64) continue;
    code_t found[64];
    b.search<64>(block.data(), found);
    for (std::size_t i = 0; i < 64; ++i) different += found[i] != encode(q, block[i]) ? 1 : 0;
    block.clear();
  }
  for (index_t i = 0; i < b.size(); ++i)
    for (std::int64_t near = -2; near <= 2; ++near) {
      const float x = float_of(bits_of(b.boundary(i)) + static_cast<std::uint32_t>(near));
      different += b(x) != encode(q, x) ? 1 : 0;
      if (!is_nan(x)) different += b.reaches(x, i) != (x >= b.boundary(i)) ? 1 : 0;
      code_t found;
      b.search<1>(&x, &found);
      different += found != encode(q, x) ? 1 : 0;
    }
  CHECK(different == 0);
  CHECK(!b.reaches(float_of(0x7fc00000u), 0));
}

TEST_CASE("what is no list of boundaries is refused", "[epilogue]") {
  CHECK_THROWS_WITH(code_boundaries([](float x) -> code_t { return x > -1 && x < 1 ? 1 : 0; }),
                    ContainsSubstring("not one interval"));
  const float rising[] = {0.0f, 1.0f}, falling[] = {1.0f, 0.0f};
  const code_t codes[] = {0, 1, 2}, twice[] = {0, 1, 0};
  CHECK(!code_boundaries(rising, codes, 0).problem());
  CHECK(code_boundaries(falling, codes, 0).problem());
  CHECK(code_boundaries(rising, twice, 0).problem());
  CHECK(code_boundaries(std::span(rising).first(1), codes, 0).problem());
}

TEST_CASE("thresholds of any codes equal the codes of the floats, for every sum and class",
          "[epilogue]") {
  constexpr index_t channels = 37, classes = 3, rows = 21, depth = 60;
  const std::vector<std::vector<code_t>> orders{
      {0, 1}, {3, 0, 1}, {2, 0, 3, 1}, {7, 6, 5, 4, 3, 2, 1, 0}, {4, 0, 6, 2, 5}};
  test::floats n{random_stream(9)};
  auto random = test::generator(4);
  const auto a = pack<binary>(
      test::random_codes<binary>(rows, depth, test::fill::uniform, test::side::lhs, random).view());
  const auto w = pack<binary>(
      test::random_codes<binary>(channels, depth, test::fill::uniform, test::side::rhs, random)
          .view());
  const auto sums = gemm(a, w);
  std::vector<std::int32_t> class_of;
  for (index_t r = 0; r < rows; ++r) class_of.push_back(static_cast<std::int32_t>(r % classes));
  for (const auto& order : orders) {
    const code_boundaries codes = shuffled(order);
    const batch_norm bn = n.norm(channels);
    const std::vector<float> scale = n.many(channels), start = n.many(classes * channels);
    const auto y = [&](std::int32_t sum, index_t k, index_t o) {
      return bn(static_cast<float>(
                    add_part(static_cast<double>(start[static_cast<std::size_t>(k * channels + o)]),
                             sum, scale[static_cast<std::size_t>(o)])),
                o);
    };
    const any_multi_thresholds bounds(y, codes, classes, channels, depth);
    index_t different = 0;
    for (std::int32_t sum = -depth; sum <= depth; ++sum)
      for (index_t k = 0; k < classes; ++k)
        for (index_t o = 0; o < channels; ++o)
          different += bounds(sum, k, o) != codes(y(sum, k, o)) ? 1 : 0;
    CHECK(different == 0);
    buffer<double> starts(classes * channels);
    for (index_t i = 0; i < starts.size(); ++i)
      starts[i] = static_cast<double>(start[static_cast<std::size_t>(i)]);
    const totals_before before{starts.data(), channels, class_of.data()};
    packed_matrix<unsigned_bits<3>> by_sum(rows, channels), by_float(rows, channels);
    const auto rows_of = [](packed_matrix<unsigned_bits<3>>& m) {
      return code_rows{m.mutable_row(0), m.row_stride(), m.plane_stride(), 3};
    };
    test::on_every_isa([&](any_isa isa) {
      gemm_with(a, w, store_any_codes{bounds, class_of.data(), rows_of(by_sum)}, on(isa));
      gemm_with(a, w,
                part_epilogue(before, scale, stage::normalise{bn},
                              stage::store_codes{codes, rows_of(by_float)}),
                on(isa));
      index_t wrong = 0;
      for (index_t r = 0; r < rows; ++r)
        for (index_t o = 0; o < channels; ++o) {
          const code_t wanted = codes(y(sums(r, o), r % classes, o));
          wrong += by_sum.code(r, o) != wanted || by_float.code(r, o) != wanted ? 1 : 0;
        }
      CHECK(wrong == 0);
    });
  }
}

TEST_CASE("parts are added to totals in their order", "[epilogue]") {
  constexpr index_t channels = 21, rows = 9, depth = 70, each = 7;
  test::floats n{random_stream(10)};
  auto random = test::generator(5);
  const auto codes = [&](index_t count) {
    return pack<binary>(
        test::random_codes<binary>(count, depth, test::fill::uniform, test::side::rhs, random)
            .view());
  };
  const auto a = codes(rows), w = codes(channels), shared = codes(channels / each);
  const auto sums = gemm(a, w), shared_sums = gemm(a, shared);
  const std::vector<float> first = n.many(channels), second = n.many(channels);
  const std::vector<double> start(channels, 0.1);
  test::on_every_isa([&](any_isa isa) {
    matrix<double> totals(rows, channels);
    matrix<float> y(rows, channels);
    gemm_with(a, shared, store_shared_parts{totals.view(), {start.data(), 0, nullptr}, first, each},
              on(isa));
    const totals_before before{totals.data(), channels, nullptr};
    gemm_with(a, w, store_parts{totals.view(), before, second}, on(isa));
    gemm_with(a, w, part_epilogue(before, first, stage::store{y.view()}), on(isa));
    index_t different = 0;
    for (index_t r = 0; r < rows; ++r)
      for (index_t o = 0; o < channels; ++o) {
        const auto c = static_cast<std::size_t>(o);
        double total =
            0.1 + static_cast<double>(shared_sums(r, o / each)) * static_cast<double>(first[c]);
        total += static_cast<double>(sums(r, o)) * static_cast<double>(second[c]);
        total += static_cast<double>(sums(r, o)) * static_cast<double>(first[c]);
        different += bits_of(y(r, o)) != bits_of(static_cast<float>(total)) ? 1 : 0;
      }
    CHECK(different == 0);
  });
}

}  // namespace test_any_codes
