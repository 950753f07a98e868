// What deploy() makes of an mlp is saved and loaded like every packed network.
#include <lowbit/io.hpp>
#include <lowbit/nn/deployment/deploy_mlp.hpp>

#include "numeric.hpp"
#include "support/kernels.hpp"

namespace nn = lowbit::nn;
using lowbit::code_t;
using lowbit::index_t;

namespace {

/// A network of any state: forward passes move the running averages.
nn::packed_mlp packed_mlp(const std::vector<index_t>& sizes, std::uint64_t seed) {
  nn::binary_mlp net(sizes, seed);
  for (std::uint64_t i = 0; i < 3; ++i) net.forward(random_matrix(9, sizes[0], seed + i, 100));
  net.last().bias().value = random_matrix(1, sizes.back(), seed);
  return nn::deploy(net);
}

lowbit::matrix<code_t> random_pixels(index_t rows, index_t cols, std::uint64_t seed) {
  const lowbit::random_stream stream(seed);
  lowbit::matrix<code_t> m(rows, cols);
  for (index_t i = 0; i < rows * cols; ++i) m.data()[i] = static_cast<code_t>(stream.bits(i) & 255);
  return m;
}

std::string problem(std::span<const std::byte> file) {
  const auto net = lowbit::load<nn::packed_mlp>(file);
  return net ? "" : net.problem();
}

}  // namespace

TEST_CASE("a deployed mlp is the same network behind save and load") {
  const std::uint64_t seed = 91;
  INFO("seed " << seed);
  for (const std::vector<index_t>& sizes : {std::vector<index_t>{6, 5, 3}, {70, 65, 130, 64, 10}}) {
    const nn::packed_mlp net = packed_mlp(sizes, seed);
    const std::vector<std::byte> file = lowbit::save(net);
    const auto again = lowbit::load<nn::packed_mlp>(file);
    REQUIRE(again);
    CHECK(lowbit::save(*again) == file);
    CHECK(again->layers().size() == sizes.size() - 2);
    CHECK(again->bytes() == net.bytes());
    const auto x = random_pixels(7, sizes[0], seed + 3);
    CHECK(nn::compare(net.traced(x), again->traced(x)).identical());
  }
}

TEST_CASE("what is no mlp is refused, with the reason") {
  const std::uint64_t seed = 92;
  INFO("seed " << seed);
  const nn::packed_mlp net = packed_mlp({6, 5, 4, 3}, seed);
  const std::vector<std::byte> file = lowbit::save(net);
  for (std::size_t n = 0; n < file.size(); ++n) {
    INFO("the first " << n << " bytes");
    REQUIRE(problem(std::span(file).first(n)) != "");
  }
  // The same fields with one of them wrong: another network writes them.
  const auto file_of = [](const nn::packed_mlp::parameters& p) {
    lowbit::detail::io::writer to;
    to.record(nn::packed_mlp::name);
    nn::packed_mlp::parameters::fields(p, to);
    return to.complete();
  };
  nn::packed_mlp::parameters p = net.data();
  CHECK(file_of(p) == file);
  p.bias.pop_back();
  CHECK(problem(file_of(p)) == "2 biases for 3 classes: one each");
  p = net.data();
  p.layers[1].channels = lowbit::thresholds(5);
  CHECK(problem(file_of(p)) == "5 thresholds for 4 outputs: one each");
  p = net.data();
  p.layers.pop_back();
  CHECK(problem(file_of(p)) == "weights of 3x1x1x4 behind a layer of 5 outputs");
  p.layers.clear();
  CHECK(problem(file_of(p)) == "there is no binary layer");
}
