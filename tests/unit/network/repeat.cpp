// network/repeat.hpp: depth at run time is the same layers one after the other; network/memory_plan.hpp: its one rule.
#include "lowbit/network/repeat.hpp"

#include "lowbit/network/flatten.hpp"
#include "lowbit/product/linear.hpp"
#include "support/convolutions.hpp"
#include "support/matchers.hpp"
#include "support/networks.hpp"

namespace test_repeat {

using namespace lowbit;

namespace {

using hidden = layer::conv2d_threshold<binary, binary>;

/// Layers of these widths, the first of which is that of the input.
std::vector<hidden> make_hidden(test::floats& n, const std::vector<index_t>& widths) {
  std::vector<hidden> layers;
  for (std::size_t i = 1; i < widths.size(); ++i)
    layers.push_back(layer::linear<binary>(n.bits({1, 1, widths[i], widths[i - 1]}).pixels(),
                                           test::make_thresholds(n, widths[i], 20)));
  return layers;
}

}  // namespace

TEST_CASE("a repeat is its layers, one after the other", "[network]") {
  for (const std::vector<index_t>& widths :
       {std::vector<index_t>{100, 70}, {70, 70, 70}, {100, 64, 70, 70, 70, 70, 3}}) {
    INFO(widths.size() - 1 << " layers");
    test::floats n{random_stream(90)};
    const auto x = n.bits({1, 1, 9, widths[0]}).pixels();
    const repeat<hidden> net(make_hidden(n, widths));
    // By hand, with the plain operation.
    packed_matrix<binary> expected = x;
    for (const hidden& l : net.layers())
      expected = linear<binary>(l.data().filters.pixels(), l.data().channels)(expected);
    auto work = net.workspace({9, 1, 1, widths[0]});
    packed_tensor<binary> y(work.output());
    for (const index_t threads : {1, 3}) {
      net(as_images(x.view()), work, y, on(isa::scalar{}, test::some_threads{threads}));
      CHECK(y.pixels() == expected);
    }
    CHECK(net.output_shape({9, 1, 1, widths[0]}) == tensor_shape{9, 1, 1, widths.back()});
  }
}

TEST_CASE("a repeat stands in a network, whose last layer reads its bits", "[network]") {
  test::floats n{random_stream(91)};
  const sequential net(repeat<hidden>(make_hidden(n, {40, 66, 66})),
                       layer::float_linear(n.images({10, 1, 1, 66}), n.many(10)));
  const auto x = n.bits({5, 1, 1, 40});
  auto work = net.workspace(x.shape());
  auto y = net.make_output(work);
  net(x.view(), work, y);
  packed_matrix<binary> bits = x.pixels();
  const auto& [deep, classes] = net.layers();
  for (const hidden& l : deep.layers())
    bits = linear<binary>(l.data().filters.pixels(), l.data().channels)(bits);
  const matrix_view<const float> rows(classes.data().weights.pixels().data(), 10, 66);
  CHECK(float_matmul(bits, rows, classes.data().bias) == y.pixels());
}

TEST_CASE("a repeat of residual blocks writes over its input where blocks may", "[network]") {
  test::floats n{random_stream(92)};
  using block = residual<test::bireal>;
  std::vector<block> blocks;
  for (const index_t size : {3, 3, 1, 3, 3})
    blocks.emplace_back(test::bireal(n.bits({20, size, size, 20}), square_window(size, 1, size / 2),
                                     {0.5f}, n.norm(20)));
  // The same blocks in a sequential, from numbers and their signs.
  const sequential front(
      layer::float_conv2d(n.images({20, 1, 1, 3}), square_window(1), n.norm(20)));
  const auto& [stem] = front.layers();
  const auto x = n.images({2, 5, 6, 3});
  const sequential by_type(stem, blocks[0], blocks[1], blocks[2], blocks[3], blocks[4]);
  const auto run = [&](const auto& net) {
    auto work = net.workspace(x.shape());
    auto y = net.make_output(work);
    net(x.view(), work, y);
    return y;
  };
  STATIC_REQUIRE(detail::network::effects_of<block>.can_overwrite_input);
  CHECK(run(sequential(stem, repeat<block>(blocks))).pixels() == run(by_type).pixels());
}

TEST_CASE("repeats that cannot be are refused", "[network]") {
  CHECK(test::error_of([] { repeat<hidden> net({}); }) ==
        "repeat: 0 layers: there must be at least one");
  test::floats n{random_stream(93)};
  std::vector<hidden> layers = make_hidden(n, {40, 50});
  layers.push_back(make_hidden(n, {60, 50})[0]);
  const repeat<hidden> net(layers);
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(net.workspace({1, 1, 1, 40}));
             }),
             ContainsSubstring("1x1x50 for 1 groups of 60 channels"));
  const repeat<hidden> one(make_hidden(n, {40, 50})), other(one.layers());
  auto work = one.workspace({1, 1, 1, 40});
  packed_tensor<binary> y({1, 1, 1, 50});
  CHECK_THAT(test::error_of([&] {
               other(n.bits({1, 1, 1, 40}).view(), work, y, on(isa::scalar{}));
             }),
             ContainsSubstring("repeat: images of 1x1x1x40 with a workspace that another layer"));
}

TEST_CASE("a value takes the memory of one that nobody reads any more", "[network]") {
  using detail::network::place;
  using detail::network::place_of;
  CHECK(place_of({}) == place::own);
  CHECK(place_of({.fits_two_back = true}) == place::two_back);
  CHECK(place_of({.fits_previous = true}) == place::own);
  CHECK(place_of({.fits_previous = true, .fits_two_back = true, .overwrites = true}) ==
        place::previous);
  CHECK(place_of({.overwrites = true}) == place::own);
  // Two back still is read, by a fused layer or because the previous value lies there.
  CHECK(place_of({.fits_two_back = true, .fused = true}) == place::own);
  CHECK(place_of({.fits_two_back = true, .of_previous = place::previous}) == place::own);
}

}  // namespace test_repeat
