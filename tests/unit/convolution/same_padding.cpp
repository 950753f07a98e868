// core/window.hpp: paddings that keep an image's size, from their definitions.
#include <algorithm>

#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/convolution/float_conv2d.hpp"
#include "lowbit/core/image_tensor.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/epilogue/float_stages.hpp"
#include "lowbit/pooling/float_pool.hpp"
#include "support/catch.hpp"

namespace test_same_padding {

using namespace lowbit;

TEST_CASE("same_upper_padding pads as TensorFlow's SAME does", "[conv]") {
  for (const index_t size : {1, 2, 3, 4, 5, 7})
    for (const index_t stride : {1, 2, 3, 4, 8})
      for (const index_t dilation : {1, 2, 3})
        for (const index_t n : {1, 2, 3, 5, 6, 7, 8, 13, 223, 224, 225}) {
          INFO("size " << size << ", stride " << stride << ", dilation " << dilation << ", " << n
                       << " inputs");
          const window w = square_window(size, stride, 5, dilation);  // the old padding is replaced
          // https://www.tensorflow.org/api_docs/python/tf/nn: notes on padding, "SAME".
          const auto pad_value = [&](index_t inputs) {
            const index_t outputs = (inputs + stride - 1) / stride,
                          taps = (size - 1) * dilation + 1;
            return std::max<index_t>(0, (outputs - 1) * stride + taps - inputs);
          };
          const window same = same_upper_padding(w, {1, n, n + 1, 3});
          const index_t vertical = pad_value(n), horizontal = pad_value(n + 1);
          REQUIRE(same ==
                  window{{size, stride, dilation, vertical / 2, vertical - vertical / 2},
                         {size, stride, dilation, horizontal / 2, horizontal - horizontal / 2}});
          REQUIRE(same.vertical.outputs(n) == (n + stride - 1) / stride);
          REQUIRE(same.horizontal.outputs(n + 1) == (n + stride) / stride);
        }
  // tensorflow#10747: 224 inputs, a window of 3, stride 2.
  constexpr window_axis axis = same_upper_padding(square_window(3, 2), {1, 224, 224, 3}).vertical;
  STATIC_REQUIRE((axis.before == 0 && axis.after == 1 && axis.outputs(224) == 112));
  constexpr window_axis halves = same_padding(square_window(3, 2)).vertical;
  STATIC_REQUIRE((halves.before == 1 && halves.after == 1));
  const window none = same_upper_padding(square_window(3, 2), {1, 0, 0, 3});
  CHECK((none.vertical.before == 0 && none.vertical.after == 0));
}

TEST_CASE("convolutions and pools take paddings of any halves", "[conv][pool]") {
  const tensor_shape shape{1, 6, 9, 1};
  for (const index_t size : {2, 3, 4, 5})
    for (const index_t stride : {1, 2, 3}) {
      INFO("size " << size << ", stride " << stride);
      const window w = same_upper_padding(square_window(size, stride), shape);
      image_tensor<float> x(shape), ones({1, size, size, 1});
      for (index_t i = 0; i < shape.elements(); ++i)
        x.mutable_pixels().data()[i] = static_cast<float>(i + 1);  // rises along both axes
      for (index_t i = 0; i < size * size; ++i) ones.mutable_pixels().data()[i] = 1;
      packed_tensor<unsigned_bits<6>> codes(shape);
      packed_tensor<unsigned_bits<1>> filter({1, size, size, 1});
      for (index_t i = 0; i < shape.pixels(); ++i)
        codes.mutable_pixels().set_code(i, 0, static_cast<code_t>(i + 1));
      for (index_t i = 0; i < size * size; ++i) filter.mutable_pixels().set_code(i, 0, 1);

      const auto sums =
          convolve(codes, conv2d<unsigned_bits<6>, unsigned_bits<1>>(filter.view(), w));
      const float_conv2d real(ones.view(), w);
      auto work = real.workspace(shape);
      matrix<float> float_sums(work.output().pixels(), 1);
      real(x.view(), work, stage::store{float_sums}, on(isa::scalar{}));
      const auto largest_code = max_pool(codes.view(), w);
      image_tensor<float> largest(work.output()), mean(work.output());
      max_pool(x.view(), w, largest.mutable_view());
      average_pool(x.view(), w, mean.mutable_view());

      const index_t height = (shape.height + stride - 1) / stride,
                    width = (shape.width + stride - 1) / stride;
      REQUIRE(work.output() == tensor_shape{1, height, width, 1});
      for (index_t o = 0; o < height * width; ++o) {
        index_t sum = 0, taps = 0, last = 0;
        for (index_t i = 0; i < size; ++i)
          for (index_t j = 0; j < size; ++j) {
            const index_t row = o / width * stride + i - w.vertical.before,
                          col = o % width * stride + j - w.horizontal.before;
            if (row < 0 || row >= shape.height || col < 0 || col >= shape.width) continue;
            const index_t number = row * shape.width + col + 1;
            sum += number, ++taps, last = number;
          }
        REQUIRE(sums(o, 0) == sum);
        REQUIRE(float_sums(o, 0) == static_cast<float>(sum));
        REQUIRE(largest_code.pixels().code(o, 0) == last);
        REQUIRE(largest.pixels()(o, 0) == static_cast<float>(last));
        REQUIRE(mean.pixels()(o, 0) ==
                static_cast<float>(static_cast<double>(sum) / static_cast<double>(taps)));
      }
    }
}

}  // namespace test_same_padding
