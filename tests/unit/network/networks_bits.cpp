// A network on bits equals its layers written out, as networks.cpp has it for float shortcuts.
#include "lowbit/product/float_linear.hpp"
#include "support/convolutions.hpp"
#include "support/isas.hpp"
#include "support/networks.hpp"

namespace test_networks_bits {

using namespace lowbit;

namespace {

matrix<float> bits_by_hand(const test::bit_net& net, const image_tensor<code_t>& x) {
  const auto& [pixels, first, pool, second, third, classes] = net.layers();
  const auto bits = [](const auto& l, const auto& in) {
    const auto& own = l.data();
    using conv =
        std::conditional_t<std::same_as<std::remove_cvref_t<decltype(in)>, packed_tensor<binary>>,
                           conv2d<binary, binary, pad::plus_one>, conv2d<unsigned_bits<8>, binary>>;
    const conv sums_of(own.filters, own.over, own.groups);
    const auto sums = convolve(in, sums_of, on(any_isa(isa::scalar{})));
    packed_tensor<binary> out(sums_of.output_shape(in.shape()));
    for (index_t r = 0; r < sums.rows(); ++r)
      for (index_t c = 0; c < sums.cols(); ++c)
        out.mutable_pixels().set_code(r, c, l.data().channels(sums(r, c), c) ? 1 : 0);
    return out;
  };
  auto y = bits(first, pack<unsigned_bits<8>>(x.view()));
  y = bits(third, bits(second, max_pool(y.view(), pool.data().over)));
  const tensor_shape s = y.shape(), w = classes.data().weights.shape();
  const index_t depth = s.height * s.width * s.channels;
  matrix<float> out(s.batch, w.batch);
  for (index_t n = 0; n < s.batch; ++n) {
    std::vector<float> image;
    for (index_t i = 0; i < depth; ++i)
      image.push_back(
          y.code(n, i / s.channels / s.width, i / s.channels % s.width, i % s.channels) == 0
              ? -1.0f
              : 1.0f);
    for (index_t o = 0; o < w.batch; ++o) {
      const std::span<const float> row(classes.data().weights.pixels().data() + o * depth,
                                       image.size());
      out(n, o) =
          static_cast<float>(static_cast<double>(float_dot(row, image)) +
                             static_cast<double>(classes.data().bias[static_cast<std::size_t>(o)]));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a network on bits is its layers, one after the other", "[network]") {
  const auto net = test::make_bit_net();
  for (const index_t batch : {1, 2}) {
    const auto x = test::make_pixels({batch, 6, 8, 1});
    auto work = net.workspace(x.shape());
    auto y = net.make_output(work);
    const auto expected = bits_by_hand(net, x);
    test::on_every_isa([&](any_isa isa) {
      net(x.view(), work, y, on(isa));
      CHECK(y.pixels() == expected);
    });
  }
}

}  // namespace test_networks_bits
