// Matrices of codes with levels per row: symbols, encoding, decoding, products out of this form, packed codes.
#include <algorithm>
#include <cmath>
#include <lowbit/compress/encode_rows.hpp>
#include <lowbit/product/gemm.hpp>
#include <lowbit/product/row_coded_linear.hpp>
#include <lowbit/tensor/pack.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_row_coded {

using namespace lowbit;

namespace {

matrix<float> random_floats(index_t rows, index_t cols, std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal;
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows * cols; ++i) x.data()[i] = normal(random);
  return x;
}
matrix<code_t> random_codes(index_t rows, index_t cols, row_code kind, int planes,
                            std::uint64_t salt) {
  auto random = test::generator(salt);
  constexpr code_t three[] = {ternary::zero, ternary::plus, ternary::minus};
  matrix<code_t> out(rows, cols);
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < cols; ++c)
      out(r, c) = kind == row_code::planes ? static_cast<code_t>(random() % (1u << planes))
                                           : three[random() % 3];
  if (kind != row_code::three_of_four) return out;
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < cols; c += 4) {
      const index_t zero = static_cast<index_t>(random() % 4);
      for (index_t k = 0; k < 4 && c + k < cols; ++k)
        out(r, c + k) = c + 4 <= cols && k == zero ? ternary::zero : three[1 + random() % 2];
    }
  return out;
}
std::vector<float> random_levels(index_t n, std::uint64_t salt) {
  const matrix<float> x = random_floats(1, n, salt);
  return {x.data(), x.data() + n};
}
/// What a code stands for, written out.
float meaning(row_code kind, int planes, code_t code, const float* levels) {
  if (kind != row_code::planes) return code == 0 ? 0 : code == 1 ? *levels : -*levels;
  double sum = 0;
  for (int p = 0; p < planes; ++p)
    sum += (code >> p & 1) == 1 ? double{levels[p]} : -double{levels[p]};
  return static_cast<float>(sum);
}

}  // namespace

TEST_CASE("five bits are the 32 patterns of three signs and a zero", "[compress]") {
  std::vector<std::array<code_t, 4>> seen;
  for (code_t symbol = 0; symbol < 32; ++symbol) {
    const auto codes = detail::encoding::three_of_four_codes(symbol);
    CHECK(std::count(codes.begin(), codes.end(), ternary::zero) == 1);
    CHECK(std::count(codes.begin(), codes.end(), code_t{2}) == 0);
    CHECK(detail::encoding::three_of_four_symbol(codes) == symbol);
    CHECK(std::find(seen.begin(), seen.end(), codes) == seen.end());
    seen.push_back(codes);
    auto negated = codes;  // the highest bit is the common sign
    for (code_t& c : negated) c = c == 0 ? c : static_cast<code_t>(c ^ 2);
    CHECK(detail::encoding::three_of_four_symbol(negated) == (symbol ^ 16));
  }
  // What files rely on: the 0 is second, then + - +.
  CHECK(detail::encoding::three_of_four_symbol({1, 0, 3, 1}) == (1 | 4));
  CHECK(detail::encoding::three_of_four_symbol({3, 0, 3, 1}) == (1 | 8 | 16));
}

TEST_CASE("codes with levels per row are encoded and decoded", "[compress]") {
  INFO(test::reproduce());
  std::uint64_t salt = 0;
  const auto check = [&](row_code kind, int planes) {
    for (const index_t rows : {0, 1, 3})
      for (const index_t cols : {0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 260}) {
        INFO("kind " << static_cast<int>(kind) << ", planes " << planes << ", " << rows << "x"
                     << cols);
        const matrix<code_t> codes = random_codes(rows, cols, kind, planes, ++salt);
        const index_t per_row = kind == row_code::planes ? planes : 1;
        const auto levels = random_levels(rows * per_row, ++salt);
        const row_coded_matrix w = compress::encode_rows(kind, planes, codes.view(), levels);
        CHECK(w.codes() == codes);
        const index_t bits = kind == row_code::planes    ? cols * planes
                             : kind == row_code::ternary ? 2 * cols
                                                         : (cols + 3) / 4 * 5;
        CHECK(w.bytes() == rows * ((bits + 7) / 8 + 4 * per_row));
        const matrix<float> decoded = w.decoded();
        for (index_t r = 0; r < rows; ++r)
          for (index_t c = 0; c < cols; ++c)
            REQUIRE(decoded(r, c) ==
                    meaning(kind, planes, codes(r, c), levels.data() + r * per_row));
      }
  };
  for (int planes = 1; planes <= 8; ++planes) check(row_code::planes, planes);
  check(row_code::ternary, 0);
  check(row_code::three_of_four, 0);
}

TEST_CASE("three of four weights have the least squared error of the pattern", "[compress]") {
  INFO(test::reproduce());
  for (std::uint64_t salt = 0; salt < 20; ++salt) {
    const index_t cols = salt % 2 == 0 ? 8 : 7;
    const matrix<float> w = random_floats(1, cols, 100 + salt);
    const row_coded_matrix made = compress::encode_three_of_four(w.view());
    const auto error_of = [&](auto value) {
      double sum = 0;
      for (index_t c = 0; c < cols; ++c) {
        const double off = double{w(0, c)} - value(c);
        sum += off * off;
      }
      return sum;
    };
    const matrix<float> decoded = made.decoded();
    const double error = error_of([&](index_t c) { return double{decoded(0, c)}; });
    // Every pair of places of the zeros, with the best scale of each: signs agree with the weights then.
    double least = 1e9;
    for (index_t one = 0; one < 4; ++one)
      for (index_t two = 4; two < 8; ++two) {
        const bool whole = cols == 8;
        const auto zero = [&](index_t c) { return c == one || (whole && c == two); };
        double sum = 0, kept = 0;
        for (index_t c = 0; c < cols; ++c) {
          sum += zero(c) ? 0 : double{magnitude(w(0, c))};
          kept += zero(c) ? 0 : 1;
        }
        least = std::min(least, error_of([&](index_t c) {
                           return zero(c) ? 0 : (w(0, c) < 0 ? -1 : 1) * sum / kept;
                         }));
      }
    CHECK(error == Approx(least).epsilon(1e-5));
  }
  const float equal[] = {1, -1, 1, 1, -0.0f, 2};
  code_t codes[6];
  CHECK(fit_three_of_four(equal, codes) == (3 + 2) / 5.0f);
  CHECK(std::equal(codes, codes + 6, std::vector<code_t>{1, 3, 1, 0, 1, 1}.begin()));
  const std::vector<float> zeros(8);
  std::vector<code_t> of_zeros(8);
  CHECK(fit_three_of_four(zeros, of_zeros) == 0);
  CHECK(compress::encode_three_of_four(matrix<float>(2, 8).view()).decoded() ==
        matrix<float>(2, 8));
  CHECK(fit_three_of_four({}, {}) == 0);
}

TEST_CASE("products out of row codes have the bits of the decoded matrix", "[compress]") {
  INFO(test::reproduce());
  const struct {
    row_code kind;
    int planes;
  } kinds[] = {{row_code::planes, 3}, {row_code::ternary, 0}, {row_code::three_of_four, 0}};
  for (const auto& k : kinds)
    for (const index_t m : {1, 2, 9}) {
      const index_t rows = 5, cols = 517;
      const auto codes = random_codes(rows, cols, k.kind, k.planes, 31);
      const auto w = compress::encode_rows(
          k.kind, k.planes, codes.view(),
          random_levels(rows * (k.kind == row_code::planes ? k.planes : 1), 32));
      const matrix<float> x = random_floats(m, cols, 33), decoded = w.decoded();
      const auto bias = random_levels(rows, 34);
      matrix<float> expected(m, rows);
      for (index_t i = 0; i < m; ++i)
        for (index_t r = 0; r < rows; ++r) {
          double sum = 0;
          for (index_t c = 0; c < cols; ++c) sum += double{x(i, c)} * double{decoded(r, c)};
          expected(i, r) = static_cast<float>(double{static_cast<float>(sum)} +
                                              double{bias[static_cast<std::size_t>(r)]});
        }
      test::on_every_isa(
          [&](isa_tag auto isa) { CHECK(row_coded_matmul(x, w, bias, on(isa)) == expected); });
    }
}

TEST_CASE("ternary codes out of 1.25 bits multiply like any others", "[compress]") {
  INFO(test::reproduce());
  const index_t m = 3, n = 7, depth = 203;
  const matrix<float> w = random_floats(n, depth, 41);
  const row_coded_matrix stored = compress::encode_three_of_four(w.view());
  CHECK(stored.row_bytes() == (51 * 5 + 7) / 8);
  const matrix<code_t> codes = stored.codes();
  const matrix<code_t> x = random_codes(m, depth, row_code::ternary, 0, 42);
  const auto packed_w = pack<ternary>(codes.view());
  const auto packed_x = pack<ternary>(x.view());
  const auto value = [](code_t c) { return c == 0 ? 0 : c == 1 ? 1 : -1; };
  test::on_every_isa([&](isa_tag auto isa) {
    const auto y = gemm(packed_x, packed_w, on(isa));
    for (index_t i = 0; i < m; ++i)
      for (index_t r = 0; r < n; ++r) {
        int sum = 0;
        for (index_t c = 0; c < depth; ++c) sum += value(x(i, c)) * value(codes(r, c));
        REQUIRE(y(i, r) == sum);
      }
  });
}

TEST_CASE("row codes that mean nothing are refused", "[compress]") {
  const auto encode = [](row_code kind, int planes, std::vector<code_t> codes,
                         std::vector<float> levels) {
    const auto cols = static_cast<index_t>(codes.size());
    return test::error_of([&] {
      (void)compress::encode_rows(kind, planes, {codes.data(), 1, cols}, levels);
    });
  };
  CHECK_THAT(encode(row_code::ternary, 0, {0, 1, 2}, {1}),
             ContainsSubstring("code 2 of element (0, 2) does not exist"));
  CHECK_THAT(encode(row_code::planes, 2, {3, 4}, {1, 1}), ContainsSubstring("code 4 of element"));
  CHECK_THAT(encode(row_code::planes, 9, {3}, {1}), ContainsSubstring("does not exist"));
  CHECK_THAT(encode(row_code::three_of_four, 0, {0, 1, 0, 1}, {1}),
             ContainsSubstring("codes 0 to 3 of row 0: one of each 4 must be 0"));
  CHECK_THAT(encode(row_code::three_of_four, 0, {0, 1, 1, 1, 1, 0}, {1}),
             ContainsSubstring("codes 4 to 5 of row 0"));
  CHECK_THAT(encode(row_code::ternary, 1, {0}, {1}), ContainsSubstring("1 planes"));
  CHECK_THAT(encode(row_code::ternary, 0, {0}, {1, 2}),
             ContainsSubstring("2 levels for 1 rows: 1 each"));
  CHECK_THAT(encode(row_code::ternary, 0, {0}, {HUGE_VALF}), ContainsSubstring("level 0 is inf"));
  row_coded_matrix w = compress::encode_three_of_four(random_floats(1, 6, 51).view());
  CHECK_FALSE(w.problem());
  w.stream[1] |= std::byte{0x80};  // an unused bit
  CHECK(w.problem());
  const matrix<float> x(1, 5);
  CHECK_THAT(test::error_of([&] {
               (void)row_coded_matmul(x,
                                      compress::encode_three_of_four(matrix<float>(2, 6).view()));
             }),
             ContainsSubstring("x is 1x5, weights are 2x6: depth differs"));
  const float nan[] = {std::nanf("")};
  code_t code = 9;
  CHECK_THAT(test::error_of([&] {
               (void)fit_three_of_four(nan, {&code, 1});
             }),
             ContainsSubstring("fit_three_of_four"));
  CHECK(code == 9);
}

}  // namespace test_row_coded
