// Convolutions whose formats are values: every pair of formats, on every ISA, with every padding value that the images
// may have, against the definition.
#include "lowbit/convolution/any_conv2d.hpp"

#include "lowbit/epilogue/threshold.hpp"
#include "support/all_formats.hpp"
#include "support/allocations.hpp"
#include "support/convolutions.hpp"

namespace test_any_conv2d {

using namespace lowbit;

namespace {

const test::conv_case shapes[] = {
    {{2, 4, 3, 33}, 19, square_window(3, 1, 1)},
    {{1, 5, 6, 66}, 6, square_window(3, 2, 1), 2},
    {{1, 4, 4, 5}, 10, {{2, 1, 1, 0, 1}, {3, 1, 1, 2, 1}}, 5},
    {{1, 3, 3, 64}, 40, square_window(1)},
    {{2, 3, 4, 64}, 17, square_window(3)},
};

packed_tensor<any_encoding> packed(const code_format& format, const matrix<code_t>& codes,
                                   tensor_shape s) {
  packed_tensor<any_encoding> out(format, s);
  for (index_t r = 0; r < codes.rows(); ++r)
    for (index_t c = 0; c < codes.cols(); ++c) out.mutable_pixels().set_code(r, c, codes(r, c));
  return out;
}

/// One pair of formats on one shape, with all padding values.
void check(const test::known_format& a, const test::known_format& w, const test::conv_case& c,
           std::uint64_t salt) {
  auto random = test::generator(salt);
  const tensor_shape f{c.out_channels, c.w.vertical.size, c.w.horizontal.size,
                       c.in.channels / c.groups};
  const auto images = a.random(c.in.pixels(), c.in.channels, random);
  const auto weights = w.random(f.pixels(), f.channels, random);
  const auto x = packed(a.format, images, c.in), filters = packed(w.format, weights, f);
  for (const int padding : {0, 1, -1}) {
    if (padding != 0 && !a.has_value(padding)) continue;
    const auto expected = test::naive_conv(a.meanings(images), w.meanings(weights), c, padding);
    const any_conv2d layer(filters, a.format, padding, c.w, c.groups);
    INFO(a.name << " x " << w.name << ", " << c << ", padding " << padding);
    for_each_isa([&](any_isa isa) {
      INFO(isa.name);
      REQUIRE(test::first_difference(convolve(x, layer, on(isa)), expected) == "");
    });
  }
}

/// A convolution of ternary images, which are given.
any_conv2d layer_of_ternary() {
  return {packed_tensor<any_encoding>(format_of<binary>(), {4, 3, 3, 5}), format_of<ternary>(), 0,
          square_window(3, 1, 1)};
}

}  // namespace

TEST_CASE("convolutions of every pair of formats equal the definition", "[conv]") {
  INFO(test::reproduce());
  test::on_every_isa([](any_isa) {});  // fails if this CPU has others
  std::uint64_t pair = 0;
  const std::vector<test::known_format> all = test::all_formats();
  for (const test::known_format& a : all)
    for (const test::known_format& w : all) {
      if (test::runs(pair, 17)) check(a, w, shapes[pair % std::size(shapes)], 9000 + pair);
      if (test::thorough) check(a, w, shapes[(pair + 2) % std::size(shapes)], 19000 + pair);
      ++pair;
    }
}

TEST_CASE("a convolution of types is the same one", "[conv]") {
  const test::conv_data<unsigned_bits<2>, ternary, pad::plus_one> data(shapes[0], 9500);
  const conv2d<unsigned_bits<2>, ternary, pad::plus_one> typed = data.layer();
  const any_conv2d& same = typed;
  const any_conv2d other(data.filters, format_of<unsigned_bits<2>>(), 1, shapes[0].w);
  test::on_every_isa([&](any_isa isa) {
    CHECK(convolve(data.images, same, on(isa)) == convolve(data.images, typed, on(isa)));
    CHECK(convolve(data.images, other, on(isa)) == convolve(data.images, typed, on(isa)));
  });
  CHECK(same.images() == format_of<unsigned_bits<2>>());
  CHECK(same.filters() == format_of<ternary>());
  CHECK(other.bytes() == typed.bytes());
  CHECK(other.workspace(shapes[0].in).bytes() == typed.workspace(shapes[0].in).bytes());
}

TEST_CASE("convolutions of values take every epilogue and executor", "[conv]") {
  const test::conv_case c{{2, 6, 5, 70}, 40, square_window(3, 1, 1)};
  const test::conv_data<binary, binary, pad::zero> data(c, 9600);
  const any_conv2d layer(data.filters, format_of<binary>(), 0, c.w);
  thresholds bounds(40);
  for (index_t o = 0; o < 40; ++o) bounds.set(o, static_cast<std::int32_t>(3 * o - 60), o % 3 == 0);
  test::on_every_isa([&](any_isa isa) {
    conv2d_workspace work = layer.workspace(c.in), again = data.layer().workspace(c.in);
    packed_tensor<binary> got({2, 6, 5, 40}), expected({2, 6, 5, 40});
    const auto threshold = [&](packed_tensor<binary>& y) {
      return store_threshold{bounds, y.mutable_pixels().mutable_row(0),
                             y.mutable_pixels().row_stride()};
    };
    layer(data.images, work, threshold(got), on(isa, test::some_threads{3}));
    const auto typed = data.layer();
    again = typed.workspace(c.in);
    typed(data.images, again, threshold(expected), on(isa));
    CHECK(got == expected);
  });
}

TEST_CASE("convolutions of values allocate nothing per call", "[conv]") {
  const test::conv_data<unsigned_bits<2>, binary, pad::zero> data(shapes[0], 9700);
  const any_conv2d layer(data.filters, format_of<unsigned_bits<2>>(), 0, shapes[0].w);
  conv2d_workspace work = layer.workspace(shapes[0].in);
  matrix<std::int32_t> out(work.output().pixels(), 19);
  layer(data.images, work, store_integers{out.view()});
  const long before = test::allocations.calls;
  layer(data.images, work, store_integers{out.view()});
  CHECK(test::allocations.calls == before);
}

TEST_CASE("convolutions of values refuse what does not fit", "[conv]") {
  const any_conv2d layer = layer_of_ternary();
  const packed_tensor<signed_bits<2>> images({1, 4, 4, 5});
  conv2d_workspace work = layer.workspace(images.shape());
  matrix<std::int32_t> out(16, 4);
  CHECK_THROWS_WITH(layer(images, work, store_integers{out.view()}),
                    "conv2d: the images are codes of signed_bits with 2 planes, the layer reads "
                    "codes of ternary with 2");
  const packed_tensor<any_encoding> filters(format_of<binary>(), {4, 3, 3, 5});
  const window w = square_window(3, 1, 1);
  CHECK_THROWS_WITH(any_conv2d(filters, format_of<unsigned_bits<2>>(), -1, w),
                    "conv2d: padding of -1: codes of unsigned_bits have no such value, pad them "
                    "with 0");
  CHECK_THROWS_WITH(any_conv2d(filters, format_of<planes<2>>(), 0, w),
                    "conv2d: codes of planes do not stand for integers: convolve their planes");
  const packed_tensor<any_encoding> tables(format_of<codebook<2>>(), {4, 3, 3, 5});
  CHECK_THROWS_WITH(any_conv2d(tables, format_of<binary>(), 0, w),
                    "conv2d: codes of codebook do not stand for integers: convolve their planes");
  CHECK_THROWS_AS(any_conv2d(filters, format_of<binary>(), 0, square_window(5)), error);
}

}  // namespace test_any_conv2d
