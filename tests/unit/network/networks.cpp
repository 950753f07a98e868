// Networks equal their layers written out: sums by convolve(), one number after the other, nothing fused.
#include "support/networks.hpp"

#include <vector>

#include "support/convolutions.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_networks {

using namespace lowbit;

namespace {

image_tensor<float> normalised(const matrix<float>& x, const batch_norm& bn, tensor_shape shape) {
  image_tensor<float> out(shape);
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t c = 0; c < x.cols(); ++c) out.mutable_pixels()(r, c) = bn(x(r, c), c);
  return out;
}
image_tensor<float> float_conv(const layer::float_conv2d& l, const image_tensor<float>& x) {
  const float_conv2d sums(l.data().filters.view(), l.data().over);
  auto work = sums.workspace(x.shape());
  matrix<float> out(work.output().pixels(), work.output().channels);
  sums(x.view(), work, stage::store{out}, on(isa::scalar{}));
  return normalised(out, l.data().bn, work.output());
}
image_tensor<float> bireal_conv(const test::bireal& l, const image_tensor<float>& x) {
  const auto& own = l.data();
  const conv2d<binary, binary> conv(own.filters, own.over);
  const auto sums = convolve(encode(sign{}, x.view()), conv, on(isa::scalar{}));
  matrix<float> out(sums.rows(), sums.cols());
  for (index_t r = 0; r < sums.rows(); ++r)
    for (index_t c = 0; c < sums.cols(); ++c)
      out(r, c) = static_cast<float>(scaled(sums(r, c), l.data().scale[0]));
  return normalised(out, l.data().bn, conv.output_shape(x.shape()));
}
image_tensor<float> sum_of(image_tensor<float> x, const image_tensor<float>& y) {
  for (index_t i = 0; i < x.shape().elements(); ++i)
    x.mutable_pixels().data()[i] = y.pixels().data()[i] + x.pixels().data()[i];
  return x;
}
template <class F>
image_tensor<float> pooled(const image_tensor<float>& x, const window& w, const F& pool) {
  image_tensor<float> out({x.shape().batch, w.vertical.outputs(x.shape().height),
                           w.horizontal.outputs(x.shape().width), x.shape().channels});
  pool(x.view(), w, out.mutable_view());
  return out;
}

image_tensor<float> bireal_by_hand(const test::bireal_net& net, const image_tensor<float>& x) {
  const auto& [stem, pool, first, second, mean, classes] = net.layers();
  const auto largest = [](auto... a) { max_pool(a...); };
  const auto average = [](auto... a) { average_pool(a...); };
  auto y = pooled(float_conv(stem, x), pool.data().over, largest);
  y = sum_of(bireal_conv(first.body(), y), y);
  const auto& [halve, widen] = second.shortcut().layers();
  y = sum_of(bireal_conv(second.body(), y),
             float_conv(widen, pooled(y, halve.data().over, average)));
  return float_conv(classes, pooled(y, {{y.shape().height}, {y.shape().width}}, average));
}

}  // namespace

TEST_CASE("a Bi-Real network is its layers, one after the other", "[network]") {
  const auto net = test::make_bireal_net();
  for (const index_t batch : {1, 3}) {
    test::floats n{random_stream(70)};
    const auto x = n.images({batch, 8, 12, 3});
    const auto expected = bireal_by_hand(net, x);
    auto work = net.workspace(x.shape());
    auto y = net.make_output(work);
    REQUIRE(y.shape() == tensor_shape{batch, 1, 1, 10});
    for (const index_t threads : {1, 3}) {  // the workspace again, and threads
      net(x.view(), work, y, on(isa::portable{}, test::some_threads{threads}));
      CHECK(y.pixels() == expected.pixels());
    }
  }
}

TEST_CASE("layers and networks that cannot be are refused", "[network]") {
  using test::error_of;
  test::floats n{random_stream(71)};
  const auto net = test::make_bireal_net();
  CHECK_THAT(error_of([&] {
               static_cast<void>(net.workspace({1, 8, 8, 4}));
             }),
             ContainsSubstring("channels"));
  auto work = net.workspace({1, 8, 8, 3});
  auto y = net.make_output(work);
  const auto other = n.images({2, 8, 8, 3});
  CHECK_THAT(
      error_of([&] { net(other.view(), work, y, on(isa::portable{}, test::some_threads{1})); }),
      ContainsSubstring("2x8x8x3"));
  CHECK_THAT(error_of([&] {
               test::bireal l(n.bits({4, 3, 3, 5}), square_window(2), {}, n.norm(4));
             }),
             ContainsSubstring("filters of 3x3 for a window of 2x2"));
  CHECK_THAT(error_of([&] {
               test::bireal l(n.bits({4, 3, 3, 5}), square_window(3), {}, n.norm(3));
             }),
             ContainsSubstring("a batch norm of 3 channels for 4 output channels"));
  using hidden = layer::conv2d_threshold<binary, binary>;
  const auto refusal = [&](tensor_shape filters, const window& over, index_t channels,
                           index_t groups) {
    return error_of([&] { hidden l(n.bits(filters), over, thresholds(channels), groups); });
  };
  CHECK(refusal({4, 3, 3, 5}, square_window(3), 6, 1) ==
        "layer::conv2d_threshold: 6 thresholds for 4 output channels: one each");
  CHECK(refusal({4, 3, 3, 5}, square_window(3), 4, 3) ==
        "layer::conv2d_threshold: 3 groups for 4 output channels: they must divide them");
  CHECK(refusal({4, 3, 3, 0}, square_window(3), 4, 1) ==
        "layer::conv2d_threshold: 4 filters of 0 channels: there must be a filter, and a channel");
  CHECK(refusal({4, 3, 3, 5}, {{3, 0}, {3}}, 4, 1) ==
        "layer::conv2d_threshold: a window of size 3, stride 0, dilation 1 down: each must be 1 to "
        "65535");
  CHECK(refusal({4, 3, 3, 5}, {{3}, {3, 1, 1, 0, -2}}, 4, 1) ==
        "layer::conv2d_threshold: a padding of 0 and -2 across: it must be 0 to 65535");
  CHECK(error_of([&] {
          hidden l(packed_tensor<binary>({4, 1, 1, 6}, 3), square_window(1), thresholds(4));
        }) ==
        "layer::conv2d_threshold: filters of 6 channels are packed in segments of 3: pack them "
        "without "
        "gaps");
  CHECK(error_of([&] {
          using deep = layer::conv2d_threshold<unsigned_bits<8>, unsigned_bits<8>>;
          deep l(packed_tensor<unsigned_bits<8>>({1, 3, 3, 4000}), square_window(3), thresholds(1));
        }) ==
        "layer::conv2d_threshold: 3x3 taps of 4000 channels: sums of unsigned_bits x unsigned_bits "
        "fit "
        "32 bits only up to 33025 products");
  CHECK(error_of([&] {
          test::bireal l(n.bits({4, 3, 3, 5}), square_window(3), {1, 2}, n.norm(4));
        }) == "layer::conv2d_batch_norm: 2 scales for 4 output channels: none, one, or one each");
  CHECK(error_of([&] { layer::average_pool pool({square_window(0)}); }) ==
        "layer::average_pool: a window of size 0, stride 1, dilation 1 down: each must be 1 to "
        "65535");
  const residual block(test::make_bireal(n, 8, 5, 1));  // 5 channels in, 8 out: nothing to add
  CHECK_THAT(
      error_of([&] {
        static_cast<void>(block.workspace({1, 4, 4, 5}));
      }),
      ContainsSubstring("residual: the body's result is 1x4x4x8, the shortcut's is 1x4x4x5"));
  const residual float_block(
      layer::float_conv2d(n.images({3, 1, 1, 3}), square_window(1), n.norm(3)));
  auto block_work = float_block.workspace({1, 2, 4, 3});
  image_tensor<float> planes({1, 2, 4, 3}), sum({1, 2, 4, 3});
  CHECK(error_of([&] {
          const float* const data = planes.pixels().data();
          float_block(nchw(data, {1, 2, 4, 3}), block_work, sum, on(isa::scalar{}));
        }) ==
        "residual: images of 1x2x4x3 with strides of 24, 4, 1, 8 numbers: a shortcut takes NHWC "
        "images whose rows follow each other");
  CHECK(
      error_of([&] {
        static_cast<void>(
            layer::max_pool<packed_tensor<binary>>({square_window(3)}).output_shape({1, 2, 5, 7}));
      }) ==
      "layer::max_pool: images of 2x5 with paddings of 0+0 and 0+0 are smaller than a window that "
      "reaches "
      "over 3x3: the output is empty");
}

namespace {

/// How many images, and on how many threads. The tests below would take minutes under a sanitizer.
const std::vector<index_t> batches =
    test::thorough ? std::vector<index_t>{1, 3} : std::vector<index_t>{2};
const std::vector<index_t> thread_counts =
    test::thorough ? std::vector<index_t>{1, 2, 3, 7} : std::vector<index_t>{1, 3};

/// A float 1x1 convolution and a pool in one network, and one after the other, written out.
template <class Pool, class F>
void check_pair(const window& over, index_t height, const F& by_hand) {
  constexpr index_t width = 480, channels = 8;  // 15 KB per row: about 34 rows make a band
  test::floats n{random_stream(72)};
  const layer::float_conv2d conv(n.images({channels, 1, 1, 2}), square_window(1), n.norm(channels));
  const sequential pair(conv, Pool({over}));
  const sequential then(conv, Pool({over}), residual(test::make_bireal(n, channels, channels, 1)));
  for (const index_t batch : batches) {
    const auto x = n.images({batch, height, width, 2});
    const auto expected = pooled(float_conv(conv, x), over, by_hand);
    const auto added = sum_of(bireal_conv(std::get<2>(then.layers()).body(), expected), expected);
    auto work = pair.workspace(x.shape());
    auto y = pair.make_output(work);
    auto work_of_three = then.workspace(x.shape());
    auto z = then.make_output(work_of_three);
    for (const index_t threads : thread_counts) {
      INFO(batch << " x " << height << " rows, " << threads << " threads");
      y.mutable_pixels() = matrix<float>(y.shape().pixels(), channels);
      pair(x.view(), work, y, test::some_threads{threads});
      CHECK(y.pixels() == expected.pixels());
      then(x.view(), work_of_three, z, test::some_threads{threads});
      CHECK(z.pixels() == added.pixels());
    }
  }
}

}  // namespace

TEST_CASE("a real convolution and its pool, band by band, are one after the other", "[network]") {
  const window_axis horizontal{2, 16};
  const auto check = [&](const window_axis& vertical, index_t height) {
    INFO("window of " << vertical.size << ", stride " << vertical.stride << ", dilation "
                      << vertical.dilation);
    check_pair<layer::max_pool<image_tensor<float>>>({vertical, horizontal}, height,
                                                     [](auto... a) { max_pool(a...); });
    check_pair<layer::average_pool>({vertical, horizontal}, height,
                                    [](auto... a) { average_pool(a...); });
  };
  check({3, 2, 1, 1, 1}, 90);
  check({3, 1, 2, 2, 3}, 71);
  check({2, 2}, 97);
  check({1, 3}, 80);               // rows that no window sees
  check({50, 40, 1, 0, 30}, 101);  // larger than a band should be
  check({9, 1, 1, 4, 4}, 6);       // larger than the image
}

TEST_CASE("blocks within blocks keep every shortcut", "[network]") {
  test::floats n{random_stream(74)};
  const auto real = [&] {
    return layer::float_conv2d(n.images({4, 1, 1, 4}), square_window(1), n.norm(4));
  };
  const residual inner(real(), real());
  const residual bit_and(sequential(real(), inner), real());
  const sequential bits(real(), residual(sequential(real(), inner)), test::make_bireal(n, 4, 4, 1));
  const auto x = n.images({2, 3, 5, 4});
  const auto inner_of = [&](const image_tensor<float>& in) {
    return sum_of(float_conv(inner.body(), in), float_conv(inner.shortcut(), in));
  };
  const auto y = bit_and.output_shape(x.shape());
  image_tensor<float> out(y);
  auto work = bit_and.workspace(x.shape());
  bit_and(x.view(), work, out);
  CHECK(out.pixels() == sum_of(inner_of(float_conv(std::get<0>(bit_and.body().layers()), x)),
                               float_conv(bit_and.shortcut(), x))
                            .pixels());
  const auto& [first, block, last] = bits.layers();
  const auto in = float_conv(first, x);
  const auto sum = sum_of(inner_of(float_conv(std::get<0>(block.body().layers()), in)), in);
  auto work_of_bits = bits.workspace(x.shape());
  auto z = bits.make_output(work_of_bits);
  bits(x.view(), work_of_bits, z);
  CHECK(z.pixels() == bireal_conv(last, sum).pixels());
}

TEST_CASE("values share memory only where nobody needs the old one", "[network]") {
  test::floats n{random_stream(73)};
  const auto real = [&](index_t in, index_t size, index_t out = 8) {
    return layer::float_conv2d(n.images({out, size, size, in}), square_window(size, 1, size / 2),
                               n.norm(out));
  };
  // More than a panel's: bits are read again after some are written.
  constexpr index_t channels = 70;
  const auto block = [&](index_t size) {
    return residual(test::bireal(n.bits({channels, size, size, channels}),
                                 square_window(size, 1, size / 2), {0.5f}, n.norm(channels)));
  };
  const window same = square_window(3, 1, 1);
  // The pool writes while the convolution in front of it still reads what is two values back.
  const sequential bands(real(2, 1), real(8, 3), layer::max_pool<image_tensor<float>>({same}),
                         real(8, 1));
  // Blocks that write over what they read, and one without padding, which must not.
  const sequential chain(real(2, 1, channels), block(3), block(3), block(1), block(3), block(5));
  // A shortcut whose sums become signs alone: nowhere in the result is room for its numbers.
  const sequential signs(real(2, 1, channels),
                         residual(block(3).body(), sequential(real(channels, 1, channels))),
                         block(1).body());
  for (const index_t batch : batches) {
    const auto x = n.images({batch, 24, 30, 2}), wide = n.images({batch, 50, 480, 2});
    const auto& [a, b, pool, c] = bands.layers();
    const auto largest = [](auto... each) { max_pool(each...); };
    const auto banded = float_conv(c, pooled(float_conv(b, float_conv(a, wide)), same, largest));
    const auto chained = std::apply(
        [&](const auto& first, const auto&... blocks) {
          auto y = float_conv(first, x);
          ((y = sum_of(bireal_conv(blocks.body(), y), y)), ...);
          return y;
        },
        chain.layers());
    const auto& [first, added, last] = signs.layers();
    const auto in = float_conv(first, x);
    const auto& [shortcut] = added.shortcut().layers();
    const auto signed_sums =
        bireal_conv(last, sum_of(bireal_conv(added.body(), in), float_conv(shortcut, in)));
    auto work_of_signs = signs.workspace(x.shape());
    auto v = signs.make_output(work_of_signs);
    auto work = bands.workspace(wide.shape());
    auto y = bands.make_output(work);
    auto work_of_chain = chain.workspace(x.shape());
    auto z = chain.make_output(work_of_chain);
    for (const index_t threads : thread_counts) {
      INFO(batch << " images, " << threads << " threads");
      bands(wide.view(), work, y, test::some_threads{threads});
      CHECK(y.pixels() == banded.pixels());
      chain(x.view(), work_of_chain, z, test::some_threads{threads});
      CHECK(z.pixels() == chained.pixels());
      signs(x.view(), work_of_signs, v, test::some_threads{threads});
      CHECK(v.pixels() == signed_sums.pixels());
    }
  }
}

}  // namespace test_networks
