// A quantizer and a surrogate that a user writes: few lines, and they pack, multiply and train like
// the library's.
#include <algorithm>
#include <vector>

#include "lowbit/lowbit.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/settings.hpp"
#include "support/two_bit_max.hpp"

namespace test_user_defined {

namespace {

/// Passes half of the gradient where |x| <= 2.
struct half_slope {
  float operator()(float x, float upstream) const noexcept {
    return lowbit::magnitude(x) <= 2 ? 0.5f * upstream : 0;
  }
};

/// Sign around a threshold, written as a comparison: packed without codes in between.
struct shifted_sign {
  using encoding = lowbit::binary;
  float threshold = 0;
  lowbit::affine levels() const noexcept { return {1, 0}; }
  template <class Floats>
  auto planes(Floats x) const noexcept {
    return std::array{x.at_least(threshold)};
  }
};

/// Ten levels per unit, written as a quotient.
struct tenths {
  using encoding = lowbit::unsigned_bits<7>;
  lowbit::affine levels() const noexcept { return {0.1f, 0}; }
  auto quotient() const noexcept {
    return lowbit::integer_grid<encoding>::quotient<lowbit::rounding::down>(10, 1);
  }
  half_slope surrogate_gradient{};
};

/// An encoding of one's own: {0, 3} in one plane.
struct zero_or_three {
  static constexpr const char* name = "zero_or_three";
  static constexpr int plane_count = 1;
  static constexpr int offset = 0;
  static constexpr int weight(int) noexcept { return 3; }
};

/// {1, -1}, the bit being the sign: its products with others count up and are negated.
struct sign_bit {
  static constexpr const char* name = "sign_bit";
  static constexpr int plane_count = 1;
  static constexpr int offset = 1;
  static constexpr int weight(int) noexcept { return -2; }
};

/// {1, 3, -3, -1}, a plane added and one taken away.
struct up_and_down {
  static constexpr const char* name = "up_and_down";
  static constexpr int plane_count = 2;
  static constexpr int offset = 1;
  static constexpr int weight(int plane) noexcept { return plane == 0 ? 2 : -4; }
};

template <class A, class B>
void check_products() {
  using lowbit::index_t;
  constexpr index_t m = 9, n = 70;
  auto random = test::generator(77);
  for (const index_t k : {1, 64, 65, 500, 1601}) {
    INFO(A::name << " x " << B::name << ", K=" << k << "; " << test::reproduce());
    const auto fill = [&]<class E>(E, lowbit::matrix<lowbit::code_t>& codes) {
      std::vector<lowbit::code_t> valid;
      for (lowbit::code_t c = 0; c < 1 << E::plane_count; ++c)
        if (lowbit::is_code<E>(c)) valid.push_back(c);
      for (index_t i = 0; i < codes.rows() * k; ++i)
        codes.data()[i] = valid[random() % valid.size()];
    };
    lowbit::matrix<lowbit::code_t> a(m, k), b(n, k);
    fill(A{}, a), fill(B{}, b);
    const auto x = lowbit::pack<A>(a.view());
    const auto w = lowbit::pack<B>(b.view());
    test::on_every_isa([&](auto tag) {
      const auto y = lowbit::gemm(x, w, lowbit::on(tag));
      for (index_t i = 0; i < m; ++i)
        for (index_t j = 0; j < n; ++j) {
          int sum = 0;
          for (index_t t = 0; t < k; ++t)
            sum += lowbit::value<A>(a(i, t)) * lowbit::value<B>(b(j, t));
          REQUIRE(y(i, j) == sum);
        }
    });
  }
}

}  // namespace

TEST_CASE("a user's quantizer quantizes, packs and multiplies", "[quantize][user]") {
  STATIC_REQUIRE(lowbit::quantizer<two_bit_max>);
  STATIC_REQUIRE(lowbit::fitted<two_bit_max>);
  const float x[] = {3, -1, 0.5f, -3}, w[] = {1, 1, -1, -1};
  test::on_every_isa([&](auto tag) {
    const auto a = lowbit::quantize(two_bit_max{}, lowbit::matrix_view(x, 1, 4), lowbit::on(tag));
    const auto b =
        lowbit::quantize(lowbit::sign<>{}, lowbit::matrix_view(w, 1, 4), lowbit::on(tag));
    CHECK(lowbit::matmul(a, b, lowbit::on(tag))(0, 0) == 3 - 1 - 1 + 3);
  });
  const auto rows = lowbit::quantize(lowbit::per_group(two_bit_max{}, lowbit::per::group<2>),
                                     lowbit::matrix_view(x, 1, 4));
  CHECK(rows.scale(0, 1) == 1);
  CHECK(rows.real(0, 2) == 1);
}

TEST_CASE("a user's comparing quantizer packs its answers", "[quantize][user]") {
  STATIC_REQUIRE(lowbit::quantizer<shifted_sign>);
  STATIC_REQUIRE(lowbit::comparing_quantizer<shifted_sign>);
  lowbit::matrix<float> x(2, 150);
  for (lowbit::index_t k = 0; k < 150; ++k) x(0, k) = static_cast<float>(k), x(1, k) = -x(0, k);
  test::on_every_isa([&](auto tag) {
    const auto codes = lowbit::encode(shifted_sign{70.5f}, x.view(), lowbit::on(tag));
    for (lowbit::index_t k = 0; k < 150; ++k) {
      REQUIRE(int{codes.code(0, k)} == (k > 70 ? 1 : 0));
      REQUIRE(int{codes.code(1, k)} == 0);
    }
  });
}

TEST_CASE("a user's quotient packs its codes", "[quantize][user]") {
  STATIC_REQUIRE(lowbit::quantizer<tenths>);
  STATIC_REQUIRE(lowbit::quotient_quantizer<tenths>);
  STATIC_REQUIRE(lowbit::check_quantizer<tenths>());
  lowbit::matrix<float> x(1, 150);
  for (lowbit::index_t k = 0; k < 150; ++k) x(0, k) = static_cast<float>(k) / 10 - 1 + 1e-4f;
  test::on_every_isa([&](auto tag) {
    const auto codes = lowbit::encode(tenths{}, x.view(), lowbit::on(tag));
    for (lowbit::index_t k = 0; k < 150; ++k) {
      REQUIRE(int{codes.code(0, k)} == std::max<int>(0, std::min<int>(127, int(k) - 10)));
      REQUIRE(codes.code(0, k) == lowbit::encode(tenths{}, x(0, k)));
    }
  });
  CHECK(lowbit::gradient(tenths{}, 1, 3) == 1.5f);
  CHECK(lowbit::gradient(tenths{}, 3, 3) == 0);
}

TEST_CASE("a user's surrogate becomes the gradient", "[quantize][user]") {
  STATIC_REQUIRE(lowbit::surrogate<half_slope>);
  CHECK(gradient(lowbit::sign<half_slope>{}, 1.5f, 3) == 1.5f);
  CHECK(gradient(lowbit::twn<half_slope>{}, 2.5f, 3) == 0);
}

TEST_CASE("a user's encoding packs and multiplies with every other", "[quantize][user]") {
  const lowbit::code_t a[] = {1, 0, 1, 1}, b[] = {1, 1, 0, 3};
  const auto x = lowbit::pack<zero_or_three>(std::span(a));
  const auto w = lowbit::pack<lowbit::ternary>(std::span(b));
  CHECK(lowbit::gemm(x, x, lowbit::on(lowbit::isa::scalar{}))(0, 0) == 27);
  test::on_every_isa([&](auto tag) { CHECK(lowbit::gemm(x, w, lowbit::on(tag))(0, 0) == 3 - 3); });
}

TEST_CASE("a user's encodings with negative weights multiply on every ISA", "[quantize][user]") {
  check_products<sign_bit, lowbit::binary>();
  check_products<sign_bit, lowbit::unsigned_bits<1>>();
  check_products<lowbit::ternary, sign_bit>();
  check_products<up_and_down, lowbit::binary>();
  check_products<up_and_down, lowbit::signed_bits<3>>();
}

}  // namespace test_user_defined
