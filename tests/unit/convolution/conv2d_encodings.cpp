// Convolutions of other encodings than binary: pairs whose rule has bit sums on both sides and a padding to
// correct, and the ternary pass.
#include "support/convolutions.hpp"

namespace test_conv2d_encodings {

using namespace lowbit;

namespace {

template <class A, class W>
void check(const test::conv_case& c, test::fill kind) {
  const test::conv_data<A, W, pad::zero> data(c, 7000, kind);
  INFO(data.name() << ", " << test::name(kind));
  const auto layer = data.layer();
  test::on_every_isa(
      [&](auto tag) { test::check_sums(convolve(data.images, layer, on(tag)), data.sums); });
}

template <class A, class W>
void check_all() {
  INFO(test::reproduce());
  for (const test::fill kind : {test::fill::uniform, test::fill::max_vs_min}) {
    check<A, W>({{2, 5, 4, 33}, 19, square_window(3, 1, 1)}, kind);
    check<A, W>({{1, 7, 6, 66}, 6, square_window(3, 2, 1), 2}, kind);
    check<A, W>({{1, 4, 4, 5}, 10, {{2, 1, 1, 0, 1}, {3, 1, 1, 2, 1}}, 5}, kind);
    check<A, W>({{1, 5, 3, 64}, 40, square_window(1)}, kind);
  }
}

}  // namespace

TEST_CASE("convolutions of codes with bit sums on both sides", "[conv]") {
  check_all<bipolar_bits<2>, unsigned_bits<2>>();
}
TEST_CASE("convolutions of ternary codes", "[conv]") { check_all<ternary, ternary>(); }
TEST_CASE("a first layer of 8-bit images and binary filters", "[conv]") {
  check_all<unsigned_bits<8>, binary>();
}

}  // namespace test_conv2d_encodings
