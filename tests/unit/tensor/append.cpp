// Matrices that grow: the bytes that they would have if all rows had been there at once, whatever was added when.
#include <algorithm>
#include <cstring>

#include "lowbit/product/gemm.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_append {

using namespace lowbit;

namespace {

constexpr index_t all_rows = 150;

template <class E>
packed_matrix<E> random_matrix(index_t rows, index_t depth, index_t segment = 0) {
  auto random = test::generator(static_cast<std::uint64_t>(900 + depth));
  return pack<E>(
      test::random_codes<E>(rows, depth, test::fill::uniform, test::side::rhs, random).view(),
      segment);
}

/// The first rows of a matrix, copied.
template <class E>
packed_matrix<E> head(const packed_matrix<E>& m, index_t rows) {
  packed_matrix<E> out(0, m.depth(), m.layout().segment());
  out.append(m.view().rows(0, rows));
  return out;
}

template <class E>
bool same_bytes(const prepared_matrix<E>& a, const prepared_matrix<E>& b) {
  const auto& x = a.panels();
  const auto& y = b.panels();
  const auto bytes =
      static_cast<std::size_t>(detail::product::panel_bytes(x.format.layout, a.rows()));
  return a.codes() == b.codes() && x.format == y.format &&
         (bytes == 0 || std::memcmp(x.bytes.data(), y.bytes.data(), bytes) == 0) &&
         std::ranges::equal(a.bit_sums(), b.bit_sums());
}

template <class E>
void check_prepared(index_t depth, index_t segment) {
  const auto all = random_matrix<E>(all_rows, depth, segment);
  INFO(E::name << ", depth " << depth << " in segments of " << segment << "; "
               << test::reproduce());
  test::on_every_isa([&](auto isa) {
    for (const index_t start : {0, 1, 31, 32, 33, 64})  // up to 32 rows panels may be narrower
      for (const index_t step : {1, 5, 40}) {
        auto grown = prepare(head(all, start), on(isa));
        for (index_t r = start; r < all_rows; r += step) {
          const index_t added = std::min(step, all_rows - r);
          grown.append(all.view().rows(r, added));
          if (r + added == all_rows || (r + added) % 7 == 0)
            REQUIRE(same_bytes(grown, prepare(head(all, r + added), on(isa))));
        }
      }
  });
}

}  // namespace

TEST_CASE("append: a prepared matrix is as if prepared at once", "[tensor]") {
  check_prepared<binary>(70, 0);
  check_prepared<ternary>(1, 0);
  check_prepared<unsigned_bits<3>>(100, 30);
  check_prepared<binary>(0, 0);
}

TEST_CASE("append: memory doubles, so that rows cost what they are", "[tensor]") {
  const auto row = random_matrix<binary>(1, 200);
  packed_matrix<binary> codes(0, 200);
  auto grown = prepare(codes);
  int code_moves = 0, panel_moves = 0;
  for (int r = 0; r < 1000; ++r) {
    const auto* const words = grown.codes().words().data();
    const auto* const panels = grown.panels().bytes.data();
    grown.append(row);
    code_moves += grown.codes().words().data() != words ? 1 : 0;
    panel_moves += grown.panels().bytes.data() != panels ? 1 : 0;
  }
  CHECK(code_moves <= 11);  // 1, 2, 4, ... 1024 rows
  CHECK(panel_moves <= 11);
}

TEST_CASE("append: products see the new rows", "[tensor]") {
  INFO(test::reproduce());
  const auto all = random_matrix<ternary>(100, 130), queries = random_matrix<ternary>(3, 130);
  test::on_every_isa([&](auto isa) {
    auto grown = prepare(head(all, 60), on(isa));
    grown.append(all.view().rows(60, 40));
    const auto got = gemm(queries, grown, on(isa)),
               expected = gemm(queries, all, on(isa::scalar{}));
    for (index_t i = 0; i < 300; ++i) REQUIRE(got.data()[i] == expected.data()[i]);
  });
}

TEST_CASE("append: a matrix may be added to itself", "[tensor]") {
  auto codes = random_matrix<unsigned_bits<3>>(5, 70);
  auto grown = prepare(codes);
  for (int times = 0; times < 4; ++times) {  // with and without new memory
    packed_matrix<unsigned_bits<3>> twice = codes;
    twice.append(codes);
    codes.append(codes);
    grown.append(grown.codes());
    CHECK(codes == twice);
    CHECK(same_bytes(grown, prepare(twice)));
  }
  CHECK(codes.rows() == 80);
}

TEST_CASE("append: what was moved from is empty and grows again", "[tensor]") {
  const auto all = random_matrix<binary>(40, 70);
  auto first = prepare(all);
  const auto second = std::move(first);
  CHECK(second.rows() == 40);
  first = prepare(packed_matrix<binary>(0, 70));
  first.append(all);
  CHECK(same_bytes(first, second));
}

TEST_CASE("append: rows of another depth or layout are refused, and nothing changes", "[tensor]") {
  auto codes = random_matrix<binary>(3, 70);
  auto grown = prepare(codes);
  const auto before = grown;
  const auto longer = random_matrix<binary>(2, 71), gaps = random_matrix<binary>(2, 70, 30);
  for (const auto& refused : {test::error_of([&] { codes.append(longer); }),
                              test::error_of([&] { grown.append(longer); })})
    CHECK(refused == "append: the rows are 2x71, the matrix is 3x70: depth differs");
  for (const auto& refused :
       {test::error_of([&] { codes.append(gaps); }), test::error_of([&] { grown.append(gaps); })})
    CHECK(
        refused ==
        "append: the rows are packed in segments of 30, the matrix in segments of 0 (0: no gaps): "
        "repack one");
  CHECK(codes == before.codes());
  CHECK(same_bytes(grown, before));
}

}  // namespace test_append
