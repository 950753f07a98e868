// Images in and out: orders of memory, segments, parts, errors.
#include "lowbit/encode/encode_tensor.hpp"

#include "lowbit/encode/channels.hpp"
#include "lowbit/encode/quantize.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/lsq.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/stochastic_sign.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_encode_tensor {

using namespace lowbit;

namespace {

constexpr tensor_shape shapes[] = {{1, 1, 1, 1},   {2, 3, 5, 3},   {1, 4, 17, 64},
                                   {3, 2, 33, 65}, {1, 7, 2, 130}, {0, 3, 3, 4},
                                   {2, 0, 3, 4},   {2, 3, 0, 4},   {2, 3, 3, 0}};

/// The same numbers with channels as planes.
std::vector<float> as_planes(const std::vector<float>& pixels, tensor_shape s) {
  std::vector<float> out(pixels.size());
  const auto from = nhwc(std::span(pixels), s);
  const auto to = nchw(std::span(out), s);
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t x = 0; x < s.width; ++x)
        for (index_t c = 0; c < s.channels; ++c) to(n, y, x, c) = from(n, y, x, c);
  return out;
}

std::vector<float> random_image(tensor_shape s, std::uint64_t salt) {
  auto random = test::generator(salt);
  const matrix<float> x = test::random_floats(1, s.elements(), random);
  return {x.data(), x.data() + s.elements()};
}

/// Three parts, the last first.
struct backwards {
  static index_t concurrency() noexcept { return 3; }
  template <class F>
  static void parallel_for(index_t n, const F& f) {
    for (index_t i = n; i-- > 0;) f(i);
  }
};

template <class Q>
void check_codes(const Q& q, tensor_shape s) {
  const std::vector<float> floats = random_image(s, 11), planes = as_planes(floats, s);
  const auto x = nhwc(std::span(floats), s);
  test::on_every_isa([&](auto tag) {
    const auto codes = encode(q, x, on(tag));
    CHECK(codes == encode(q, nchw(std::span(planes), s), on(tag)));
    for (index_t n = 0; n < s.batch; ++n)
      for (index_t y = 0; y < s.height; ++y)
        for (index_t i = 0; i < s.width; ++i)
          for (index_t c = 0; c < s.channels; ++c)
            if (codes.code(n, y, i, c) != encode(q, x(n, y, i, c)))
              FAIL("code (" << n << ", " << y << ", " << i << ", " << c << ") is wrong");
  });
}

}  // namespace

TEST_CASE("codes of images are the quantizer's, in either order of memory") {
  for (const tensor_shape s : shapes) {
    INFO(s.batch << 'x' << s.height << 'x' << s.width << 'x' << s.channels);
    check_codes(sign<>{}, s);
    check_codes(dorefa_activation<2>{}, s);
  }
}

TEST_CASE("images are encoded by the loop of matrices: boundaries are searched, options checked") {
  const tensor_shape s{2, 5, 9, 67};
  REQUIRE(s.elements() > detail::quantizers::worth_a_staircase);
  check_codes(lsq<4>{0.3f}, s);
  const std::vector<float> floats = random_image(s, 16);
  const auto x = nhwc(std::span(floats), s);
  packed_tensor<signed_bits<4>> codes(s);
  CHECK(test::error_of([&] { encode(lsq<4>{0}, x, codes); }) ==
        "lsq: step is 0: it must be positive and finite");
  CHECK_THAT(test::error_of([&] { encode(lsq<4>{std::nanf("")}, x, codes); }),
             ContainsSubstring("lsq: step is nan"));
  CHECK(codes == packed_tensor<signed_bits<4>>(s));
}

TEST_CASE("random numbers of a stochastic quantizer belong to elements, not to memory") {
  const tensor_shape s{2, 3, 19, 5};
  const std::vector<float> floats = random_image(s, 12), planes = as_planes(floats, s);
  const random_stream stream(7);
  const auto a = encode(stochastic_sign<>{}, nhwc(std::span(floats), s), stream);
  CHECK(a == encode(stochastic_sign<>{}, nchw(std::span(planes), s), stream));
  const auto flat = encode(stochastic_sign<>{},
                           matrix_view<const float>(floats.data(), s.pixels(), s.channels), stream);
  CHECK(a.pixels() == flat);
}

TEST_CASE("codes do not depend on who makes which rows") {
  const tensor_shape s{2, 16, 65, 70};
  REQUIRE(s.elements() > 1 << 17);
  const std::vector<float> floats = random_image(s, 17), planes = as_planes(floats, s);
  const auto pixels = nhwc(std::span(floats), s), channels = nchw(std::span(planes), s);
  const backwards parts;
  const auto check = [&](const auto& q, const auto&... stream) {
    const auto x = encode(q, pixels, stream...);
    CHECK(x == encode(q, pixels, stream..., parts));
    CHECK(x == encode(q, channels, stream..., on(isa::portable{}, parts)));
    const matrix_view<const float> rows(floats.data(), s.pixels(), s.channels);
    CHECK(x.pixels() == encode(q, rows, stream..., parts));
    CHECK(x.pixels() == quantize(q, rows, stream..., parts).codes());
    const auto wide = rows.data();  // rows of whole words: one run per part
    const matrix_view<const float> joined(wide, s.elements() / 640, 640);
    CHECK(encode(q, joined, stream..., parts) == encode(q, joined, stream...));
    return x;
  };
  check(stochastic_sign<>{}, random_stream(9));
  check(dorefa_activation<2>{});
  const auto x = check(sign<>{});
  std::vector<float> decoded(floats.size()), again(floats.size());
  decode(sign<>{}, x.view(), nhwc(std::span(decoded), s));
  decode(sign<>{}, x.view(), nhwc(std::span(again), s), parts);
  CHECK(decoded == again);
  std::vector<code_t> codes(floats.size());
  unpack(x.view(), nchw(std::span(codes), s), parts);
  CHECK(pack<binary>(nchw(std::span(codes), s), 0, parts) == x);
  CHECK(slice_channels(concat_channels({x.view(), x.view()}, parts).view(), 70, 70, parts) == x);
}

TEST_CASE("code bytes and floats come back") {
  auto random = test::generator(13);
  for (const tensor_shape s : shapes)
    for (const index_t segment : {index_t{0}, index_t{5}}) {
      const auto codes = test::random_codes<ternary>(s.pixels(), s.channels, test::fill::uniform,
                                                     test::side::lhs, random);
      const auto x = pack<ternary>(nhwc(codes.view(), s), segment);
      matrix<code_t> back(s.pixels(), s.channels);
      unpack(x.view(), nhwc(back.view(), s));
      CHECK(back == codes);
    }
  const tensor_shape s{1, 2, 3, 70};
  const std::vector<float> floats = random_image(s, 14);
  const auto x = encode(sign<>{}, nhwc(std::span(floats), s));
  std::vector<float> out(floats.size());
  decode(sign<>{}, x.view(), nchw(std::span(out), s));
  const auto planes = nchw(std::span(out), s);
  CHECK(planes(0, 1, 2, 69) == (nhwc(std::span(floats), s)(0, 1, 2, 69) < 0 ? -1.0f : 1.0f));
}

TEST_CASE("parts of a tensor are views") {
  const tensor_shape s{3, 5, 7, 66};
  const std::vector<float> floats = random_image(s, 15);
  const auto x = encode(dorefa_activation<2>{}, nhwc(std::span(floats), s));
  const auto part = x.view().images(1, 2).region(2, 3, 3, 4);
  CHECK(part.shape() == tensor_shape{2, 3, 4, 66});
  CHECK(part.code(1, 2, 3, 65) == x.code(2, 4, 6, 65));
  CHECK(x.view().rows(1, 2).code(0, 0, 6, 64) == x.code(0, 1, 6, 64));
  CHECK(part.region(3, 4, 0, 0).shape().pixels() == 0);
  using test::error_of;
  CHECK_THAT(error_of([&] { static_cast<void>(x.view().region(3, 0, 3, 7)); }),
             ContainsSubstring("region: 3x7 pixels from (3, 0) on of images of 5x7"));
  CHECK_THAT(error_of([&] { static_cast<void>(x.view().images(3, 1)); }),
             ContainsSubstring("images: 1 images from 3 on of a batch of 3"));
}

TEST_CASE("a byte that is no code is named by pixel and channel in any order") {
  const tensor_shape s{1, 2, 3, 70};
  std::vector<code_t> codes(420);
  codes[69 * 6 + 4] = 2;  // channel 69 of pixel 4
  CHECK(test::error_of([&] { static_cast<void>(pack<ternary>(nchw(std::span(codes), s))); }) ==
        "pack: row 4, element 69: 2 is no code of ternary with 2 planes");
}

TEST_CASE("tensors that do not fit are refused") {
  using test::error_of;
  std::vector<float> floats(24);
  const auto x = nhwc(std::span(floats), {1, 2, 3, 4});
  packed_tensor<binary> other({1, 3, 2, 4});
  CHECK_THAT(error_of([&] { encode(sign<>{}, x, other); }),
             ContainsSubstring("encode: the input is 1x2x3x4, the output is 1x3x2x4"));
  CHECK_THAT(error_of([&] {
               static_cast<void>(nchw(std::span(floats), {1, 2, 3, 5}));
             }),
             ContainsSubstring("24 elements for a tensor of 1x2x3x5"));
  CHECK_THAT(error_of([] {
               packed_tensor<binary> t({1, -1, 3, 5});
             }),
             ContainsSubstring("no size may be negative"));
  CHECK_THAT(error_of([] {
               packed_tensor<binary> t({index_t{1} << 40, index_t{1} << 40, 3, 5});
             }),
             ContainsSubstring("packed_tensor"));
  CHECK_THAT(error_of([] {
               static_cast<void>(nhwc(static_cast<float*>(nullptr), {1, 1, 1, 1}));
             }),
             ContainsSubstring("null data"));
  std::vector<code_t> codes{0, 1, 2};
  CHECK_THAT(error_of([&] {
               static_cast<void>(pack<ternary>(nhwc(std::span(codes), {1, 1, 3, 1})));
             }),
             ContainsSubstring("2 is no code of ternary"));
}

}  // namespace test_encode_tensor
