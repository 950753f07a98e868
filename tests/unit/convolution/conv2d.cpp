// Sums of convolutions against the definition. On the chosen ISA: every window of a grid (kernel x stride x dilation x
// padding x padding value). On every ISA: groups, channels, batches, sizes, windows, encodings, padding values and
// threads, every pair of two of these.
#include "support/convolutions.hpp"
#include "support/matchers.hpp"
#include "support/pairwise.hpp"
#include "support/settings.hpp"

namespace test_conv2d {

using namespace lowbit;

namespace {

/// Windows that fit into an image of one pixel and its padding.
constexpr window windows[] = {
    {},
    square_window(3, 1, 1),
    square_window(3, 2, 1),
    {{2, 2, 1, 0, 1}, {2, 2, 1, 1, 0}},
    {{5, 1, 2, 5, 3}, {3, 1, 3, 2, 4}},
    {{1, 1, 1, 0, 0}, {7, 3, 1, 3, 3}},
};
constexpr index_t channels[] = {1, 3, 31, 32, 33, 63, 64, 65, 130, 256};
constexpr index_t sizes[][2] = {{1, 1}, {1, 9}, {6, 5}, {8, 7}};

template <class A, class W, class P>
void check(const test::conv_case& c, index_t threads, std::uint64_t salt) {
  const test::conv_data<A, W, P> data(c, salt);
  const auto layer = data.layer();
  INFO(data.name() << ", " << threads << " threads");
  test::on_every_isa([&](auto tag) {
    const auto sums = convolve(data.images, layer, on(tag, test::some_threads{threads}));
    test::check_sums(sums, data.sums);
  });
}

template <class P>
void check_grid() {
  INFO(test::reproduce());
  std::uint64_t salt = 100;
  for (const index_t rows : {1, 2, 3, 5, 7})
    for (const index_t cols : {rows, index_t{1}, index_t{3}})
      for (const index_t stride : {1, 2, 3})
        for (const index_t dilation : {1, 2})
          for (int kind = 0; kind < 3; ++kind) {
            ++salt;
            if (!test::thorough && salt % 7 != 0) continue;
            window w{{rows, stride, dilation}, {cols, stride, dilation}};
            if (kind == 1) w = same_padding(w);
            if (kind == 2) {
              w.vertical.before = rows, w.vertical.after = 1;
              w.horizontal.before = 0, w.horizontal.after = cols + 1;
            }
            const test::conv_case c{{1, 13 + rows % 2, 15, 33}, 18, w};
            const test::conv_data<binary, binary, P> data(c, salt);
            INFO(data.name());
            const auto sums = convolve(data.images, data.layer(), test::some_threads{});
            test::check_sums(sums, data.sums);
          }
}

constexpr void (*checks[])(const test::conv_case&, index_t, std::uint64_t) = {
    check<binary, binary, pad::zero>, check<binary, binary, pad::plus_one>,
    check<binary, binary, pad::minus_one>};

}  // namespace

TEST_CASE("windows: zero beyond the padding", "[conv]") { check_grid<pad::zero>(); }
TEST_CASE("windows: +1 beyond the padding", "[conv]") { check_grid<pad::plus_one>(); }
TEST_CASE("windows: -1 beyond the padding", "[conv]") { check_grid<pad::minus_one>(); }

TEST_CASE("convolutions are those of the definition on every ISA", "[conv]") {
  INFO(test::reproduce());
  std::uint64_t salt = 1000;
  int wrong_groups = 0;
  for (const auto& row : test::pairwise<7>({std::size(channels), std::size(windows),
                                            std::size(checks), std::size(sizes), 3, 3, 2})) {
    ++salt;
    if (!test::thorough && salt % 2 != 0) continue;
    const index_t in = channels[row[0]];
    const index_t groups = row[4] == 0 ? 1 : row[4] == 1 ? 2 : in;
    const index_t each = groups == 1 ? 18 : groups == 2 ? 17 : in > 64 ? 1 : 2;
    const index_t *size = sizes[row[3]], batch = row[6] == 0 ? 1 : 3;
    const test::conv_case c{{batch, size[0], size[1], in}, groups * each, windows[row[1]], groups};
    if (in % groups != 0) {
      const packed_tensor<binary> filters({2, 1, 1, in / 2});
      const conv2d<binary, binary> layer(filters, {}, 2);
      CHECK_THAT(test::error_of([&] { static_cast<void>(layer.output_shape(c.in)); }),
                 ContainsSubstring("for 2 groups of"));
      ++wrong_groups;
      continue;
    }
    checks[row[2]](c, static_cast<index_t>(row[5]) + 1, salt);
  }
  CHECK(wrong_groups > 0);
}

TEST_CASE("padding on one side of the image alone", "[conv]") {
  INFO(test::reproduce());
  for (int side = 0; side < 4; ++side) {
    window w = square_window(3);
    (side < 2    ? side == 0 ? w.vertical.before : w.vertical.after
     : side == 2 ? w.horizontal.before
                 : w.horizontal.after) = 2;
    for (const auto f : checks) f({{1, 4, 5, 64}, 18, w}, 1, 2010);
  }
}

TEST_CASE("an executor that names no threads has one", "[conv]") {
  // Enough words for the padded copy to be cut into parts.
  const test::conv_case c{{1, 17, 16, 16384}, 2, {{1, 1, 1, 1, 0}, {}}};
  const test::conv_data<binary, binary, pad::zero> data(c, 2020);
  for (const index_t threads : {0, -1}) {
    const auto sums = convolve(data.images, data.layer(), test::some_threads{threads});
    test::check_sums(sums, data.sums);
  }
}

TEST_CASE("groups that already begin at words, and parts of images, are read where they are") {
  const test::conv_case c{{2, 6, 7, 66}, 8, square_window(3), 2};
  const test::conv_data<binary, binary, pad::zero> data(c, 2000);
  const auto layer = data.layer();
  packed_tensor<binary> segmented(c.in, 33);
  packed_tensor<binary> larger({2, 9, 9, 66});
  for (index_t n = 0; n < 2; ++n)
    for (index_t y = 0; y < 6; ++y)
      for (index_t x = 0; x < 7; ++x)
        for (index_t k = 0; k < 66; ++k) {
          const code_t code = data.images.code(n, y, x, k);
          segmented.set_code(n, y, x, k, code);
          larger.set_code(n, y + 2, x + 1, k, code);
        }
  const test::some_threads one;
  test::on_every_isa([&](auto tag) {
    test::check_sums(convolve(segmented.view(), layer, on(tag, one)), data.sums);
    test::check_sums(convolve(larger.view().region(2, 1, 6, 7), layer, on(tag, one)), data.sums);
  });
}

TEST_CASE("a workspace serves images in other places, one after the other") {
  const test::conv_case c{{1, 6, 5, 64}, 20, square_window(3, 1, 1)};
  const test::conv_data<binary, binary, pad::zero> one(c, 2001), two(c, 2002);
  const auto layer = one.layer();
  auto work = layer.workspace(c.in);
  packed_tensor<binary> larger({1, 8, 9, 64});
  for (index_t y = 0; y < 6; ++y)
    for (index_t x = 0; x < 5; ++x)
      for (index_t k = 0; k < 64; ++k)
        larger.set_code(0, y + 1, x + 3, k, one.images.code(0, y, x, k));
  matrix<std::int32_t> sums(30, 20);
  layer(larger.view().region(1, 3, 6, 5), work, store_integers{sums.view()}, test::some_threads{});
  test::check_sums(sums, one.sums);
  const auto expected = test::naive_conv<binary, binary>(
      [&] {
        matrix<code_t> codes(30, 64);
        unpack(two.images.view(), nhwc(codes.view(), c.in));
        return codes;
      }(),
      [&] {
        matrix<code_t> codes(180, 64);
        unpack(one.filters.view(), nhwc(codes.view(), {20, 3, 3, 64}));
        return codes;
      }(),
      c, 0);
  layer(two.images, work, store_integers{sums.view()}, test::some_threads{});
  test::check_sums(sums, expected);
}

}  // namespace test_conv2d
