// product/matmul.hpp: all pairs of granularities, with and without offsets, against the product of the
// dequantized matrices in double.
#include "lowbit/product/matmul.hpp"

#include <cmath>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/dorefa_weight.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/quantize/methods/xnor_weight.hpp"
#include "lowbit/tensor/half_levels.hpp"
#include "support/catch.hpp"
#include "support/convolutions.hpp"
#include "support/float_products.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_matmul {

using namespace lowbit;

namespace {

/// A quantized matrix with random codes, scales and offsets.
template <class E, class Generator>
quantized_matrix<E> random_quantized(index_t rows, index_t depth, granularity grain, bool offsets,
                                     Generator& random) {
  const bool grouped = grain.kind == granularity::map::group;
  const auto codes =
      test::random_codes<E>(rows, depth, test::fill::uniform, test::side::lhs, random);
  const index_t groups = grouped && depth > 0 ? (depth - 1) / grain.group_size + 1 : 1;
  std::uniform_real_distribution<float> level(0.25f, 2.0f);
  buffer<affine> levels(grain.kind == granularity::map::tensor ? 1 : rows * groups);
  for (index_t i = 0; i < levels.size(); ++i)
    levels[i] = {level(random), offsets ? level(random) - 1 : 0};
  return quantized_matrix<E>(pack<E>(codes.view(), grouped ? grain.group_size : 0), grain,
                             std::move(levels));
}

constexpr granularity grains[] = {per::tensor,     per::row,       per::token,     per::group<64>,
                                  per::group<128>, per::group<48>, per::group<80>, per::group<7>};

template <class A, class B>
void check_pair(bool offsets, index_t depth) {
  auto random = test::generator(320);
  for (const granularity left : grains)
    for (const granularity right : grains) {
      INFO(test::reproduce() << "; depth " << depth << ", groups of " << left.group_size << " x "
                             << right.group_size << (offsets ? ", offsets" : ""));
      const auto a = random_quantized<A>(3, depth, left, offsets, random);
      const auto b = random_quantized<B>(5, depth, right, offsets, random);
      const matrix<float> first = matmul(a, b, on(any_isa(isa::scalar{})));
      REQUIRE(test::relative_error(first, a, b) < 1e-5);
      test::on_every_isa([&](auto tag) {
        REQUIRE(matmul(a, b, on(tag)) == first);
        REQUIRE(matmul(a, prepare(b, on(tag)), on(tag)) == first);
        REQUIRE(matmul(a, prepare(b, a.codes().format(), on(tag)), on(tag)) == first);
      });
    }
}

}  // namespace

TEST_CASE("matmul: all pairs of granularities, scales only", "[ops]") {
  for (const index_t depth : {1, 47, 64, 200}) check_pair<unsigned_bits<2>, ternary>(false, depth);
}

TEST_CASE("matmul: weights are prepared for the format of the left operand", "[ops]") {
  auto random = test::generator(321);
  const auto a = random_quantized<signed_bits<8>>(9, 200, per::token, false, random);
  const auto b = random_quantized<ternary>(70, 200, per::row, false, random);
  const matrix<float> expected = matmul(a, b, on(isa::scalar{}));
  test::on_every_isa([&](any_isa isa) {
    const auto w = prepare(b, a.codes().format(), on(isa));
    CHECK(matmul(a, w, on(isa)) == expected);
    const auto* const packer = w.parts()[0].panels.format.packer;
    if (packer != nullptr) CHECK(std::string(packer->family) == "bytes");
  });
}

TEST_CASE("matmul: all pairs of granularities, with offsets", "[ops]") {
  for (const index_t depth : {1, 64, 200}) check_pair<unsigned_bits<2>, ternary>(true, depth);
}

TEST_CASE("matmul: a scale per block of depth and row, to the bit of the documented sum", "[ops]") {
  // More columns than a panel of any ISA has, and sixteens that are not whole.
  constexpr index_t rows = 4, cols = 181, depth = 300, block = 64;
  for (const bool of_left : {false, true})
    for (const bool of_right : {false, true}) {
      INFO(test::reproduce() << (of_left ? "; offsets left" : "")
                             << (of_right ? "; offsets right" : ""));
      auto random = test::generator(325);
      const auto a = random_quantized<signed_bits<8>>(rows, depth, per::token, of_left, random);
      const auto b = random_quantized<ternary>(cols, depth, per::group<block>, of_right, random);
      matrix<float> expected(rows, cols);
      for (index_t m = 0; m < rows; ++m)
        for (index_t n = 0; n < cols; ++n) {
          double sum = 0;
          const auto add = [&](std::int64_t integer, float x, float y) {
            const auto factor = static_cast<float>(static_cast<double>(x) * static_cast<double>(y));
            sum += static_cast<double>(integer) * static_cast<double>(factor);
          };
          for (index_t g = 0; g * block < depth; ++g) {
            std::int64_t both = 0, left = 0, right = 0, count = 0;
            for (index_t k = g * block; k < depth && k < (g + 1) * block; ++k, ++count) {
              const int x = value<signed_bits<8>>(a.codes().code(m, k)),
                        y = value<ternary>(b.codes().code(n, k));
              both += x * y;
              left += x;
              right += y;
            }
            add(both, a.scale(m), b.scale(n, g));
            if (of_right) add(left, a.scale(m), b.offset(n, g));
            if (of_left) add(right, a.offset(m), b.scale(n, g));
            if (of_left && of_right) add(count, a.offset(m), b.offset(n, g));
          }
          expected(m, n) = static_cast<float>(sum);
        }
      test::on_every_isa([&](any_isa isa) {
        CHECK(matmul(a, b, on(isa)) == expected);
        CHECK(matmul(a, prepare(b, a.codes().format(), on(isa)), on(isa)) == expected);
        CHECK(matmul(a, prepare(b, on(isa)), test::some_threads{3}) == expected);
      });
      quantized_matrix<ternary> moved = b, target = b;
      CHECK(moved.largest_level() == b.largest_level());
      target = std::move(moved);
      CHECK(target.largest_level() == b.largest_level());
      CHECK(matmul(a, target) == expected);
    }
}

TEST_CASE("matmul: scales of binary16 take two bytes, and change nothing", "[ops]") {
  constexpr index_t rows = 3, cols = 181, depth = 300;
  auto random = test::generator(326);
  INFO(test::reproduce());
  const auto a = random_quantized<signed_bits<8>>(rows, depth, per::token, false, random);
  const auto with_offsets =
      random_quantized<unsigned_bits<8>>(rows, depth, per::token, true, random);
  for (const granularity grain : {per::group<32>, per::group<64>, per::group<128>, per::row}) {
    INFO("groups of " << grain.group_size);
    const auto b = random_quantized<ternary>(cols, depth, grain, false, random);
    const auto halves = with_half_levels(b);
    for (index_t n = 0; n < cols; ++n)
      for (index_t g = 0; g < b.groups(); ++g)
        REQUIRE(halves.scale(n, g) == float_of_half(half_of(b.scale(n, g))));
    CHECK(with_half_levels(quantized_matrix<any_encoding>(b)).scale(0) == halves.scale(0));
    const matrix<float> expected = matmul(a, halves, on(isa::scalar{}));
    const matrix<float> other = matmul(with_offsets, halves, on(isa::scalar{}));
    test::on_every_isa([&](any_isa isa) {
      const auto wide = prepare(b, a.codes().format(), on(isa));
      const auto w = prepare(halves, a.codes().format(), on(isa));
      CHECK(matmul(a, w, on(isa)) == expected);
      CHECK(matmul(with_offsets, w, on(isa)) == other);
      // Levels lie in 64 rows.
      CHECK(wide.bytes() - w.bytes() == (b.groups() > 1 ? 2 * 192 * b.groups() : 0));
    });
  }
  auto b = random_quantized<ternary>(5, depth, per::group<64>, false, random);
  buffer<affine> levels(5 * b.groups());
  for (index_t i = 0; i < levels.size(); ++i) levels[i] = {0.5f, 0};
  levels[7].scale = 1e-6f;  // no normal number of binary16
  const quantized_matrix<ternary> small(b.codes(), b.grain(), levels);
  CHECK(matmul(a, prepare(with_half_levels(small))) == matmul(a, with_half_levels(small)));
  levels[7].scale = 65520;
  CHECK_THROWS_WITH(with_half_levels(quantized_matrix<ternary>(b.codes(), b.grain(), levels)),
                    ContainsSubstring("level 14 is 65520: binary16 ends at 65504"));
}

TEST_CASE("matmul: groups that no word boundary fits", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(321);
  const auto a = random_quantized<unsigned_bits<2>>(9, 333, per::group<48>, true, random);
  const auto b = random_quantized<ternary>(6, 333, per::group<80>, true, random);
  CHECK(test::relative_error(matmul(a, b), a, b) < 1e-5);
}

TEST_CASE("matmul: quantized reals, the way users call it", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(322);
  const auto x = test::random_floats(6, 200, random), w = test::random_floats(9, 200, random);
  const auto a = quantize(dorefa_activation<2>{}, x.view());
  const auto b = quantize(per_group(twn<>{}, per::group<64>), w.view());
  const auto c = quantize(per_group(xnor_weight<>{}, per::row), w.view());
  const auto d = quantize(sign<>{}, x.view());
  CHECK(test::relative_error(matmul(a, b), a, b) < 1e-5);
  CHECK(test::relative_error(matmul(d, c), d, c) < 1e-5);
}

TEST_CASE("matmul: prepared weights keep their codes and scales", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(324);
  const auto x = test::random_floats(70, 200, random), w = test::random_floats(9, 200, random);
  const auto a = quantize(dorefa_activation<2>{}, x.view());
  const auto b = quantize(per_group(twn<>{}, per::row), w.view());
  const auto prepared = prepare(b);
  CHECK((prepared.rows() == 9 && prepared.depth() == 200 && prepared.codes() == b.codes()));
  CHECK(prepared.matrix().scale(8) == b.scale(8));
  CHECK(prepared.bytes() >= b.bytes() + 4 * 9);
  CHECK(matmul(a, prepared) == matmul(a, b));
  CHECK(matmul(a, prepared, test::some_threads{3}) == matmul(a, b));
  // Panels of another ISA are not read, and those of codes in other segments neither.
  CHECK(matmul(a, prepare(b, on(isa::scalar{}))) == matmul(a, b));
  const auto grouped = quantize(per_group(twn<>{}, per::group<48>), w.view());
  const auto otherwise = quantize(per_group(dorefa_weight<3>{}, per::group<80>), x.view());
  CHECK(matmul(otherwise, prepare(grouped)) == matmul(otherwise, grouped));
}

TEST_CASE("matmul: sizes of 0, and errors", "[ops]") {
  auto random = test::generator(323);
  const auto a = random_quantized<binary>(3, 0, per::tensor, true, random);
  const auto b = random_quantized<binary>(2, 0, per::group<48>, true, random);
  const auto y = matmul(a, b);
  CHECK((y.rows() == 3 && y.cols() == 2 && y(2, 1) == 0));
  const auto none = random_quantized<binary>(0, 70, per::row, true, random);
  const auto some = random_quantized<binary>(2, 70, per::group<48>, true, random);
  CHECK(matmul(none, some).rows() == 0);
  CHECK(matmul(some, prepare(none)).cols() == 0);
  CHECK(test::error_of([&] { (void)matmul(a, some); }) ==
        "matmul: lhs is 3x0, rhs is 2x70: depth differs");
  const quantized_matrix<binary> deep(packed_matrix<binary>(0, 2147483648), per::tensor,
                                      buffer<affine>(1));
  CHECK_THAT(test::error_of([&] { (void)matmul(deep, deep); }),
             ContainsSubstring("fit 32 bits only up to depth 2147483647"));
  buffer<affine> huge(1);
  huge[0] = {1e30f, 0};
  const quantized_matrix<binary> large(packed_matrix<binary>(1, 3), per::tensor, huge);
  CHECK_THAT(test::error_of([&] { (void)matmul(large, large); }),
             ContainsSubstring("matmul: levels of up to 1e+30 and 1e+30"));
}

}  // namespace test_matmul
