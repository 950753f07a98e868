// Convolutions that multiply bytes, or look up: padding, strides, groups, few channels, against the definition, on every ISA.
#include "lowbit/convolution/byte_image.hpp"
#include "lowbit/kernel/trits/panel_family.hpp"

#include "support/allocations.hpp"
#include "support/convolutions.hpp"
#include "support/forced.hpp"

using namespace lowbit;

namespace {

const test::conv_case shapes[] = {
    {{2, 4, 3, 33}, 19, square_window(3, 1, 1)},
    {{1, 9, 9, 3}, 70, square_window(7, 2, 3)},
    {{1, 5, 6, 66}, 6, square_window(3, 2, 1), 2},
    {{1, 4, 4, 5}, 10, {{2, 1, 1, 0, 1}, {3, 1, 1, 2, 1}}, 5},
    {{1, 3, 3, 64}, 65, square_window(1)},
    {{2, 3, 4, 128}, 17, square_window(3)},
    {{1, 5, 5, 1}, 4, square_window(3, 1, 1)},
    {{1, 7, 7, 64}, 8, {{3, 1, 2, 2, 2}, {2, 1, 2, 1, 1}}},
};

template <class Families, class A, class W, class P>
void check() {
  std::uint64_t salt = 77;
  for (const test::conv_case& c : shapes) {
    const test::conv_data<A, W, P> data(c, ++salt);
    const any_conv2d layer(data.filters, format_of<A>(), P::value, c.w, c.groups);
    INFO(data.name());
    test::on_every_isa([&](any_isa isa) {
      const with where(Families{}, on(isa));
      const with threads(Families{}, on(isa, test::some_threads{3}));
      test::check_sums(convolve(data.images, layer, where), data.sums);
      conv2d_workspace work = layer.workspace(c.in);
      matrix<std::int32_t> out(work.output().pixels(), c.out_channels);
      for (int twice = 0; twice < 2; ++twice) {  // the second call finds what the first has made
        layer(data.images, work, store_integers{out.view()}, threads);
        test::check_sums(out, data.sums);
        // Planes and bytes take turns.
        layer(data.images, work, store_integers{out.view()}, on(isa));
        test::check_sums(out, data.sums);
      }
    });
  }
}

/// Images of a byte per code: pixel after pixel and channel after channel.
template <class W, class P>
void check_byte_images() {
  using A = unsigned_bits<8>;
  std::uint64_t salt = 177;
  for (const test::conv_case& c : shapes) {
    const test::conv_data<A, W, P> data(c, ++salt);
    const conv2d<A, W, P> layer(data.filters, c.w, c.groups);
    INFO(data.name());
    const index_t area = c.in.height * c.in.width;
    std::vector<code_t> by_pixel, by_channel(static_cast<std::size_t>(c.in.elements()));
    for (index_t i = 0; i < c.in.pixels(); ++i)
      for (index_t k = 0; k < c.in.channels; ++k) {
        const code_t code = data.images.pixels().code(i, k);
        by_pixel.push_back(code);
        const index_t plane = i / area * c.in.channels + k;
        by_channel[static_cast<std::size_t>(plane * area + i % area)] = code;
      }
    test::on_every_isa([&](any_isa isa) {
      const auto runs = [&](const auto& where) {
        conv2d_workspace work = layer.workspace(c.in);
        matrix<std::int32_t> out(work.output().pixels(), c.out_channels);
        for (const tensor_view<const code_t>& x :
             {nhwc<const code_t>(by_pixel, c.in), nchw<const code_t>(by_channel, c.in)}) {
          layer(x, work, store_integers{out.view()}, where);
          test::check_sums(out, data.sums);
        }
        layer(data.images, work, store_integers{out.view()}, where);
        test::check_sums(out, data.sums);
      };
      runs(on(isa));
      runs(on(isa, test::some_threads{3}));
      runs(with(test::forced_bytes{}, on(isa)));
    });
  }
}

}  // namespace

TEST_CASE("images of bytes are read as those of packed codes", "[conv]") {
  check_byte_images<signed_bits<8>, pad::zero>();
  check_byte_images<binary, pad::zero>();
  check_byte_images<ternary, pad::plus_one>();
}

TEST_CASE("convolutions of bytes equal the definition", "[conv]") {
  check<test::forced_bytes, signed_bits<8>, signed_bits<8>, pad::zero>();
  check<test::forced_bytes, unsigned_bits<8>, signed_bits<8>, pad::zero>();
  check<test::forced_bytes, unsigned_bits<8>, binary, pad::zero>();
  check<test::forced_bytes, signed_bits<8>, ternary, pad::zero>();
  check<test::forced_bytes, bipolar_bits<8>, signed_bits<4>, pad::zero>();
  check<test::forced_bytes, unsigned_bits<4>, bipolar_bits<4>, pad::plus_one>();
}

TEST_CASE("convolutions in base 3 equal the definition", "[conv]") {
  check<test::forced<family::trit_panels>, signed_bits<8>, ternary, pad::zero>();
  check<test::forced<family::trit_panels>, unsigned_bits<8>, ternary, pad::zero>();
}

TEST_CASE("convolutions that look up equal the definition", "[conv]") {
  check<test::forced_lookups, unsigned_bits<4>, binary, pad::zero>();
  check<test::forced_lookups, signed_bits<4>, unsigned_bits<1>, pad::zero>();
}

TEST_CASE("convolutions that chose bytes allocate nothing per call", "[conv]") {
  const test::conv_data<unsigned_bits<8>, signed_bits<8>, pad::zero> data(shapes[1], 9700);
  const any_conv2d layer(data.filters, format_of<unsigned_bits<8>>(), 0, shapes[1].w);
  conv2d_workspace work = layer.workspace(shapes[1].in);
  matrix<std::int32_t> out(work.output().pixels(), 70);
  const long before = test::allocations.calls;
  layer(data.images, work, store_integers{out.view()});
  CHECK(test::allocations.calls == before);
  test::check_sums(out, data.sums);
}
