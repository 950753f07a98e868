// product/linear.hpp and product/float_linear.hpp: layers of a network on bits: thresholds after integer
// sums, real weights with one order of summation.
#include "lowbit/product/linear.hpp"

#include <bit>
#include <cmath>
#include <vector>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/product/float_linear.hpp"
#include "lowbit/quantize/methods/jacob_affine.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/xnor_weight.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"
#include "support/tails.hpp"

namespace test_linear {

using namespace lowbit;

namespace {

thresholds random_thresholds(index_t n, std::mt19937_64& random) {
  thresholds t(n);
  for (index_t i = 0; i < n; ++i)
    t.set(i, static_cast<std::int32_t>(random() % 21) - 10, random() % 2 == 0);
  return t;
}

template <class X, class W>
void check_linear(index_t m, index_t n, index_t k) {
  auto random = test::generator(330);
  const auto x = test::random_codes<X>(m, k, test::fill::uniform, test::side::lhs, random);
  const auto w = test::random_codes<W>(n, k, test::fill::uniform, test::side::rhs, random);
  const thresholds t = random_thresholds(n, random);
  const linear<W> layer(pack<W>(w.view()), t);
  const auto sums = test::product<X, W>(x, w);
  INFO(test::reproduce() << "; " << X::name << " x " << W::name << ", " << m << 'x' << n << 'x'
                         << k);
  test::on_every_isa([&](auto tag) {
    const packed_matrix<binary> y = layer(pack<X>(x.view()), on(tag));
    REQUIRE(linear<W>(prepare(pack<W>(w.view()), on(tag)), t)(pack<X>(x.view()), on(tag)) == y);
    REQUIRE((y.rows() == m && y.depth() == n));
    REQUIRE(test::zero_tails(y));
    for (index_t r = 0; r < m; ++r)
      for (index_t c = 0; c < n; ++c)
        REQUIRE((y.code(r, c) != 0) == t(static_cast<std::int32_t>(sums(r, c)), c));
  });
}

/// The defined order, written out: 16 interleaved sums, then a tree.
float ordered_dot(const std::vector<float>& w, const std::vector<float>& x) {
  float lane[16] = {};
  for (std::size_t k = 0; k < w.size(); ++k) lane[k % 16] += w[k] * x[k];
  for (std::size_t half : {8u, 4u, 2u, 1u})
    for (std::size_t i = 0; i < half; ++i) lane[i] += lane[i + half];
  return lane[0];
}

}  // namespace

TEST_CASE("linear: each output bit is the threshold of its sum, tails are zero", "[ops]") {
  // Few rows and many: different kernels.
  for (const index_t m : {2, 17})
    for (const index_t n : {0, 1, 15, 16, 17, 63, 64, 65, 130}) {
      check_linear<binary, binary>(m, n, 100);
      check_linear<unsigned_bits<8>, binary>(m, n, 70);
    }
  check_linear<binary, binary>(0, 10, 100);
  check_linear<binary, binary>(3, 10, 0);
}

TEST_CASE("linear: scales and batch norm fold into the thresholds", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(332);
  std::normal_distribution<float> normal;
  const auto w = test::random_floats(40, 100, random);
  const auto codes =
      test::random_codes<binary>(12, 100, test::fill::uniform, test::side::lhs, random);
  std::vector<float> gamma(40), beta(40), mean(40), variance(40);
  for (std::size_t n = 0; n < 40; ++n) {
    gamma[n] = n % 7 == 0 ? 0 : normal(random);
    beta[n] = normal(random), mean[n] = normal(random), variance[n] = magnitude(normal(random));
  }
  const batch_norm bn(gamma, beta, mean, variance, 1e-3f);
  const auto x = pack<binary>(codes.view());
  for (const granularity grain : {per::tensor, per::row}) {
    const auto q = quantize(per_group(xnor_weight<>{}, grain), w.view());
    constexpr float input_scale = 0.375f;
    const linear<binary> layer(q, bn, input_scale);
    const auto sums = gemm(x, q.codes());
    test::on_every_isa([&](auto tag) {
      const auto y = layer(x, on(tag));
      for (index_t m = 0; m < 12; ++m)
        for (index_t n = 0; n < 40; ++n) {
          const auto real = static_cast<float>(static_cast<double>(sums(m, n)) *
                                               static_cast<double>(q.scale(n) * input_scale));
          const double margin = std::abs(static_cast<double>(bn(real, n)));
          if (margin < 1e-5) continue;  // scale products are rounded: bn near 0 may go either way
          REQUIRE((y.code(m, n) != 0) == !is_negative(bn(real, n)));
        }
    });
  }
  const auto grouped = quantize(per_group(xnor_weight<>{}, per::group<64>), w.view());
  CHECK_THAT(test::error_of([&] { linear<binary> layer(grouped, bn); }),
             ContainsSubstring("scales per group of 64"));
  const auto rows = quantize(xnor_weight<>{}, matrix_view<const float>(w.data(), 3, 100));
  CHECK_THAT(test::error_of([&] { linear<binary> layer(rows, bn); }),
             ContainsSubstring("a batch norm of 40 channels for weights of 3x100"));
  const auto shifted = quantize(jacob_affine<4>{-1, 2}, w.view());
  CHECK_THAT(test::error_of([&] { linear<unsigned_bits<4>> layer(shifted, bn); }),
             ContainsSubstring("linear: the weights of row 0 have an offset of -1"));
}

TEST_CASE("linear: one threshold each output, and its bytes", "[ops]") {
  const packed_matrix<binary> w(4, 100);
  CHECK(test::error_of([&] { linear<binary> layer(w, thresholds(5)); }) ==
        "linear: 5 thresholds for weights of 4x100: one per row");
  const linear<binary> layer(w, thresholds(4));
  CHECK(layer.bytes() == 4 * 16 + thresholds(4).bytes());
  CHECK((layer.weights().rows() == 4 && layer.channels().size() == 4));
  CHECK_THAT(test::error_of([&] { (void)layer(packed_matrix<binary>(2, 99)); }),
             ContainsSubstring("linear: lhs is 2x99, rhs is 4x100: depth differs"));
}

TEST_CASE("largest_sum is the depth times the largest product, up to the bound", "[ops]") {
  CHECK(largest_sum<binary, binary>(784) == 784);
  CHECK(largest_sum<unsigned_bits<8>, binary>(784) == 784 * 255);
  CHECK(largest_sum<signed_bits<8>, signed_bits<8>>(131071) == 131071 * 16384);
  CHECK(largest_sum<ternary, bipolar_bits<3>>(0) == 0);
  CHECK_THAT(test::error_of([] { (void)largest_sum<unsigned_bits<8>, unsigned_bits<8>>(33026); }),
             ContainsSubstring("largest_sum: depth 33026"));
}

TEST_CASE("float_matmul has the bits of float_dot, for every length on every ISA", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(331);
  std::normal_distribution<float> normal;
  for (index_t k = 0; k <= 200; ++k) {
    const auto codes =
        test::random_codes<binary>(2, k, test::fill::uniform, test::side::lhs, random);
    // The weights end at a forbidden page.
    test::guarded_buffer<float> memory(static_cast<std::size_t>(3 * k));
    for (float& f : memory.span()) f = normal(random);
    const matrix_view<const float> w(memory.data(), 3, k);
    const std::vector<float> bias{0.5f, -1e-3f, 7};
    const auto x = pack<binary>(codes.view());
    INFO("depth " << k);
    test::on_every_isa([&](auto tag) {
      const auto y = float_matmul(x.view(), w, bias, on(tag));
      const auto unbiased = float_matmul(x.view(), w, {}, on(tag));
      for (index_t m = 0; m < 2; ++m)
        for (index_t n = 0; n < 3; ++n) {
          std::vector<float> row(w.row(n).begin(), w.row(n).end()), signs;
          for (index_t i = 0; i < k; ++i) signs.push_back(codes(m, i) == 1 ? 1.0f : -1.0f);
          const float dot = float_dot(row, signs);
          REQUIRE(std::bit_cast<std::uint32_t>(dot) ==
                  std::bit_cast<std::uint32_t>(ordered_dot(row, signs)));
          REQUIRE(std::bit_cast<std::uint32_t>(unbiased(m, n)) ==
                  std::bit_cast<std::uint32_t>(dot));
          REQUIRE(y(m, n) ==
                  static_cast<float>(static_cast<double>(dot) +
                                     static_cast<double>(bias[static_cast<std::size_t>(n)])));
        }
    });
  }
}

TEST_CASE("float_matmul: errors", "[ops]") {
  const packed_matrix<binary> x(2, 100), segmented(2, 100, 40);
  const matrix<float> w(3, 99), right(3, 100);
  const std::vector<float> bias{1, 2};
  CHECK(test::error_of([&] { (void)float_matmul(x.view(), w.view()); }) ==
        "float_matmul: x is 2x100, weights are 3x99: depth differs");
  CHECK(test::error_of([&] { (void)float_matmul(x.view(), right.view(), bias); }) ==
        "float_matmul: 2 biases for 3 outputs");
  CHECK_THAT(test::error_of([&] { (void)float_matmul(segmented.view(), right.view()); }),
             ContainsSubstring("packed in segments of 40"));
  CHECK(test::error_of([&] { (void)float_dot(bias, w.row(0)); }) ==
        "float_dot: 2 weights, 99 inputs: they must be equal");
}

}  // namespace test_linear
