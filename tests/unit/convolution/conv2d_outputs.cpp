// What a convolution can leave behind – integers, floats, threshold bits, k-bit codes – and what it
// refuses.
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/multi_threshold.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "support/convolutions.hpp"
#include "support/matchers.hpp"

namespace test_conv2d_outputs {

using namespace lowbit;

namespace {

batch_norm some_norm(index_t channels, std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal;
  const auto size = static_cast<std::size_t>(channels);
  std::vector<float> gamma(size), beta(size), mean(size), variance(size);
  for (std::size_t c = 0; c < size; ++c) {
    gamma[c] = c % 5 == 4 ? 0.0f : normal(random);
    beta[c] = normal(random);
    mean[c] = 5 * normal(random);
    const float spread = normal(random);
    variance[c] = 1 + 20 * spread * spread;
  }
  return {gamma, beta, mean, variance, 1e-3f};
}

/// All outputs of one convolution on one ISA, against functions of the definition's sums.
void check_outputs(const test::conv_case& c, std::uint64_t salt) {
  const test::conv_data<binary, binary, pad::zero> data(c, salt);
  INFO(data.name());
  const auto layer = data.layer();
  const tensor_shape out = layer.output_shape(c.in);
  const index_t rows = out.pixels(), cols = out.channels;
  const batch_norm bn = some_norm(cols, salt + 1);
  const dorefa_activation<2> q;
  const thresholds bits = threshold(bn);
  const auto steps = requantize(q, bn);
  const std::vector<float> scale{0.37f}, bias(static_cast<std::size_t>(cols), 0.11f);
  matrix<std::int32_t> sums(rows, cols);
  matrix<float> float_epilogue(rows, cols);
  packed_tensor<binary> signs(out);
  packed_tensor<unsigned_bits<2>> codes(out);
  const auto check = [&] {
    test::check_sums(sums, data.sums);
    packed_matrix<binary> expected(rows, cols);  // with no bit beyond the last channel
    for (index_t m = 0; m < rows; ++m)
      for (index_t n = 0; n < cols; ++n) {
        const auto sum = static_cast<std::int32_t>(data.sums(m, n));
        const float before = bn(static_cast<float>(sum), n);
        expected.set_code(m, n, is_negative(before) ? 0 : 1);
        REQUIRE(float_epilogue(m, n) == static_cast<float>(double{0.37f} * sum + double{0.11f}));
        REQUIRE(codes.pixels().code(m, n) == encode(q, before));
      }
    CHECK(signs.pixels() == expected);
  };
  test::on_every_isa([&](auto tag) {
    sums = matrix<std::int32_t>(rows, cols);
    float_epilogue = matrix<float>(rows, cols);
    signs = packed_tensor<binary>(out);
    codes = packed_tensor<unsigned_bits<2>>(out);
    auto& to = codes.mutable_pixels();
    auto work = layer.workspace(c.in);
    const store_codes<unsigned_bits<2>> store{steps, to.mutable_row(0), to.row_stride(),
                                              to.plane_stride()};
    for (const index_t threads : {1, 3}) {
      const auto run = [&](const auto& epilogue) {
        layer(data.images, work, epilogue, on(tag, test::some_threads{threads}));
      };
      run(store_integers{sums.view()});
      run(store_affine{float_epilogue.view(), {}, scale, bias});
      run(store_threshold{bits, signs.mutable_pixels().mutable_row(0),
                          signs.pixels().row_stride()});
      run(detail::epilogues::any_epilogue(store));
    }
    check();
  });
}

}  // namespace

TEST_CASE("outputs of a convolution are those of its sums", "[conv]") {
  INFO(test::reproduce());
  const window same = square_window(3, 1, 1);
  check_outputs({{1, 5, 6, 64}, 70, same}, 3000);
  check_outputs({{2, 4, 3, 66}, 34, same, 2}, 3010);  // registers begin within a word's 16 columns
  check_outputs({{1, 4, 5, 40}, 64, same, 2}, 3020);  // and where they may
  check_outputs({{1, 5, 4, 5}, 15, square_window(3, 2, 1), 5}, 3030);
}

TEST_CASE("what lies beyond the padding must be a number of the encoding, or zero", "[conv]") {
  // Padding of signed codes is the code 0 itself; padding of bipolar codes is corrected.
  using detail::convolution::padding_of;
  CHECK((padding_of(format_of<unsigned_bits<2>>(), 0).code == 0));
  CHECK((padding_of(format_of<signed_bits<3>>(), -1).code == 7));
  CHECK((padding_of(format_of<binary>(), 1).code == 1));
  CHECK((padding_of(format_of<binary>(), 0).surplus == -1));
  CHECK((padding_of(format_of<bipolar_bits<2>>(), 0).surplus == -3));
}

TEST_CASE("convolutions that cannot be are refused, with the numbers", "[conv]") {
  using test::error_of;
  const packed_tensor<binary> filters({6, 3, 3, 40});
  const window w = square_window(3, 1, 1);
  const auto refused = [&](const window& over, index_t groups) {
    return error_of([&] { conv2d<binary, binary> layer(filters, over, groups); });
  };
  CHECK(refused(square_window(5), 1) == "conv2d: filters of 3x3 for a window of 5x5");
  CHECK(refused(w, 4) == "conv2d: 4 groups for 6 output channels: they must divide them");
  CHECK_THAT(refused(w, 0), ContainsSubstring("0 groups"));
  CHECK_THAT(refused({{3, 0}, {3}}, 1), ContainsSubstring("stride 0"));
  CHECK_THAT(refused({{3, 1, 1, -1}, {3}}, 1),
             ContainsSubstring("a padding of -1 and 0 down: it must be 0 to"));
  CHECK_THAT(error_of([] {
               const packed_tensor<unsigned_bits<8>> deep({1, 19, 19, 92});
               conv2d<unsigned_bits<8>, unsigned_bits<8>> layer(deep, square_window(19));
             }),
             ContainsSubstring("only up to 33025 products"));
  CHECK_THAT(error_of([] {
               const packed_tensor<binary> gaps({1, 1, 1, 40}, 20);
               conv2d<binary, binary> layer(gaps, {});
             }),
             ContainsSubstring("packed in segments of 20"));

  const conv2d<binary, binary> layer(filters, w, 2), other(filters, w, 2);
  CHECK(error_of([&] {
          static_cast<void>(layer.output_shape({1, 5, 5, 40}));
        }) == "conv2d: images of 5x5x40 for 2 groups of 40 channels");
  const conv2d<binary, binary> wide(filters, square_window(3));
  CHECK_THAT(error_of([&] {
               static_cast<void>(wide.workspace({1, 2, 5, 40}));
             }),
             ContainsSubstring("the output is empty"));
  auto work = layer.workspace({1, 5, 5, 80});
  CHECK(work.output() == tensor_shape{1, 5, 5, 6});
  CHECK(work.bytes() > 0);
  matrix<std::int32_t> sums(25, 6), small(24, 6);
  const packed_tensor<binary> x({1, 5, 5, 80}), tall({1, 6, 5, 80}), gaps({1, 5, 5, 80}, 16);
  const auto run = [&](const auto& with, const auto& images, auto& out) {
    return error_of([&] { with(images, work, store_integers{out.view()}); });
  };
  CHECK_THAT(run(layer, tall, sums), ContainsSubstring("with a workspace for 1x5x5x80"));
  CHECK_THAT(run(other, x, sums), ContainsSubstring("another layer"));
  CHECK_THAT(run(layer, gaps, sums), ContainsSubstring("in segments of 16 for 2 groups of 40"));
  CHECK(run(layer, x, small) == "store_integers: the product is 25x6, the output is 24x6");
  // No images, no filters.
  CHECK(convolve(packed_tensor<binary>({0, 5, 5, 80}), layer).rows() == 0);
  const conv2d<binary, binary> none(packed_tensor<binary>({0, 3, 3, 80}), w);
  CHECK(convolve(x, none).cols() == 0);
}

}  // namespace test_conv2d_outputs
