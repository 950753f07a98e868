// Networks of quantizers as values in files: what is saved is loaded, and any damage is a reason or an equal network.
#include <cstring>

#include "lowbit/io.hpp"
#include "lowbit/network/build.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/half_wave.hpp"
#include "lowbit/quantize/methods/kmeans.hpp"
#include "lowbit/quantize/methods/lq_nets.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/network_files.hpp"
#include "support/quantized_layers.hpp"

namespace test_quantized {

using namespace lowbit;

namespace {

using test::file;
using test::is_damage;
using test::repaired;
using any_pool = layer::max_pool<packed_tensor<any_encoding>>;
using network = sequential<layer::encode, layer::quantized_conv2d, any_pool,
                           layer::quantized_conv2d, layer::decode, layer::float_conv2d>;

network make_network() {
  test::floats n{random_stream(21)};
  const auto first = n.many(7 * 9 * 2), second = n.many(5 * 7 * 4), last = n.many(3 * 5);
  conv2d_arrays a;
  a.weights = first;
  a.inputs = 2;
  a.outputs = 7;
  a.over = square_window(3, 1, 1);
  conv2d_arrays b;
  b.weights = second;
  b.inputs = 7;
  b.outputs = 5;
  b.over = square_window(2);
  conv2d_arrays c;
  c.weights = last;
  c.inputs = 5;
  c.outputs = 3;
  const half_wave_table<2> table;
  const dorefa_activation<3> uniform;
  const any_quantizer sums = lq_activation<2>{}.fit(n.many(100));
  const std::vector<float> mean{0.5f, 0.25f}, std{2.0f, 0.5f};
  return network(
      build_encode(table, {mean, std}, 2),
      build_conv2d(a, {twn<>{}, per::group<4>, input_levels(table), codes_of(uniform), {}}),
      any_pool({square_window(2, 2), codes_of(uniform)}),
      build_conv2d(b, {kmeans<2>{}, per::row, input_levels(uniform), codes_of(sums), {}}),
      layer::decode({input_levels(sums)}), build_float_conv2d(c));
}

/// Groups of channels and parts of filters are kept as products of their own.
template <class Network>
std::string refusal(const file& bytes) {
  return test::refusal<Network>(bytes, 4096);
}

}  // namespace

TEST_CASE("networks of quantizers as values are saved and loaded", "[io]") {
  const network net = make_network();
  const file bytes = save(net);
  REQUIRE(refusal<network>(bytes).empty());
  const auto again = load<network>(bytes);
  test::floats n{random_stream(22)};
  const auto images = n.images({2, 4, 4, 2});
  auto work = net.workspace(images.shape());
  auto work_again = again->workspace(images.shape());
  auto y = net.make_output(work), z = again->make_output(work_again);
  net(images.view(), work, y);
  const long before = test::allocations.calls;
  (*again)(images.view(), work_again, z);
  CHECK(test::allocations.calls == before);  // none per call
  CHECK(y.pixels() == z.pixels());
  CHECK(std::string(std::get<0>(again->layers()).data().codes.format.name) == "codebook");
  CHECK(std::string(std::get<1>(again->layers()).data().weights.format.name) == "ternary");
}

TEST_CASE("files of quantizers survive truncation and damage", "[io]") {
  const file whole = save(make_network());
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    const file cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_FALSE(refusal<network>(cut).empty());
    CHECK_FALSE(refusal<network>(repaired(cut)).empty());
  }
  const random_stream random(9);
  index_t next = 0;
  for (int round = 0; round < 400; ++round) {
    file bytes = whole;
    for (int flips = 0; flips <= round % 4; ++flips, next += 2)
      bytes[32 + random.bits(next) % (bytes.size() - 32)] ^=
          static_cast<std::byte>(1u << random.bits(next + 1) % 8);
    CHECK_FALSE(is_damage(refusal<network>(repaired(bytes))));
  }
  for (const std::uint64_t size :
       {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 31, std::uint64_t{1} << 62})
    for (std::size_t at = 32; at + 8 <= whole.size(); at += 8) {
      file bytes = whole;
      detail::io::put_little(&bytes[at], size, 8);
      CHECK_FALSE(is_damage(refusal<network>(repaired(bytes))));
    }
}

TEST_CASE("the bound on memory holds where parts cost the most", "[io]") {
  test::random_layers random{{random_stream(23)}};
  using one = sequential<layer::quantized_conv2d>;
  quantized_conv2d_parameters p;
  p.inputs = random.levels(format_of<binary>(), 1, 1, false, 0, 0);
  const auto refused = [&](const code_format& weights, index_t outputs, index_t depth,
                           index_t group) {
    p.filters = random.codes(weights, {outputs, 1, 1, depth});
    p.weights = random.levels(weights, outputs, depth, false, group, 0);
    p.bn = random.numbers.norm(outputs);
    if (const reason why = p.problem()) return std::string(why.text());
    return refusal<one>(save(one(layer::quantized_conv2d(p))));
  };
  CHECK(refused(format_of<codebook<8>>(), 1, 2000, 0).empty());
  CHECK(refused(format_of<binary>(), 1, 2000, 250).empty());
  CHECK(refused(format_of<binary>(), 16, 2000, 16).empty());
  CHECK_THAT(refused(format_of<binary>(), 1, 2000, 20),
             ContainsSubstring("too many parts for so few filters"));
  CHECK_THAT(refused(format_of<binary>(), 64, 2000, 5), ContainsSubstring("more than 128 groups"));
}

}  // namespace test_quantized
