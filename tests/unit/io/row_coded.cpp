// Layers whose weights are codes with levels per row: against float layers, in files, and what becomes of damaged files.
#include "lowbit/compress/encode_rows.hpp"
#include "lowbit/compress/file_parts.hpp"
#include "lowbit/io.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/row_coded_layers.hpp"
#include "support/catch.hpp"
#include "support/convolutions.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/network_files.hpp"
#include "support/settings.hpp"

namespace test_row_coded {

using namespace lowbit;

namespace {

using test::file;
using test::is_damage;
using test::refusal;
using test::repaired;

std::vector<float> numbers(index_t n, std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal;
  std::vector<float> out(static_cast<std::size_t>(n));
  for (float& x : out) x = normal(random);
  return out;
}
row_coded_matrix random_weights(index_t rows, index_t cols, row_code kind, std::uint64_t salt) {
  const std::vector<float> w = numbers(rows * cols, salt);
  if (kind == row_code::three_of_four)
    return compress::encode_three_of_four({w.data(), rows, cols});
  const bool planes = kind == row_code::planes;
  matrix<code_t> codes(rows, cols);
  for (index_t i = 0; i < rows * cols; ++i) {
    const float x = w[static_cast<std::size_t>(i)];
    codes.data()[i] = static_cast<code_t>(planes ? (x < 0 ? 1 : 6) : x < -0.5f ? 3 : x > 0.5f);
  }
  return compress::encode_rows(kind, planes ? 3 : 0, codes.view(),
                               numbers(rows * (planes ? 3 : 1), salt + 1));
}
constexpr row_code kinds[] = {row_code::planes, row_code::ternary, row_code::three_of_four};
using network = sequential<layer::row_coded_conv2d, layer::row_coded_linear>;
network make_network(row_code kind) {
  return network(layer::row_coded_conv2d(random_weights(6, 9 * 3, kind, 1), numbers(6, 2),
                                         {square_window(3, 1, 1)}),
                 layer::row_coded_linear(random_weights(4, 5 * 5 * 6, kind, 3), numbers(4, 4)));
}

}  // namespace

TEST_CASE("layers of row codes have the bits of float layers with the decoded weights", "[io]") {
  INFO(test::reproduce());
  for (const row_code kind : kinds) {
    const window over = square_window(3, 1, 1);
    const auto w = random_weights(7, 9 * 3, kind, 11);
    const auto bias = numbers(7, 12);
    const layer::row_coded_conv2d made(w, bias, {over});
    const matrix<float> decoded = w.decoded();
    image_tensor<float> filters({7, 3, 3, 3});
    std::copy(decoded.data(), decoded.data() + 7 * 27, filters.mutable_pixels().data());
    const std::vector<float> zero(7, 0.0f), one(7, 1.0f);
    const layer::float_conv2d dense(filters, over, batch_norm(one, bias, zero, one, 0));
    const tensor_shape in{2, 5, 6, 3};
    const auto pixels = numbers(in.elements(), 13);
    for (const auto& x : {nhwc<const float>(pixels, in), nchw<const float>(pixels, in)}) {
      image_tensor<float> expected(dense.output_shape(in)), y(made.output_shape(in));
      auto dense_work = dense.workspace(in);
      dense(x, dense_work, expected);
      auto work = made.workspace(in);
      test::on_every_isa([&](isa_tag auto isa) {
        made(x, work, y, on(isa, test::some_threads{2}));
        CHECK(y.pixels() == expected.pixels());
      });
    }
  }
}

TEST_CASE("files of row codes take the bytes of their parts and load again", "[io]") {
  for (const row_code kind : kinds) {
    const network net = make_network(kind);
    const file whole = save(net);
    const auto& [first, second] = net.layers();
    // header, sequential; of each layer: name, sizes and kind, levels and symbols, biases; the window
    CHECK(static_cast<index_t>(whole.size()) ==
          32 + 16 + 2 * (8 + 10 + 8) + first.bytes() + second.bytes() + 80);
    const auto parts = compress::file_parts_of(net);
    CHECK(parts.total() == static_cast<index_t>(whole.size()));
    CHECK(parts.values ==
          static_cast<index_t>(first.weights().stream.size() + second.weights().stream.size()));
    REQUIRE(refusal<network>(whole).empty());
    const auto again = load<network>(whole);
    const tensor_shape in{3, 5, 5, 3};
    const auto pixels = numbers(in.elements(), 21);
    const auto x = nhwc<const float>(pixels, in);
    auto work = net.workspace(in), work_again = again->workspace(in);
    auto y = net.make_output(work), z = again->make_output(work_again);
    net(x, work, y);
    const long before = test::allocations.calls;
    (*again)(x, work_again, z);
    CHECK(test::allocations.calls == before);
    CHECK(y.pixels() == z.pixels());
  }
}

TEST_CASE("files of row codes survive truncation and damage", "[io]") {
  INFO(test::reproduce());
  for (const row_code kind : kinds) {
    const file whole = save(make_network(kind));
    for (std::size_t length = 0; length < whole.size(); ++length)
      CHECK_FALSE(refusal<network>(repaired({whole.begin(),
                                             whole.begin() + static_cast<std::ptrdiff_t>(length)}))
                      .empty());
    const random_stream random(test::seed());
    for (index_t round = 0; round < 1500; ++round) {
      file bytes = whole;
      bytes[32 + random.bits(2 * round) % (bytes.size() - 32)] ^=
          static_cast<std::byte>(1u << random.bits(2 * round + 1) % 8);
      CHECK_FALSE(is_damage(refusal<network>(repaired(bytes))));
    }
    for (const std::uint64_t size : {0ull, ~0ull, 1ull << 15, 1ull << 31})
      for (std::size_t at = 32; at + 4 <= whole.size(); ++at) {
        file bytes = whole;
        detail::io::put_little(&bytes[at], size, 4);
        CHECK_FALSE(is_damage(refusal<network>(repaired(bytes))));
      }
  }
  using one = sequential<layer::row_coded_linear>;
  const auto w = random_weights(2, 6, row_code::ternary, 31);
  const file whole = save(one(layer::row_coded_linear(w, numbers(2, 32))));
  const auto changed = [&](std::size_t at, std::uint64_t n, std::size_t size) {
    file bytes = whole;
    detail::io::put_little(&bytes[32 + 24 + at], n, size);
    return refusal<one>(repaired(bytes));
  };
  CHECK_THAT(changed(0, 1u << 30, 4), ContainsSubstring("more rows than the file has"));
  CHECK_THAT(changed(8, 3, 1), ContainsSubstring("makes no sense"));
  CHECK_THAT(changed(9, 1, 1), ContainsSubstring("1 planes"));
  CHECK_THAT(changed(18, 0xaaaa, 2), ContainsSubstring("row 0 has a symbol"));
}

}  // namespace test_row_coded
