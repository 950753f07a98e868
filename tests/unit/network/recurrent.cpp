// lowbit::recurrent: against plain loops, every value that it writes, its steps seen from outside, files, refusals.
#include "lowbit/network/recurrent.hpp"

#include <string>
#include <vector>

#include "lowbit/io.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/observe.hpp"
#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_recurrent {

using namespace lowbit;
using test::error_of;

namespace {

using block = recurrent<layer::float_conv2d, layer::float_conv2d>;

constexpr index_t inputs = 2, width = 3;

/// Small integers, so that all sums are exact.
image_tensor<float> numbers(tensor_shape shape, index_t salt) {
  image_tensor<float> x(shape);
  for (index_t i = 0; i < shape.elements(); ++i)
    x.mutable_pixels().data()[i] = static_cast<float>((i * 5 + salt) % 7 - 3);
  return x;
}
batch_norm plain_norm(index_t n) {
  const std::vector<float> one(static_cast<std::size_t>(n), 1.0f),
      zero(static_cast<std::size_t>(n), 0.0f);
  return {one, zero, zero, one, 0};
}
layer::float_conv2d dense(index_t from, index_t to, index_t salt) {
  return {numbers({to, 1, 1, from}, salt), window{}, plain_norm(to)};
}
block make(bool all_steps) {
  return block(dense(inputs, width, 1), dense(width, width, 2), all_steps);
}

/// The sums of every step, in plain loops.
image_tensor<float> sums_of(const image_tensor<float>& x) {
  const tensor_shape s = x.shape();
  const image_tensor<float> w = numbers({width, 1, 1, inputs}, 1),
                            v = numbers({width, 1, 1, width}, 2);
  image_tensor<float> a({s.batch, s.height, 1, width});
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t t = 0; t < s.height; ++t)
      for (index_t o = 0; o < width; ++o) {
        float sum = 0;
        for (index_t c = 0; c < inputs; ++c)
          sum += w.pixels()(o, c) * x.pixels()(n * s.height + t, c);
        for (index_t k = 0; k < width && t > 0; ++k)
          sum += v.pixels()(o, k) * a.pixels()(n * s.height + t - 1, k);
        a.mutable_pixels()(n * s.height + t, o) = sum;
      }
  return a;
}

}  // namespace

TEST_CASE("a recurrent adds the products of its input and of its own results", "[network]") {
  for (const index_t steps : {1, 2, 5}) {
    INFO(steps << " steps");
    const image_tensor<float> x = numbers({4, steps, 1, inputs}, 3);
    const image_tensor<float> expected = sums_of(x);
    const block all = make(true), last = make(false);
    REQUIRE(all.output_shape(x.shape()) == expected.shape());
    auto of_all = all.workspace(x.shape());
    auto of_last = last.workspace(x.shape());
    image_tensor<float> y(expected.shape()), z({4, 1, 1, width});
    all(x.view(), of_all, y);
    last(x.view(), of_last, z);
    CHECK(y.pixels() == expected.pixels());
    floats_and_signs both({4, 1, 1, width});
    last(x.view(), of_last, both);
    CHECK(both.floats.pixels() == z.pixels());
    for (index_t n = 0; n < 4; ++n)
      for (index_t o = 0; o < width; ++o) {
        CHECK(z.pixels()(n, o) == expected.pixels()(n * steps + steps - 1, o));
        CHECK(both.signs.pixels().code(n, o) == (z.pixels()(n, o) < 0 ? 0 : 1));
      }
  }
}

TEST_CASE("the steps of a recurrent are seen one by one", "[network]") {
  const image_tensor<float> x = numbers({2, 3, 1, inputs}, 4);
  const sequential<block> net(make(false));
  std::vector<std::string> places;
  observe(net, x.view(),
          [&](const layer_record& record) { places.push_back(record.place + " " + record.name); });
  const std::string product = std::string(" ") + layer::float_conv2d::name;
  CHECK(places == std::vector<std::string>{"0.input" + product, "0.1" + product, "0.2" + product,
                                           "0 recurrent"});
}

TEST_CASE("files hold a recurrent with its two layers", "[network]") {
  const image_tensor<float> x = numbers({2, 4, 1, inputs}, 5);
  for (const bool all_steps : {false, true}) {
    const block net = make(all_steps);
    const auto file = save(net);
    const auto again = load<block>(file);
    REQUIRE(again);
    CHECK(again->all_steps() == all_steps);
    CHECK(save(*again) == file);
    auto work = again->workspace(x.shape());
    image_tensor<float> y(again->output_shape(x.shape()));
    (*again)(x.view(), work, y);
    const image_tensor<float> sums = sums_of(x);
    CHECK(y.pixels()(y.shape().pixels() - 1, 0) == sums.pixels()(7, 0));
  }
  const auto other = load<sequential<layer::float_conv2d>>(save(make(true)));
  CHECK_FALSE(other);
}

TEST_CASE("recurrents that cannot be are refused", "[network]") {
  const block net = make(false);
  CHECK(error_of([&] {
          static_cast<void>(net.workspace({2, 4, 2, inputs}));
        }) ==
        "recurrent: images of 4x2: a sequence is an image of one column, with a row per step");
  CHECK(error_of([&] {
          static_cast<void>(net.workspace({2, 0, 1, inputs}));
        }) ==
        "recurrent: images of 0x1: a sequence is an image of one column, with a row per step");
  const block narrow(dense(inputs, width, 1), dense(width, width + 1, 2));
  CHECK(error_of([&] {
          static_cast<void>(narrow.workspace({2, 4, 1, inputs}));
        }).find("recurrent: ") == 0);
  auto work = make(false).workspace({2, 4, 1, inputs});
  const image_tensor<float> x = numbers({2, 4, 1, inputs}, 6);
  image_tensor<float> y({2, 1, 1, width});
  CHECK(error_of([&] { net(x.view(), work, y); }).find("that another layer made") !=
        std::string::npos);
  auto own = net.workspace({2, 4, 1, inputs});
  image_tensor<float> all({2, 4, 1, width});
  CHECK(error_of([&] { net(x.view(), own, all); }).find("recurrent") == 0);
  CHECK(own.bytes() > 0);
  CHECK(net.bytes() > 0);
}

}  // namespace test_recurrent
