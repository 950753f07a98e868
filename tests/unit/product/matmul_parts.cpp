// product/matmul.hpp with operands that are sums of parts (planes with real coefficients, codebooks), and with scales
// that belong to pixels. Each is compared with the product of the dequantized matrices in double.
#include <cmath>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/product/matmul.hpp"
#include "lowbit/quantize/methods/abc_weight.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/kmeans.hpp"
#include "lowbit/quantize/methods/lq_nets.hpp"
#include "lowbit/quantize/methods/residual_sign.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/syq.hpp"
#include "lowbit/quantize/methods/ttq.hpp"
#include "support/catch.hpp"
#include "support/float_products.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_matmul_parts {

using namespace lowbit;

namespace {

/// w times each kind of activation: binary, k-bit, planes, codebook.
template <class Q>
void check_weights(const Q& q, index_t depth) {
  auto random = test::generator(330);
  const auto x = test::random_floats(3, depth, random), w = test::random_floats(4, depth, random);
  const auto check = [&](const auto& weights, const auto& inputs) {
    const matrix<float> y = matmul(inputs, weights, on(isa::scalar{}));
    CHECK(test::relative_error(y, inputs, weights) < 1e-5);
    CHECK(test::relative_error(matmul(weights, inputs, on(isa::scalar{})), weights, inputs) < 1e-5);
  };
  for (const granularity grain : {per::tensor, per::row, per::group<48>, per::pixel<40>}) {
    INFO("depth " << depth << ", grain " << static_cast<int>(grain.kind));
    const auto weights = quantize(per_group(q, grain), w.view(), on(isa::scalar{}));
    check(weights, quantize(sign<>{}, x.view(), on(isa::scalar{})));
    check(weights, quantize(dorefa_activation<3>{}, x.view(), on(isa::scalar{})));
    check(weights,
          quantize(per_group(lq_activation<2>{}, per::token), x.view(), on(isa::scalar{})));
    check(weights, quantize(per_group(kmeans<2>{}, per::group<64>), x.view(), on(isa::scalar{})));
  }
}

}  // namespace

TEST_CASE("matmul: planes with real coefficients", "[ops]") {
  INFO(test::reproduce());
  for (const index_t depth : {1, 64, 130}) {
    check_weights(abc_weight<3>{}, depth);
    check_weights(network_sketch<2>{}, depth);
    check_weights(ttq{}, depth);
  }
}

TEST_CASE("matmul: codebooks", "[ops]") {
  INFO(test::reproduce());
  check_weights(kmeans<3>{}, 130);
  auto random = test::generator(331);
  const auto x = test::random_floats(2, 100, random), w = test::random_floats(3, 100, random);
  const auto many = quantize(kmeans<8>{}, w.view(), on(isa::scalar{}));
  const auto a = quantize(dorefa_activation<2>{}, x.view(), on(isa::scalar{}));
  CHECK(test::relative_error(matmul(a, many, on(isa::scalar{})), a, many) < 1e-5);
}

TEST_CASE("matmul of parts is the same on every ISA", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(332);
  const auto x = test::random_floats(5, 200, random), w = test::random_floats(7, 200, random);
  const auto a = quantize(per_group(lq_activation<2>{}, per::token), x.view(), on(isa::scalar{}));
  const auto b = quantize(per_group(kmeans<2>{}, per::group<40>), w.view(), on(isa::scalar{}));
  const auto first = matmul(a, b, on(isa::scalar{}));
  const auto planes =
      quantize(per_group(abc_weight<3>{}, per::group<40>), w.view(), on(isa::scalar{}));
  const auto of_planes = matmul(a, planes, on(isa::scalar{}));
  test::on_every_isa([&](auto tag) {
    CHECK(matmul(a, b, on(tag)) == first);
    CHECK(matmul(a, prepare(b, on(tag)), on(tag)) == first);
    CHECK(matmul(a, planes, on(tag)) == of_planes);
    CHECK(matmul(a, prepare(planes, on(tag)), on(tag)) == of_planes);
  });
}

TEST_CASE("matmul: scales of pixels and of kernel rows", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(333);
  const auto x = test::random_floats(4, 3 * 3 * 24, random),
             w = test::random_floats(5, 3 * 3 * 24, random);
  const auto a = quantize(dorefa_activation<2>{}, x.view(), on(isa::scalar{}));
  const auto pixels = quantize(per_group(syq<>{}, per::pixel<24>), w.view(), on(isa::scalar{}));
  const auto rows =
      quantize(per_group(syq<>{}, per::kernel_row<24, 3>), w.view(), on(isa::scalar{}));
  CHECK((pixels.groups() == 9 && rows.groups() == 3));
  CHECK(test::relative_error(matmul(a, pixels, on(isa::scalar{})), a, pixels) < 1e-5);
  CHECK(test::relative_error(matmul(a, rows, on(isa::scalar{})), a, rows) < 1e-5);
  // One threshold for the layer, one scale per pixel for all outputs.
  const float largest = detail::quantizers::max_abs({w.data(), 5 * 216}, "test");
  for (index_t g = 0; g < 9; ++g) {
    double sum = 0;
    for (index_t n = 0; n < 5; ++n)
      for (index_t c = 0; c < 24; ++c) sum += std::abs(static_cast<double>(w(n, g * 24 + c)));
    CHECK(pixels.scale(0, g) == Approx(sum / 120));
    CHECK(pixels.scale(4, g) == pixels.scale(0, g));
  }
  for (index_t k = 0; k < 216; ++k)
    CHECK((pixels.codes().code(2, k) != 0) == (magnitude(w(2, k)) > 0.05f * largest));
}

TEST_CASE("matmul of parts: sizes of 0, entries that do not occur, levels that overflow", "[ops]") {
  const matrix<float> none(0, 70), empty(3, 0);
  const auto no_rows = quantize(kmeans<2>{}, none.view(), on(isa::scalar{}));
  const auto no_depth = quantize(per_group(horq<2>{}, per::row), empty.view(), on(isa::scalar{}));
  CHECK(matmul(no_rows, no_rows, on(isa::scalar{})).rows() == 0);
  CHECK(matmul(no_depth, no_depth, on(isa::scalar{})) == matrix<float>(3, 3));
  matrix<float> zeros(2, 70);
  const auto a = quantize(kmeans<2>{}, zeros.view(), on(isa::scalar{}));
  CHECK(matmul(a, quantize(sign<>{}, zeros.view(), on(isa::scalar{})), on(isa::scalar{})) ==
        matrix<float>(2, 2));
  plane_levels<1> huge;
  huge.coefficient[0] = 1e30f;
  buffer<plane_levels<1>> levels(1);
  levels[0] = huge;
  const quantized_matrix<planes<1>> large(packed_matrix<planes<1>>(1, 3), per::tensor, levels);
  CHECK_THAT(test::error_of([&] { (void)matmul(large, large, on(isa::scalar{})); }),
             ContainsSubstring("levels of up to 1e+30 and 1e+30"));
}

}  // namespace test_matmul_parts
