// layer::depth_to_space: every kind of value that it writes, threads, files, and what it refuses.
#include "lowbit/network/layers/depth_to_space.hpp"

#include <algorithm>
#include <vector>

#include "lowbit/io.hpp"
#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_depth_to_space {

using namespace lowbit;
using test::error_of;

namespace {

image_tensor<float> numbers(tensor_shape shape) {
  image_tensor<float> x(shape);
  for (index_t i = 0; i < shape.elements(); ++i)
    x.mutable_pixels().data()[i] = static_cast<float>((i * 37 + 11) % 101 - 50);
  return x;
}

/// The definition, channel by channel.
image_tensor<float> blocks_of(const tensor_view<const float>& x, const window& w,
                              tensor_shape out) {
  image_tensor<float> y(out);
  for (index_t n = 0; n < out.batch; ++n)
    for (index_t v = 0; v < out.height; ++v)
      for (index_t u = 0; u < out.width; ++u)
        for (index_t c = 0; c < out.channels; ++c) {
          const index_t down = v + w.vertical.before, across = u + w.horizontal.before,
                        block = down % w.vertical.stride * w.horizontal.stride +
                                across % w.horizontal.stride;
          y.mutable_pixels()((n * out.height + v) * out.width + u, c) = x(
              n, down / w.vertical.stride, across / w.horizontal.stride, block * out.channels + c);
        }
  return y;
}

}  // namespace

TEST_CASE("channels become pixels as floats, signs or both", "[network]") {
  const window blocks{{2, 2, 1, 1, 0}, {3, 3, 1, 0, 2}};
  for (const index_t channels : {1, 3, 16, 21, 70}) {
    INFO(channels << " channels");
    const image_tensor<float> x = numbers({2, 3, 4, 6 * channels});
    const layer::depth_to_space up({blocks});
    const tensor_shape out{2, 5, 10, channels};
    REQUIRE(up.output_shape(x.shape()) == out);
    const image_tensor<float> expected = blocks_of(x.view(), blocks, out);
    auto work = up.workspace(x.shape());
    image_tensor<float> floats(out);
    packed_tensor<binary> signs(out);
    floats_and_signs both(out);
    up(x.view(), work, floats);
    up(x.view(), work, signs);
    up(x.view(), work, both);
    CHECK(floats.pixels() == expected.pixels());
    CHECK(both.floats.pixels() == expected.pixels());
    CHECK(both.signs == signs);
    for (index_t r = 0; r < out.pixels(); ++r)
      for (index_t c = 0; c < channels; ++c)
        REQUIRE(signs.pixels().code(r, c) == (expected.pixels()(r, c) < 0 ? 0 : 1));
    // The channels of a larger image: pixels further apart than their channels.
    const tensor_shape part{2, 3, 4, 6 * channels};
    std::vector<float> wide(static_cast<std::size_t>(part.pixels() * (6 * channels + 5)), 99.0f);
    for (index_t r = 0; r < part.pixels(); ++r)
      std::copy_n(x.pixels().row(r).data(), 6 * channels, wide.data() + r * (6 * channels + 5));
    tensor_view<const float> strided = x.view();
    strided.data = wide.data();
    strided.pixel_stride = 6 * channels + 5;
    strided.row_stride = 4 * strided.pixel_stride;
    strided.batch_stride = 3 * strided.row_stride;
    up(strided, work, floats);
    CHECK(floats.pixels() == expected.pixels());
  }
}

TEST_CASE("channels that are no blocks are refused", "[network]") {
  CHECK(error_of([] { layer::depth_to_space up({square_window(4, 2)}); }) ==
        "layer::depth_to_space: blocks of size 4, stride 2, dilation 1: they lie side by side");
  CHECK(error_of([] {
          layer::depth_to_space up({square_window(2, 2, -1)});
        }).find("layer::depth_to_space: ") == 0);
  const layer::depth_to_space up({square_window(2, 2, 2)});
  CHECK(error_of([&] {
          static_cast<void>(up.output_shape({1, 4, 4, 6}));
        }) == "layer::depth_to_space: images of 6 channels for blocks of 2x2 pixels");
  CHECK(error_of([&] {
          static_cast<void>(up.workspace({1, 2, 4, 8}));
        }) ==
        "layer::depth_to_space: images of 2x4 in blocks of 2x2, cut by 2+2 and 2+2: nothing is "
        "left");
  const tensor_shape in{1, 3, 3, 8};
  const image_tensor<float> x = numbers(in);
  auto work = up.workspace(in);
  image_tensor<float> small({1, 1, 2, 2});
  CHECK(error_of([&] { up(x.view(), work, small); }).find("layer::depth_to_space") == 0);
}

TEST_CASE("files hold the blocks", "[network]") {
  using net_type = sequential<layer::depth_to_space>;
  const net_type net(layer::depth_to_space({{{2, 2, 1, 1, 0}, {3, 3, 1, 0, 2}}}));
  const auto file = save(net);
  const auto again = load<net_type>(file);
  REQUIRE(again);
  CHECK(std::get<0>(again->layers()).data().blocks == std::get<0>(net.layers()).data().blocks);
  CHECK(save(*again) == file);
}

}  // namespace test_depth_to_space
