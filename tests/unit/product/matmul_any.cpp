// Quantized matrices whose formats are values multiply as typed ones do. Every pair of formats is compared with the
// definition, and one encoding of each kind with the typed product, in every bit.
#include "lowbit/product/linear.hpp"
#include "lowbit/product/matmul.hpp"
#include "support/all_formats.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/quantized_layers.hpp"

namespace test_matmul_any {

using namespace lowbit;

namespace {

/// A matrix of random codes and levels.
quantized_matrix<any_encoding> random_matrix(test::random_layers& random, const code_format& format,
                                             index_t rows, index_t depth, granularity grain) {
  packed_matrix<any_encoding> codes(format, rows, depth, grain.grouped() ? grain.group_size : 0);
  for (index_t r = 0; r < rows; ++r)
    for (index_t k = 0; k < depth; ++k) codes.set_code(r, k, random.code(format));
  const index_t sets = (grain.shares_rows() ? 1 : rows) * detail::tensor::groups_of(grain, depth);
  buffer<float> numbers(sets * level_floats(format));
  for (index_t i = 0; i < numbers.size(); ++i) numbers[i] = random.numbers.one();
  return {std::move(codes), grain, std::move(numbers)};
}

/// The sum that product/matmul.hpp defines, over groups of `each` elements; codes of integers, planes or a table.
float defined_sum(const quantized_matrix<any_encoding>& x, const quantized_matrix<any_encoding>& w,
                  index_t m, index_t n, index_t each) {
  const code_format &f = x.codes().format(), &g = w.codes().format();
  const auto part_value = [](const code_format& of, code_t code, int part) {
    if (of.kind == code_kind::integers) return of.value(code);
    if (of.kind == code_kind::planes) return of.value(static_cast<code_t>(code >> part & 1));
    return code == part ? 1 : 0;
  };
  double total = 0;
  for (int i = 0; i < f.part_count(); ++i)
    for (int j = 0; j < g.part_count(); ++j)
      for (index_t first = 0; first < x.depth(); first += each) {
        const index_t end = std::min(first + each, x.depth());
        std::int32_t sum = 0, of_x = 0, of_w = 0;
        for (index_t k = first; k < end; ++k) {
          const int a = part_value(f, x.codes().code(m, k), i);
          const int b = part_value(g, w.codes().code(n, k), j);
          sum += a * b;
          of_x += a;
          of_w += b;
        }
        const index_t p = x.group_of(first), q = w.group_of(first);
        const float s = x.levels(m, p)[i], t = w.levels(n, q)[j];
        const float o = x.offset(m, p), c = w.offset(n, q);
        total += scaled(sum, combine(s, t));
        if (c != 0) total += scaled(of_x, combine(s, c));
        if (o != 0) total += scaled(of_w, combine(o, t));
        if (o != 0 && c != 0)
          total += scaled(static_cast<std::int32_t>(end - first), combine(o, c));
      }
  return static_cast<float>(total);
}

template <class E>
quantized_matrix<E> typed(const quantized_matrix<any_encoding>& m) {
  packed_matrix<E> codes(m.rows(), m.depth(), m.codes().layout().segment());
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t k = 0; k < m.depth(); ++k) codes.set_code(r, k, m.codes().code(r, k));
  const index_t rows = m.grain().shares_rows() ? 1 : m.rows();
  buffer<levels_of<E>> levels(rows * m.groups());
  for (index_t i = 0; i < levels.size(); ++i)
    std::memcpy(static_cast<void*>(&levels[i]), m.levels(i / m.groups(), i % m.groups()),
                sizeof levels[i]);
  return {std::move(codes), m.grain(), std::move(levels)};
}

/// Typed and untyped operands in every combination, plain and prepared.
template <class A, class B>
void require_same_products(test::random_layers& random) {
  INFO(A::name << " x " << B::name);
  const auto x = random_matrix(random, format_of<A>(), 3, 150, per::group<64>),
             w = random_matrix(random, format_of<B>(), 20, 150, per::row);
  const quantized_matrix<A> typed_x = typed<A>(x);
  const quantized_matrix<B> typed_w = typed<B>(w);
  const matrix<float> expected = matmul(typed_x, typed_w);
  CHECK(dequantize(x) == dequantize(typed_x));
  CHECK(matmul(x, w) == expected);
  CHECK(matmul(typed_x, w) == expected);
  CHECK(matmul(x, typed_w) == expected);
  CHECK(matmul(x, prepare(w)) == expected);
  CHECK(matmul(quantized_matrix<any_encoding>(typed_x), prepare(typed_w)) == expected);
}
template <class A, class... B>
void require_same_products_with(test::random_layers& random) {
  (require_same_products<A, B>(random), ...);
}

}  // namespace

TEST_CASE("matmul of every pair of formats equals the definition", "[product]") {
  INFO(test::reproduce());
  test::on_every_isa([](any_isa) {});  // fails if this CPU has others
  test::random_layers random{{random_stream(test::seed())}};
  std::vector<code_format> all{format_of<planes<3>>(), format_of<planes<2, plane_kind::unipolar>>(),
                               format_of<codebook<3>>()};
  for (const test::known_format& known : test::all_formats()) all.push_back(known.format);
  std::uint64_t number = 0;
  for (const code_format& f : all)
    for (const code_format& g : all) {
      if (!test::runs(number++, 7)) continue;
      const bool grouped = number % 3 == 0;
      const auto x = random_matrix(random, f, 2, 70, grouped ? per::group<32> : per::row);
      const auto w = random_matrix(random, g, 17, 70, number % 2 == 0 ? per::tensor : per::row);
      INFO(f.name << f.plane_count << " x " << g.name << g.plane_count);
      matrix<float> expected(2, 17);
      for (index_t m = 0; m < 2; ++m)
        for (index_t n = 0; n < 17; ++n)
          expected(m, n) = defined_sum(x, w, m, n, grouped ? 32 : 70);
      for_each_isa([&](any_isa isa) {
        INFO(isa.name);
        REQUIRE(matmul(x, w, on(isa)) == expected);
        REQUIRE(matmul(x, prepare(w, on(isa)), on(isa)) == expected);
      });
    }
}

TEST_CASE("matmul of values equals that of types", "[product]") {
  INFO(test::reproduce());
  test::random_layers random{{random_stream(test::seed())}};
  const auto with_all = [&]<class A>(A) {
    require_same_products_with<A, binary, ternary, unsigned_bits<8>, bipolar_bits<2>, planes<2>,
                               codebook<2>>(random);
  };
  with_all(binary());
  with_all(ternary());
  with_all(signed_bits<4>());
  with_all(planes<3, plane_kind::unipolar>());
  with_all(codebook<2>());
}

TEST_CASE("linear layers take weights whose format is a value", "[product]") {
  INFO(test::reproduce());
  test::random_layers random{{random_stream(test::seed())}};
  const auto x = random_matrix(random, format_of<unsigned_bits<2>>(), 9, 130, per::tensor);
  quantized_matrix<any_encoding> w = random_matrix(random, format_of<ternary>(), 20, 130, per::row);
  CHECK_THROWS_WITH(linear(w, random.numbers.norm(20)), Catch::Contains("have an offset"));
  buffer<float> scales(40);
  for (index_t n = 0; n < 20; ++n) scales[2 * n] = w.scale(n);
  w = {packed_matrix<any_encoding>(w.codes()), per::row, std::move(scales)};
  const batch_norm bn = random.numbers.norm(20);
  const linear layer(w, bn, 0.5f);
  const linear expected(typed<ternary>(w), bn, 0.5f);
  const packed_matrix<unsigned_bits<2>> typed_x = typed<unsigned_bits<2>>(x).codes();
  CHECK(layer(x.codes()) == expected(typed_x));
  CHECK(layer(typed_x) == expected(typed_x));
  CHECK_THROWS_WITH(
      linear(packed_matrix<any_encoding>(format_of<planes<2>>(), 4, 10), thresholds(4)),
      "linear: weights of planes stand for no integers: matmul() multiplies them");
}

TEST_CASE("quantized matrices of values check what they are made of", "[product]") {
  const auto make = [](granularity grain, index_t floats) {
    return quantized_matrix<any_encoding>(
        packed_matrix<any_encoding>(format_of<planes<3>>(), 4, 100), grain, buffer<float>(floats));
  };
  CHECK(make(per::row, 12).levels(2)[0] == 0);
  CHECK_THROWS_WITH(make(per::row, 4), Catch::Contains("4 levels for 4x100 codes"));
  CHECK_THROWS_WITH(make(per::group<48>, 36), Catch::Contains("repack the codes"));
}

}  // namespace test_matmul_any
