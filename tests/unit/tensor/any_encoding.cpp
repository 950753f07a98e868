// packed_matrix, packed_tensor and their views of any_encoding: the format is a value, all else is as ever.
#include <sstream>
#include <utility>

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/packed_tensor.hpp"
#include "lowbit/tensor/print.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_any_encoding {

using namespace lowbit;

namespace {

template <class E>
packed_tensor<E> random_tensor(tensor_shape s, index_t segment) {
  packed_tensor<E> x(s, segment);
  auto random = test::generator(static_cast<std::uint64_t>(s.pixels() * 100 + s.channels));
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t i = 0; i < s.width; ++i)
        for (index_t c = 0; c < s.channels; ++c) {
          auto code = static_cast<code_t>(random());
          while (!is_code<E>(code)) code = static_cast<code_t>(random());
          x.set_code(n, y, i, c, code);
        }
  return x;
}

template <class E>
void check(tensor_shape s, index_t segment) {
  INFO(E::name << ' ' << E::plane_count << ", segment " << segment);
  const packed_tensor<E> typed = random_tensor<E>(s, segment);
  packed_tensor<any_encoding> copied(format_of<E>(), s, segment);
  const packed_tensor_view<any_encoding> view = typed;
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t x = 0; x < s.width; ++x)
        for (index_t c = 0; c < s.channels; ++c) {
          REQUIRE(view.code(n, y, x, c) == typed.code(n, y, x, c));
          copied.set_code(n, y, x, c, typed.code(n, y, x, c));
        }
  packed_tensor<E> source = typed;
  const packed_tensor<any_encoding> moved(std::move(source));
  CHECK(source == packed_tensor<E>());
  CHECK(moved == copied);
  CHECK(moved.format() == format_of<E>());
  CHECK(moved.bytes() == typed.bytes());
  CHECK(moved.layout() == typed.layout());
  CHECK(moved.shape() == s);

  const packed_matrix<E>& rows = typed.pixels();
  const packed_view<any_encoding> any_rows = rows;
  CHECK(any_rows.plane_stride() == rows.plane_stride());
  const packed_view<E> back = view_as<E>(any_rows);
  CHECK(back.data() == rows.view().data());
  CHECK(back.rows() == rows.rows());
  CHECK(back.layout() == rows.layout());
  const packed_tensor_view<E> images = view_as<E>(view.images(1, 1).region(1, 0, 2, 2));
  CHECK(images.code(0, 1, 1, 2) == typed.code(1, 2, 1, 2));

  packed_matrix<any_encoding> grown(format_of<E>(), 0, s.channels, segment);
  grown.append(any_rows.rows(0, 2));
  grown.append(any_rows.rows(2, rows.rows() - 2));
  CHECK(grown == moved.pixels());
}

}  // namespace

TEST_CASE("tensors of any encoding hold the codes of typed ones", "[tensor]") {
  for (const index_t segment : {0, 40}) {
    check<binary>({2, 3, 2, 70}, segment);
    check<ternary>({2, 3, 2, 70}, segment);
    check<signed_bits<8>>({2, 3, 2, 65}, segment);
    check<planes<3>>({2, 3, 2, 64}, segment);
    check<codebook<4>>({2, 3, 2, 130}, segment);
  }
}

TEST_CASE("a plane of planes is a matrix of its own format", "[tensor]") {
  packed_matrix<planes<2, plane_kind::unipolar>> m(3, 70);
  m.set_code(1, 69, 2);
  const packed_view<any_encoding> all = m;
  CHECK(all.plane(1).format() == format_of<unsigned_bits<1>>());
  CHECK(all.plane(1).code(1, 69) == 1);
  CHECK(all.plane(0).code(1, 69) == 0);
  CHECK(all.plane(1).code(2, 69) == m.view().plane(1).code(2, 69));
}

TEST_CASE("views convert back to their own encoding only", "[tensor]") {
  const packed_tensor<unsigned_bits<2>> x({1, 1, 1, 5});
  const packed_tensor_view<any_encoding> images = x;
  const packed_view<any_encoding> rows = x.pixels();
  CHECK_THROWS_WITH(view_as<signed_bits<2>>(images),
                    "view_as: the operand has codes of unsigned_bits with 2 planes, the result has "
                    "codes of signed_bits with 2");
  CHECK_THROWS_AS(view_as<ternary>(rows), error);
  CHECK_THROWS_AS(view_as<codebook<2>>(rows), error);
  packed_matrix<any_encoding> m(format_of<ternary>(), 1, 5);
  CHECK_THROWS_WITH(
      m.append(rows),
      "append: the rows are codes of unsigned_bits with 2 planes, the matrix has codes "
      "of ternary with 2");
  CHECK(m.rows() == 1);
}

TEST_CASE("matrices of different formats differ", "[tensor]") {
  const packed_matrix<any_encoding> a(format_of<ternary>(), 2, 5),
      b(format_of<signed_bits<2>>(), 2, 5);
  CHECK_FALSE(a == b);
  packed_matrix<any_encoding> c = a;
  CHECK(c == a);
  const packed_matrix<any_encoding> d(std::move(c));
  CHECK(d == a);
  CHECK((c.rows() == 0 && c.bytes() == 0 && c.format() == a.format()));
}

TEST_CASE("a matrix of any encoding prints as a typed one", "[tensor]") {
  packed_matrix<ternary> m(2, 3);
  m.set_code(1, 2, ternary::minus);
  std::ostringstream typed, any;
  typed << m;
  any << packed_view<any_encoding>(m);
  CHECK(any.str() == typed.str());
}

}  // namespace test_any_encoding
