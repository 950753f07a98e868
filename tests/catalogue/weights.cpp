#include "catalogue/weights.hpp"

#include <cmath>
#include <random>

#include "support/settings.hpp"

using namespace lowbit;

matrix<float> test::normal_rows(index_t rows, index_t cols, std::uint64_t salt) {
  auto random = generator(salt);
  std::normal_distribution<float> normal(0.1f, 0.7f);
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows * cols; ++i) x.data()[i] = normal(random);
  return x;
}

void test::pack_catalogue() {
  static const bool packed = [] {
    const auto w = normal_rows(3, 131, 501);
    for_each_quantizer([&]<class Q>(const catalogue_entry<Q>& entry) {
      weights_of<typename Q::encoding>().push_back(
          {std::string(entry.name) + ", " + reproduce(), quantized_rows(Q{}, w.view())});
    });
    return true;
  }();
  static_cast<void>(packed);
}

void test::check_floats(const matrix<float>& y, const matrix<float>& a, const matrix<float>& b) {
  for (index_t m = 0; m < a.rows(); ++m)
    for (index_t n = 0; n < b.rows(); ++n) {
      double expected = 0, size = 0;
      for (index_t k = 0; k < a.cols(); ++k) {
        const double product = static_cast<double>(a(m, k)) * static_cast<double>(b(n, k));
        expected += product;
        size += std::abs(product);
      }
      INFO("element " << m << ", " << n);
      CHECK(std::abs(static_cast<double>(y(m, n)) - expected) <= 1e-5 * size + 1e-12);
    }
}

void test::check_integers(const matrix<std::int32_t>& c, const matrix<std::int32_t>& a,
                          const matrix<std::int32_t>& b) {
  for (index_t m = 0; m < a.rows(); ++m)
    for (index_t n = 0; n < b.rows(); ++n) {
      std::int32_t sum = 0;
      for (index_t k = 0; k < a.cols(); ++k) sum += a(m, k) * b(n, k);
      INFO("element " << m << ", " << n);
      CHECK(c(m, n) == sum);
    }
}

TEST_CASE("the catalogue packs", "[ops][catalogue]") {
  test::pack_catalogue();
  CHECK(test::weights_of<binary>().size() >= 10);
  CHECK(test::weights_of<ternary>().size() >= 5);
}
