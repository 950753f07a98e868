// Layers with compressed weights: in networks, against dense layers, in files, and what becomes of damaged files.
#include <cstring>

#include "lowbit/compress/encode_sparse.hpp"
#include "lowbit/io.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/network/layers/hashed_layers.hpp"
#include "lowbit/network/layers/sparse_layers.hpp"
#include "support/catch.hpp"
#include "support/convolutions.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/network_files.hpp"
#include "support/settings.hpp"

namespace test_compressed {

using namespace lowbit;

namespace {

using test::file;
using test::is_damage;
using test::refusal;
using test::repaired;
using network = sequential<layer::sparse_linear, layer::function, layer::sparse_linear>;

sparse_codebook_matrix random_weights(index_t rows, index_t cols, double share, int bits,
                                      std::optional<symbol_coding> coding, std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal;
  std::vector<float> codebook(std::size_t{1} << bits);
  for (std::size_t c = 1; c < codebook.size(); ++c) codebook[c] = normal(random);
  std::vector<code_t> codes;
  for (index_t i = 0; i < rows * cols; ++i)
    codes.push_back(std::generate_canonical<double, 32>(random) < share
                        ? static_cast<code_t>(1 + random() % (codebook.size() - 1))
                        : code_t{0});
  return compress::encode_sparse(rows, cols, codes, codebook, {0, coding, 100});
}
std::vector<float> numbers(index_t n, std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal;
  std::vector<float> out(static_cast<std::size_t>(n));
  for (float& x : out) x = normal(random);
  return out;
}
network make_network(symbol_coding coding) {
  layer::function::parameters relu;
  relu.which = layer::function::relu;
  return network(layer::sparse_linear(random_weights(20, 30, 0.2, 3, coding, 1), numbers(20, 2)),
                 layer::function(relu),
                 layer::sparse_linear(random_weights(4, 20, 0.5, 2, coding, 3), numbers(4, 4)));
}
constexpr symbol_coding codings[] = {symbol_coding::raw, symbol_coding::huffman,
                                     symbol_coding::rans};

}  // namespace

TEST_CASE("a sparse layer has the bits of a float layer with the decoded weights", "[io]") {
  INFO(test::reproduce());
  const auto w = random_weights(13, 3 * 4 * 5, 0.2, 4, {}, 10);
  const auto bias = numbers(13, 11);
  const layer::sparse_linear sparse(w, bias);
  const matrix<float> decoded = w.decoded();
  image_tensor<float> filters({13, 3, 4, 5});
  std::copy(decoded.data(), decoded.data() + 13 * 60, filters.mutable_pixels().data());
  const std::vector<float> zero(13, 0.0f), one(13, 1.0f);
  const layer::float_conv2d dense(filters, window{{3, 1, 1, 0, 0}, {4, 1, 1, 0, 0}},
                                  batch_norm(one, bias, zero, one, 0));
  for (const index_t images : {index_t{1}, index_t{3}, index_t{17}}) {
    const tensor_shape in{images, 3, 4, 5};
    const auto pixels = numbers(in.elements(), 12);
    for (const auto& x : {nhwc<const float>(pixels, in), nchw<const float>(pixels, in)}) {
      image_tensor<float> expected(dense.output_shape(in)), y(sparse.output_shape(in));
      REQUIRE(y.shape() == tensor_shape{images, 1, 1, 13});
      auto dense_work = dense.workspace(in);
      dense(x, dense_work, expected);
      auto work = sparse.workspace(in);
      test::on_every_isa([&](isa_tag auto isa) {
        sparse(x, work, y, on(isa));
        CHECK(std::memcmp(y.pixels().data(), expected.pixels().data(),
                          static_cast<std::size_t>(y.bytes())) == 0);
      });
    }
  }
}

TEST_CASE("networks with compressed layers are saved and loaded", "[io]") {
  for (const symbol_coding coding : codings) {
    const network net = make_network(coding);
    const file bytes = save(net);
    REQUIRE(refusal<network>(bytes).empty());
    const auto again = load<network>(bytes);
    const tensor_shape in{3, 1, 1, 30};
    const auto pixels = numbers(in.elements(), 20);
    const auto x = nhwc<const float>(pixels, in);
    auto work = net.workspace(in), work_again = again->workspace(in);
    auto y = net.make_output(work), z = again->make_output(work_again);
    net(x, work, y);
    const long before = test::allocations.calls;
    (*again)(x, work_again, z);
    CHECK(test::allocations.calls == before);  // none per call
    CHECK(y.pixels() == z.pixels());
  }
}

TEST_CASE("a sparse convolution has the bits of a float convolution with the decoded weights",
          "[io]") {
  INFO(test::reproduce());
  const window windows[] = {
      square_window(3, 1, 1), square_window(3, 2), {{2, 1, 2, 0, 3}, {5, 3, 1, 4, 1}}};
  for (const window& over : windows)
    for (const index_t channels : {index_t{1}, index_t{5}}) {
      const index_t depth = over.taps() * channels;
      const auto w = random_weights(7, depth, 0.4, 3, {}, static_cast<std::uint64_t>(depth));
      const auto bias = numbers(7, 21);
      const layer::sparse_conv2d sparse(w, bias, {over});
      const layer::hashed_conv2d hashed({7, depth, 3, numbers(9, 22)}, bias, {over});
      const std::vector<float> zero(7, 0.0f), one(7, 1.0f);
      const auto dense = [&](const matrix<float>& decoded) {
        image_tensor<float> filters({7, over.vertical.size, over.horizontal.size, channels});
        std::copy(decoded.data(), decoded.data() + 7 * depth, filters.mutable_pixels().data());
        return layer::float_conv2d(std::move(filters), over, batch_norm(one, bias, zero, one, 0));
      };
      const tensor_shape in{3, 6, 7, channels};
      const auto pixels = numbers(in.elements(), 23);
      const auto x = nhwc<const float>(pixels, in);
      const auto run = [&](const auto& made, const auto& where) {
        image_tensor<float> y(made.output_shape(in));
        auto work = made.workspace(in);
        made(x, work, y, where);
        return y;
      };
      const auto expected = run(dense(w.decoded()), serial_executor{});
      const auto expected_hashed = run(dense(hashed.weights().decoded()), serial_executor{});
      test::on_every_isa([&](auto tag) {
        INFO(tag.name << ", " << depth);
        CHECK(run(sparse, on(tag)).pixels() == expected.pixels());
        CHECK(run(hashed, on(tag, test::some_threads{2})).pixels() == expected_hashed.pixels());
      });
      const auto again = load<sequential<layer::sparse_conv2d>>(save(sequential(sparse)));
      REQUIRE(again);
      CHECK(std::get<0>(again->layers()).data().reads.over == over);
    }
  CHECK_THAT(test::error_of([] {
               layer::sparse_conv2d(random_weights(2, 10, 0.5, 2, {}, 1), numbers(2, 1),
                                    {square_window(3)});
             }),
             ContainsSubstring("weights of 10 inputs under a window of 3x3"));
}

TEST_CASE("files take the bytes of their parts", "[io]") {
  const auto w = random_weights(50, 200, 0.1, 4, symbol_coding::huffman, 30);
  const sequential<layer::sparse_linear> net(layer::sparse_linear(w, numbers(50, 31)));
  const auto &gaps = w.parts().gaps.parts(), &codes = w.parts().codes.parts();
  const auto streams = static_cast<index_t>(gaps.stream.size() + codes.stream.size());
  const index_t expected = 32 + 16 + 8   // header, sequential, name of the layer
                           + 12 + 2 * 5  // sizes, two descriptions
                           + gaps.table_bytes() + codes.table_bytes() + 15 * 4  // codebook
                           + 12 * w.panels() + streams                          // panels
                           + 8 + 50 * 4;                                        // biases
  CHECK(static_cast<index_t>(save(net).size()) == expected);
}

TEST_CASE("files of compressed layers survive truncation and damage", "[io]") {
  for (const symbol_coding coding : codings) {
    const file whole = save(make_network(coding));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const file cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK_FALSE(refusal<network>(cut).empty());
      const std::string why = refusal<network>(repaired(cut));
      CHECK_FALSE(why.empty());
      CHECK_FALSE(is_damage(why));
    }
    const random_stream random(9);
    index_t next = 0;
    for (int round = 0; round < 1500; ++round) {
      file bytes = whole;
      for (int flips = 0; flips <= round % 4; ++flips, next += 2)
        bytes[32 + random.bits(next) % (bytes.size() - 32)] ^=
            static_cast<std::byte>(1u << random.bits(next + 1) % 8);
      CHECK_FALSE(is_damage(refusal<network>(repaired(bytes))));
    }
    for (const std::uint64_t size : {0ull, ~0ull, 1ull << 15, 1ull << 31})
      for (std::size_t at = 32; at + 4 <= whole.size(); ++at) {
        file bytes = whole;
        detail::io::put_little(&bytes[at], size, 4);
        CHECK_FALSE(is_damage(refusal<network>(repaired(bytes))));
      }
  }
}

TEST_CASE("hashed layers are saved and loaded, and survive damage", "[io]") {
  using hashed = sequential<layer::hashed_linear, layer::hashed_linear>;
  const hashed net(layer::hashed_linear({12, 30, 7, numbers(25, 50)}, numbers(12, 51)),
                   layer::hashed_linear({4, 12, 0, numbers(9, 52)}, numbers(4, 54)));
  const file whole = save(net);
  // header, sequential; of each layer: name, sizes and seed, values, biases
  CHECK(whole.size() == 32 + 16 + 2 * (8 + 24 + 8 + 8) + 4 * (25 + 12 + 9 + 4));
  REQUIRE(refusal<hashed>(whole).empty());
  const auto again = load<hashed>(whole);
  const tensor_shape in{5, 2, 3, 5};
  const auto pixels = numbers(in.elements(), 53);
  const auto x = nchw<const float>(pixels, in);
  auto work = net.workspace(in), work_again = again->workspace(in);
  auto y = net.make_output(work), z = again->make_output(work_again);
  net(x, work, y);
  const long before = test::allocations.calls;
  (*again)(x, work_again, z);
  CHECK(test::allocations.calls == before);
  CHECK(y.pixels() == z.pixels());
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK_FALSE(refusal<hashed>(
                    repaired({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}))
                    .empty());
  const random_stream random(10);
  for (index_t round = 0; round < 1500; ++round) {
    file bytes = whole;
    bytes[32 + random.bits(2 * round) % (bytes.size() - 32)] ^=
        static_cast<std::byte>(1u << random.bits(2 * round + 1) % 8);
    CHECK_FALSE(is_damage(refusal<hashed>(repaired(bytes))));
  }
}

TEST_CASE("what is wrong with a compressed layer is said", "[io]") {
  using one = sequential<layer::sparse_linear>;
  const auto w = random_weights(6, 40, 0.3, 3, symbol_coding::raw, 40);
  const file whole = save(one(layer::sparse_linear(w, numbers(6, 41))));
  const auto changed = [&](std::size_t at, std::uint64_t n, std::size_t size) {
    file bytes = whole;
    detail::io::put_little(&bytes[32 + 24 + at], n, size);
    return refusal<one>(repaired(bytes));
  };
  CHECK_THAT(changed(4, 10, 4), ContainsSubstring("has an entry at position"));  // 10 columns
  CHECK_THAT(changed(0, 1u << 30, 4), ContainsSubstring("more panels than the file has"));
  CHECK_THAT(changed(8, 0, 4), ContainsSubstring("panels without rows"));
  CHECK_THAT(changed(12, 7, 1), ContainsSubstring("of a coding or of a width that does not exist"));
  CHECK_THAT(changed(13, 9, 1), ContainsSubstring("of a coding or of a width that does not exist"));
  CHECK_THAT(changed(15, 3, 2), ContainsSubstring("a model of symbols that makes no sense"));
  CHECK_THAT(changed(14, 9, 1), ContainsSubstring("only rANS has one"));
  CHECK_THAT(changed(22, 0x7fc00000u, 4), ContainsSubstring("code 1 stands for nan"));

  layer::sparse_linear::parameters p{w.parts(), numbers(5, 42)};
  CHECK_THAT(test::error_of([&] { layer::sparse_linear{p}; }),
             ContainsSubstring("layer::sparse_linear: 5 biases for 6 outputs"));
  const layer::sparse_linear layer(w, numbers(6, 43));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(layer.output_shape({1, 2, 3, 4}));
             }),
             ContainsSubstring("images of 2x3x4 for weights of 40 inputs"));
  auto work = layer.workspace({1, 1, 1, 40});
  image_tensor<float> y({2, 1, 1, 6});
  const std::vector<float> pixels(80);
  CHECK_THAT(test::error_of([&] {
               layer(nhwc<const float>(pixels, {2, 1, 1, 40}), work, y);
             }),
             ContainsSubstring("2 images of 1x1x40 with a workspace for 1 of 1x1x40"));
}

}  // namespace test_compressed
