// core/checked.hpp, core/matrix_view.hpp, core/buffer.hpp, core/matrix.hpp: sizes that cannot wrap,
// views with strides, owned memory, and the texts of their errors.
#include <limits>
#include <utility>
#include <vector>

#include "lowbit/core/image_tensor.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_sizes {

using namespace lowbit;

namespace {

constexpr index_t huge = std::numeric_limits<index_t>::max();

struct view_case {
  const char* what;
  bool null;
  index_t rows, cols, stride;
  const char* text;  ///< part of the error, or "no error"
};

}  // namespace

TEST_CASE("ceil_div does not overflow", "[core]") {
  STATIC_REQUIRE(ceil_div(0, 64) == 0);
  STATIC_REQUIRE(ceil_div(1, 64) == 1);
  STATIC_REQUIRE(ceil_div(64, 64) == 1);
  STATIC_REQUIRE(ceil_div(65, 64) == 2);
  STATIC_REQUIRE(ceil_div(huge, 64) == huge / 64 + 1);
  STATIC_REQUIRE(ceil_div(huge, 1) == huge);
}

TEST_CASE("checked_mul gives the product or an error with both factors", "[core]") {
  CHECK(detail::checked_mul(0, huge, "x") == 0);
  CHECK(detail::checked_mul(huge, 0, "x") == 0);
  CHECK(detail::checked_mul(huge, 1, "x") == huge);
  CHECK(detail::checked_mul(index_t{1} << 31, index_t{1} << 31, "x") == index_t{1} << 62);
  CHECK(test::error_of([] {
          (void)detail::checked_mul(index_t{1} << 32, index_t{1} << 31, "image");
        }) == "image: 4294967296 x 2147483648 does not fit a 64-bit size");
  CHECK(detail::checked_add(huge - 1, 1, "x") == huge);
  CHECK(test::error_of([] { (void)detail::checked_add(huge, 1, "rows"); }) ==
        "rows: 9223372036854775807 + 1 does not fit a 64-bit size");
  CHECK(detail::saturating_mul(huge / 2, 2) == huge - 1);
  CHECK(detail::saturating_mul(huge / 2 + 1, 2) == huge);
  CHECK(test::error_of([] { (void)detail::checked_size(-3, "rows"); }) ==
        "rows is -3: sizes must not be negative");
}

TEST_CASE("matrix_view accepts what it can address and names what it cannot", "[core]") {
  static constexpr view_case cases[] = {
      {"dense", false, 2, 3, 3, "no error"},
      {"strided", false, 2, 3, 7, "no error"},
      {"one row, any stride", false, 1, 3, 0, "no error"},
      {"one row, negative stride", false, 1, 3, -5, "no error"},
      {"null, no rows", true, 0, 3, 3, "no error"},
      {"null, no columns", true, 3, 0, 0, "no error"},
      {"null with elements", true, 2, 3, 3, "null data for a 2x3 matrix"},
      {"negative rows", false, -1, 3, 3, "rows is -1"},
      {"negative columns", false, 2, -3, 3, "cols is -3"},
      {"overlapping rows", false, 2, 3, 2, "row stride 2 is smaller than 3 columns"},
      {"stride 0", false, 2, 3, 0, "row stride 0 is smaller"},
      {"negative stride", false, 2, 3, -3, "row stride -3: it may not be negative"},
      {"wraps", false, huge, 2, 2, "does not fit a 64-bit size"},
  };
  float floats[16] = {};
  for (const view_case& c : cases) {
    INFO(c.what);
    CHECK_THAT(test::error_of([&] {
                 matrix_view<float> v(c.null ? nullptr : floats, c.rows, c.cols, c.stride);
               }),
               ContainsSubstring(c.text));
  }
}

TEST_CASE("matrix_view addresses row * stride + column and leaves the gaps alone", "[core]") {
  std::vector<int> floats(14, -1);
  const matrix_view<int> v(floats.data(), 2, 3, 7);
  for (index_t r = 0; r < 2; ++r)
    for (index_t c = 0; c < 3; ++c) v(r, c) = static_cast<int>(10 * r + c);
  CHECK(floats == std::vector<int>{0, 1, 2, -1, -1, -1, -1, 10, 11, 12, -1, -1, -1, -1});
  CHECK(v.row(1).size() == 3);
  CHECK(v.row(1)[2] == 12);
  const matrix_view<const int> read = v;
  CHECK(
      (read.data() == v.data() && read.row_stride() == 7 && read.rows() == 2 && read.cols() == 3));
  const matrix_view<int> none;
  CHECK((none.rows() == 0 && none.cols() == 0 && none.data() == nullptr));
}

TEST_CASE("buffer is zeroed, 64-byte aligned, copies deeply, moves cheaply", "[core]") {
  for (const index_t n : {1, 2, 7, 63, 64, 65, 1000}) {
    buffer<std::uint16_t> b(n);
    CHECK(b.size() == n);
    CHECK(reinterpret_cast<std::uintptr_t>(b.data()) % 64 == 0);
    bool zero = true;
    for (const auto x : b) zero = zero && x == 0;
    CHECK(zero);
    b[n - 1] = 5;
    buffer<std::uint16_t> copy(b);
    copy[n - 1] = 6;
    CHECK(b[n - 1] == 5);
    const auto* const data = b.data();
    buffer<std::uint16_t> moved(std::move(b));
    CHECK(moved.data() == data);
    CHECK((b.size() == 0 && b.data() == nullptr));  // what a moved-from buffer is, by contract
    b = moved;
    CHECK((b.size() == n && b[n - 1] == 5 && b.data() != moved.data()));
    const buffer<std::uint16_t>& alias = b;
    b = alias;
    CHECK(b[n - 1] == 5);
  }
  const buffer<int> empty(0);
  CHECK((empty.data() == nullptr && empty.size() == 0));
  CHECK_THAT(test::error_of([] { buffer<int> b(-1); }), ContainsSubstring("element count is -1"));
  CHECK_THAT(test::error_of([] { buffer<int> b(huge / 2); }), ContainsSubstring("does not fit"));
}

TEST_CASE("matrix is dense, zeroed and compares by value", "[core]") {
  matrix<float> m(3, 5);
  CHECK((m.rows() == 3 && m.cols() == 5));
  m(2, 4) = 7;
  CHECK(m.row(2)[4] == 7);
  CHECK(m.data()[14] == 7);
  CHECK(m.view()(2, 4) == 7);
  const matrix<float> same = m;
  CHECK(same == m);
  m(0, 0) = 1;
  CHECK_FALSE(same == m);
  CHECK_FALSE(matrix<float>(2, 3) == matrix<float>(3, 2));
  matrix<float> moved(std::move(m));
  CHECK((moved(2, 4) == 7 && m.rows() == 0 && m.cols() == 0));  // what a moved-from matrix is
  m = std::move(moved);
  CHECK((m(2, 4) == 7 && m.rows() == 3));
  CHECK(matrix<float>(0, 3).view().rows() == 0);
  CHECK(matrix<float>(3, 0).view().cols() == 0);
  CHECK_THAT(test::error_of([] { matrix<float> bad(-2, 5); }),
             ContainsSubstring("matrix: rows is -2"));
  CHECK_THAT(test::error_of([] { matrix<float> bad(2, -5); }),
             ContainsSubstring("matrix: cols is -5"));
  CHECK_THAT(test::error_of([] { matrix<float> bad(huge, 2); }), ContainsSubstring("does not fit"));
}

TEST_CASE("shapes of images are refused where a stride would wrap, also empty ones", "[core]") {
  const float floats[3] = {};
  const tensor_shape none{0, huge / 2, 3, 1}, thin{1, huge / 2, 3, 0}, many{2, 3, huge / 6, 2};
  for (const tensor_shape s : {none, thin, many}) {
    INFO(s.batch << 'x' << s.height << 'x' << s.width << 'x' << s.channels);
    CHECK_THAT(test::error_of([&] { (void)nhwc(floats, s); }), ContainsSubstring("do not fit"));
    CHECK_THAT(test::error_of([&] { (void)nchw(floats, s); }), ContainsSubstring("do not fit"));
    CHECK_THAT(test::error_of([&] { image_tensor<float> x(s); }), ContainsSubstring("do not fit"));
  }
  CHECK(nhwc(floats, {0, huge / 4, 1, 3}).batch_stride == huge / 4 * 3);
  CHECK_THAT(test::error_of([&] {
               (void)nhwc(floats, {1, 1, -1, 1});
             }),
             ContainsSubstring("may be negative"));
  // The stride of one row, or of none, means nothing.
  const matrix_view<const float> one(floats, 1, 3, huge), empty(floats, 0, 3, huge);
  CHECK(nhwc(one, {1, 1, 1, 3}).row_stride == 3);
  CHECK(nhwc(empty, {0, 5, 7, 3}).batch_stride == 105);
  CHECK(matrix_view<const float>(nullptr, 3, 0, 7).row(2).data() == nullptr);
}

TEST_CASE("errors are runtime errors whose text may be long", "[core]") {
  const std::string name(2000, 'x');
  const std::string text = test::error_of([&] { detail::fail("%s", name.c_str()); });
  CHECK(text == std::string(1023, 'x'));
  CHECK_THROWS_AS(detail::fail("%d", 1), lowbit::error);
}

}  // namespace test_sizes
