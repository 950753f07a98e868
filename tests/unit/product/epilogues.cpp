// Epilogues at the end of a product. Tiles in memory and sums in registers give the same, and misfits are refused
// before anything is written.
#include <vector>

#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"

namespace test_epilogues {

using namespace lowbit;

namespace {

/// Hands on what it gets, through its tile door only.
template <epilogue F>
struct tiles_only {
  F inner;
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    inner(tile, place);
  }
};

packed_matrix<binary> random_bits(index_t rows, std::uint64_t salt) {
  auto random = test::generator(salt);
  return pack<binary>(
      test::random_codes<binary>(rows, 100, test::fill::uniform, test::side::lhs, random).view());
}

}  // namespace

TEST_CASE("store_affine gives the same floats through both doors", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(341);
  std::normal_distribution<float> normal;
  for (const index_t n : {1, 15, 16, 17, 33, 70}) {
    const auto a = random_bits(11, 340), b = random_bits(n, 342);
    std::vector<float> rows(11), cols(static_cast<std::size_t>(n)), bias(cols.size());
    for (auto* v : {&rows, &cols, &bias})
      for (float& f : *v) f = normal(random);
    matrix<float> expected(11, n);
    gemm_with(a, b, tiles_only<store_affine>{{expected.view(), rows, cols, bias}},
              on(isa::scalar{}));
    test::on_every_isa([&](auto tag) {
      matrix<float> got(11, n);
      gemm_with(a, b, store_affine{got.view(), rows, cols, bias}, on(tag));
      REQUIRE(got == expected);
    });
  }
}

TEST_CASE("epilogues refuse a product of another shape", "[ops]") {
  const packed_matrix<binary> a(9, 100), b(5, 100);
  matrix<float> wrong(5, 9), right(9, 5);
  const std::vector<float> three(3);
  CHECK(test::error_of([&] {
          gemm_with(a, b, store_affine{wrong.view(), {}, {}, {}});
        }) == "store_affine: the product is 9x5, the output is 5x9");
  CHECK(test::error_of([&] {
          gemm_with(a, b, store_affine{right.view(), three, {}, {}});
        }) == "store_affine: 3 row scales: it takes none, one, or 9");
  CHECK(test::error_of([&] {
          gemm_with(a, b, store_affine{right.view(), {}, three, {}});
        }) == "store_affine: 3 column scales: it takes none, one, or 5");
  CHECK(test::error_of([&] {
          gemm_with(a, b, store_affine{right.view(), {}, {}, three});
        }) == "store_affine: 3 biases: it takes none, one, or 5");
  const thresholds four(4), many(130);
  word words[9] = {};
  CHECK(test::error_of([&] {
          gemm_with(a, b, store_threshold{four, words, 1});
        }) == "store_threshold: 4 thresholds for 5 columns");
  CHECK(test::error_of([&] {
          gemm_with(a, packed_matrix<binary>(130, 100), store_threshold{many, words, 1});
        }) == "store_threshold: rows of 1 words for 130 columns");
}

}  // namespace test_epilogues
