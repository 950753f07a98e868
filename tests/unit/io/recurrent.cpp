// Recurrent layers and channels that become pixels: saved, loaded and damaged; no call allocates.
#include "lowbit/network/recurrent.hpp"

#include <cstring>
#include <string>

#include "lowbit/io.hpp"
#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/layers/depth_to_space.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "support/catch.hpp"
#include "support/network_files.hpp"
#include "support/networks.hpp"

namespace test_recurrent {

using namespace lowbit;
using test::file;
using test::is_damage;
using test::refusal;
using test::repaired;

namespace {

using product = sequential<layer::signs, layer::conv2d_batch_norm<binary, binary>>;
using block = recurrent<product, product>;
using network = sequential<block, layer::depth_to_space>;

constexpr tensor_shape images{3, 5, 1, 20};

product make_product(test::floats& n, index_t from, index_t to) {
  return product(layer::signs(),
                 layer::conv2d_batch_norm<binary, binary>(
                     n.bits({to, 1, 1, from}), window{}, n.many(to),
                     batch_norm(n.many(to), n.many(to), n.many(to),
                                std::vector<float>(static_cast<std::size_t>(to), 1.0f), 1e-5f)));
}
network make_network() {
  test::floats n{random_stream(41)};
  product of_input = make_product(n, 20, 70), of_state = make_product(n, 70, 70);
  return network(block(std::move(of_input), std::move(of_state), true),
                 layer::depth_to_space({{{2, 2}, {5, 5, 1, 1, 0}}}));
}

}  // namespace

TEST_CASE("recurrent layers are saved and loaded, and no call allocates", "[io]") {
  const network net = make_network();
  const file saved = save(net);
  REQUIRE(refusal<network>(saved).empty());
  const auto again = load<network>(saved);
  test::floats n{random_stream(42)};
  const auto x = n.images(images);
  auto work = net.workspace(images), other = again->workspace(images);
  auto y = net.make_output(work), z = again->make_output(other);
  CHECK(y.shape() == tensor_shape{3, 10, 4, 7});
  const long before = test::allocations.calls;
  net(x.view(), work, y, on(isa::scalar{}));
  (*again)(x.view(), other, z, on(isa::scalar{}));
  CHECK(test::allocations.calls == before);
  CHECK(y.pixels() == z.pixels());
}

TEST_CASE("files of recurrent layers survive truncation and damage", "[io]") {
  const file whole = save(make_network());
  // The flag is behind the name of the record, of which a file has eight letters.
  const auto with_flag = [&](int flag) {
    file bytes = whole;
    for (std::size_t i = 32; i + 8 < bytes.size(); ++i) {
      const std::string name = "recurren";
      if (std::memcmp(bytes.data() + i, name.data(), name.size()) != 0) continue;
      bytes[i + 8] = static_cast<std::byte>(flag);
      break;
    }
    return refusal<network>(repaired(bytes));
  };
  CHECK(with_flag(0).empty());
  CHECK(with_flag(1).empty());
  CHECK(with_flag(2) == "a recurrent of neither one step nor all");
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    const file cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_FALSE(refusal<network>(cut).empty());
    CHECK_FALSE(refusal<network>(repaired(cut)).empty());
  }
  const random_stream random(43);
  for (index_t round = 0; round < 300; ++round) {
    file bytes = whole;
    for (index_t flips = 0; flips <= round % 4; ++flips)
      bytes[32 + random.bits(8 * round + 2 * flips) % (bytes.size() - 32)] ^=
          static_cast<std::byte>(1u << random.bits(8 * round + 2 * flips + 1) % 8);
    CHECK_FALSE(is_damage(refusal<network>(repaired(bytes))));
  }
}

}  // namespace test_recurrent
