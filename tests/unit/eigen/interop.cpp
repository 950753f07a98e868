// eigen/: every kind of Eigen expression in gives the values of the dense row-major matrix; results
// are mapped and written in place.
#include "lowbit/eigen.hpp"
#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

using namespace lowbit;

namespace {

using column_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

row_major<float> random_eigen(index_t rows, index_t cols) {
  auto random = test::generator(400);
  const auto x = test::random_floats(rows, cols, random);
  return Eigen::Map<const row_major<float>>(x.data(), rows, cols);
}

template <class X>
void check_same(const char* what, const X& x, const row_major<float>& plain) {
  INFO(what);
  const auto expected =
      quantize(twn<>{}, matrix_view<const float>(plain.data(), plain.rows(), plain.cols()));
  const auto got = quantize(twn<>{}, x);
  CHECK(got.codes() == expected.codes());
  CHECK(got.scale(0) == expected.scale(0));
  const auto grouped = quantize(per_group(twn<>{}, per::group<40>), x);
  CHECK(grouped.codes() == quantize(per_group(twn<>{}, per::group<40>), view(plain)).codes());
  CHECK(quantize(stochastic_sign<>{}, x, random_stream(3)).codes() ==
        quantize(stochastic_sign<>{}, view(plain), random_stream(3)).codes());
  const auto codes = encode(sign{}, view(plain));
  CHECK(encode(sign{}, x) == codes);
  packed_matrix<binary> out(plain.rows(), plain.cols());
  encode(sign{}, x, out);
  CHECK(out == codes);
}

}  // namespace

TEST_CASE("quantize takes every kind of Eigen expression", "[eigen]") {
  INFO(test::reproduce());
  const row_major<float> x = random_eigen(7, 100);
  const column_major columns = x;
  check_same("row-major", x, x);
  check_same("column-major", columns, x);
  check_same("row-major block", x.block(1, 3, 4, 90), x.block(1, 3, 4, 90));
  check_same("column-major block", columns.block(1, 3, 4, 90), x.block(1, 3, 4, 90));
  check_same("one row", x.row(2), x.row(2));
  check_same("one column, as a row", x.col(5).transpose(), x.col(5).transpose());
  check_same("transpose of column-major", columns.transpose(), x.transpose());
  check_same("expression", 2.0f * x - row_major<float>::Ones(7, 100),
             2.0f * x - row_major<float>::Ones(7, 100));
  check_same("array", x.array().abs(), x.array().abs());
  check_same("product", x * columns.transpose(), x * x.transpose());
  Eigen::Map<const column_major, 0, Eigen::OuterStride<>> map(columns.data(), 3, 100,
                                                              Eigen::OuterStride<>(7));
  check_same("map with a stride", map, x.topRows(3));
  const Eigen::Matrix<float, 3, 5> fixed = x.topLeftCorner<3, 5>();
  check_same("fixed size", fixed, x.topLeftCorner(3, 5));
  check_same("row vector", Eigen::RowVectorXf(x.row(1)), x.row(1));
  check_same("no rows", row_major<float>(0, 5), row_major<float>(0, 5));
}

TEST_CASE("quantize and encode take vector blocks", "[eigen]") {
  INFO(test::reproduce());
  const row_major<float> x = random_eigen(7, 100);
  const column_major columns = x;
  const Eigen::RowVectorXf v = x.row(1);
  const Eigen::VectorXf vertical = v;
  check_same("head", v.head(65), x.block(1, 0, 1, 65));
  check_same("segment", v.segment(3, 65), x.block(1, 3, 1, 65));
  check_same("tail", v.tail(65), x.block(1, 35, 1, 65));
  check_same("head of a fixed size", v.head<65>(), x.block(1, 0, 1, 65));
  check_same("tail of a row", x.row(2).tail(66), x.block(2, 34, 1, 66));
  check_same("segment of a column-major row", columns.row(2).segment(1, 70), x.block(2, 1, 1, 70));
  check_same("head of a column, as a row", vertical.head(65).transpose(), x.block(1, 0, 1, 65));
  check_same("tail of a column as a row", vertical.transpose().tail(9), x.block(1, 91, 1, 9));
  check_same("head of an expression", (2.0f * v).head(65), x.block(1, 0, 1, 65) * 2);
  check_same("reverse", v.reverse(), v.reverse());
  check_same("chosen rows", x(Eigen::seq(0, 4, 2), Eigen::all), x(Eigen::seq(0, 4, 2), Eigen::all));
  CHECK(view(v.head(65)).data() == v.data());
}

TEST_CASE("quantize and encode take maps of any stride", "[eigen]") {
  INFO(test::reproduce());
  const row_major<float> x = random_eigen(7, 100);
  using strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  using by_row = Eigen::Map<const row_major<float>, 0, strides>;
  using by_column = Eigen::Map<const column_major, 0, strides>;
  for (const index_t outer : {0, 1, 5, -1, -70, -100})
    for (const index_t inner : {1, 2, 0, -1}) {
      INFO("strides " << outer << " and " << inner);
      row_major<float> expected(3, 66);
      for (index_t r = 0; r < 3; ++r)
        for (index_t c = 0; c < 66; ++c) expected(r, c) = x.data()[300 + r * outer + c * inner];
      check_same("row-major", by_row(x.data() + 300, 3, 66, strides(outer, inner)), expected);
      for (index_t r = 0; r < 3; ++r)
        for (index_t c = 0; c < 66; ++c) expected(r, c) = x.data()[300 + c * 2 + r * inner];
      check_same("column-major", by_column(x.data() + 300, 3, 66, strides(2, inner)), expected);
    }
  using rows = Eigen::Map<row_major<float>, 0, Eigen::OuterStride<>>;
  row_major<float> memory = x;
  const auto view_with = [&](index_t stride) {
    rows m(memory.data() + 300, 3, 66, Eigen::OuterStride<>(stride));
    (void)view(m);
  };
  CHECK(test::error_of([&] { view_with(0); }) ==
        "matrix_view: row stride 0 is smaller than 66 columns: rows would overlap");
  CHECK(test::error_of([&] { view_with(-100); }) ==
        "matrix_view: row stride -100: it may not be negative");
}

TEST_CASE("pack takes Eigen matrices of codes", "[eigen]") {
  Eigen::Matrix<code_t, Eigen::Dynamic, Eigen::Dynamic> codes(2, 70);
  for (Eigen::Index r = 0; r < 2; ++r)
    for (Eigen::Index k = 0; k < 70; ++k) codes(r, k) = static_cast<code_t>((r + k) % 4);
  const auto packed = pack<unsigned_bits<2>>(codes);
  for (index_t r = 0; r < 2; ++r)
    for (index_t k = 0; k < 70; ++k) REQUIRE(packed.code(r, k) == (r + k) % 4);
  CHECK(pack<unsigned_bits<2>>(codes.block(0, 1, 2, 50)).code(1, 49) == (1 + 50) % 4);
  CHECK_THAT(test::error_of([&] { (void)pack<binary>(codes); }),
             ContainsSubstring("is no code of binary"));
}

TEST_CASE("a matrix product equals Eigen's on the dequantized matrices", "[eigen]") {
  INFO(test::reproduce());
  const row_major<float> x = random_eigen(6, 90), w = random_eigen(8, 90);
  const auto a = quantize(sign<>{}, x);
  const auto b = quantize(sign<>{}, w);
  const row_major<float> expected = to_eigen(dequantize(a)) * to_eigen(dequantize(b)).transpose();
  const matrix<float> y = matmul(a, b);
  CHECK(map(y) == expected);
  matrix<std::int32_t> c = gemm(a.codes(), b.codes());
  CHECK(map(c) == expected.cast<std::int32_t>());
  map(c)(1, 2) = 77;
  CHECK(c(1, 2) == 77);
}

TEST_CASE("gemm writes into Eigen matrices, maps and blocks", "[eigen]") {
  INFO(test::reproduce());
  const auto a = quantize(sign<>{}, random_eigen(6, 90)),
             b = quantize(sign<>{}, random_eigen(4, 90));
  const matrix<std::int32_t> expected = gemm(a.codes(), b.codes());
  row_major<std::int32_t> big = row_major<std::int32_t>::Constant(10, 12, -7);
  gemm(a.codes(), b.codes(), view(big.block(2, 3, 6, 4)));
  CHECK(big.block(2, 3, 6, 4) == map(expected));
  big.block(2, 3, 6, 4).setConstant(-7);
  CHECK((big.array() == -7).all());
  row_major<std::int32_t> whole(6, 4);
  gemm(a.codes(), b.codes(), view(whole));
  gemm_add(a.codes(), b.codes(), view(whole));
  CHECK(whole == 2 * map(expected));
  std::vector<std::int32_t> memory(24);
  Eigen::Map<row_major<std::int32_t>> mapped(memory.data(), 6, 4);
  gemm(a.codes(), b.codes(), view(mapped));
  CHECK(mapped == map(expected));
}
