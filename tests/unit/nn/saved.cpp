// What deploy() makes of a network whose depth is known at run time is saved and loaded like every packed network.
#include <lowbit/io.hpp>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>

#include "numeric.hpp"
#include "support/kernels.hpp"
#include "support/mlp.hpp"

namespace test_saved {

namespace nn = lowbit::nn;
using lowbit::code_t;
using lowbit::index_t;

namespace {

/// A network of any state: forward passes move the running averages.
auto packed_mlp(const std::vector<index_t>& sizes, std::uint64_t seed) {
  auto net = test::make_mlp<test::binary_mlp>(sizes, seed);
  for (std::uint64_t i = 0; i < 3; ++i) net.forward(random_matrix(9, sizes[0], seed + i, 100));
  std::get<2>(net.layers()).bias().value = random_matrix(1, sizes.back(), seed);
  return nn::deploy(net);
}
using packed_type = decltype(packed_mlp({}, 0));

lowbit::image_tensor<code_t> random_pixels(index_t rows, index_t cols, std::uint64_t seed) {
  const lowbit::random_stream stream(seed);
  lowbit::image_tensor<code_t> m({rows, 1, 1, cols});
  for (index_t i = 0; i < rows * cols; ++i)
    m.mutable_pixels().data()[i] = static_cast<code_t>(stream.bits(i) & 255);
  return m;
}

std::string problem(std::span<const std::byte> file) {
  const auto net = lowbit::load<packed_type>(file);
  return net ? "" : net.problem();
}

}  // namespace

TEST_CASE("a deployed mlp is the same network behind save and load") {
  const std::uint64_t seed = 91;
  INFO("seed " << seed);
  for (const std::vector<index_t>& sizes :
       {std::vector<index_t>{6, 5, 4, 3}, {70, 65, 130, 64, 10}}) {
    const packed_type net = packed_mlp(sizes, seed);
    const std::vector<std::byte> file = lowbit::save(net);
    const auto again = lowbit::load<packed_type>(file);
    REQUIRE(again);
    CHECK(lowbit::save(*again) == file);
    CHECK(std::get<2>(again->layers()).layers().size() == sizes.size() - 3);
    CHECK(again->bytes() == net.bytes());
    const auto x = random_pixels(7, sizes[0], seed + 3);
    CHECK(nn::compare(nn::traced(net, x.view()), nn::traced(*again, x.view())).identical());
  }
}

TEST_CASE("what is no mlp is refused, with the reason") {
  const std::uint64_t seed = 92;
  INFO("seed " << seed);
  const packed_type net = packed_mlp({6, 5, 4, 3}, seed);
  const std::vector<std::byte> file = lowbit::save(net);
  for (std::size_t n = 0; n < file.size(); ++n) {
    INFO("the first " << n << " bytes");
    REQUIRE(problem(std::span(file).first(n)) != "");
  }
  // The same layers with another count of repeated ones.
  const auto file_of = [&](index_t count) {
    const auto& [pixels, first, hidden, last] = net.layers();
    lowbit::detail::io::writer to;
    to.constant("seq", 4);
    lowbit::detail::io::write(to, pixels);
    lowbit::detail::io::write(to, first);
    to.constant("repeat", count);
    lowbit::detail::io::write(to, hidden.layers()[0]);
    lowbit::detail::io::write(to, last);
    return to.complete();
  };
  CHECK(file_of(1) == file);
  CHECK(problem(file_of(0)) == "a repeat of no layers");
  CHECK(problem(file_of(-1)) == "more elements than the file has");
  CHECK(problem(file_of(1 << 20)) == "more elements than the file has");
  CHECK(problem(file_of(2)) ==
        "another layer, encoding or padding than the network's type has here");
}

}  // namespace test_saved
