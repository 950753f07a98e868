// libFuzzer on load(): every input is a reason or a network that saves to the same bytes. Anything else ends
// the program; without exceptions that includes every error that an op would report.
//
// A checksum keeps a fuzzer out, so the mutator makes header and sums right again after most mutations. It begins with
// a network of every layer instead of a corpus.
#include <cstdlib>

#include "lowbit/compress/encode_rows.hpp"
#include "lowbit/compress/encode_sparse.hpp"
#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/io.hpp"
#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/layers/depth_to_space.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/network/layers/hashed_layers.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/layers/quantized_conv2d.hpp"
#include "lowbit/network/layers/row_coded_layers.hpp"
#include "lowbit/network/layers/sparse_layers.hpp"
#include "lowbit/network/layers/token_layers.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using namespace lowbit;
using bits = layer::conv2d_threshold<binary, binary, pad::plus_one>;
using first = layer::conv2d_threshold<unsigned_bits<8>, ternary>;
using float_epilogue = layer::conv2d_batch_norm<binary, binary>;
using float_part =
    sequential<layer::float_conv2d, layer::max_pool<image_tensor<float>>,
               residual<float_epilogue, sequential<layer::average_pool, layer::float_conv2d>>,
               residual<float_epilogue>, layer::global_average_pool,
               recurrent<layer::float_conv2d, layer::float_conv2d>, layer::signs>;
using network = sequential<layer::pixels, first, layer::max_pool<packed_tensor<binary>>, bits,
                           layer::float_linear>;

using any_codes =
    sequential<layer::encode, layer::quantized_conv2d, layer::max_pool<packed_tensor<any_encoding>>,
               layer::quantized_conv2d, layer::decode, layer::function, layer::depth_to_space>;

using of_tokens =
    sequential<layer::rms_norm, layer::bit_linear<>, layer::bit_linear<signed_bits<4>>>;

using compressed = sequential<layer::sparse_linear, layer::sparse_linear, layer::sparse_linear,
                              layer::hashed_linear, layer::row_coded_linear,
                              layer::row_coded_linear, layer::row_coded_linear>;

batch_norm norm(index_t n) {
  const std::vector<float> one(static_cast<std::size_t>(n), 1.0f);
  return {one, one, one, one, 1};
}
layer::float_conv2d float_conv(index_t out, index_t size, index_t in) {
  return layer::float_conv2d(image_tensor<float>({out, size, size, in}), square_window(size),
                             norm(out));
}
float_epilogue binary_conv(index_t out, index_t in, index_t stride) {
  return float_epilogue(packed_tensor<binary>({out, 3, 3, in}), square_window(3, stride, 1), {0.5f},
                        norm(out));
}
next_codes three_codes(const code_format& f) {
  const float from[] = {0.0f, 1.0f};
  const code_t codes[] = {3, 0, 1};
  return {f, {code_boundaries(from, codes, 0)}};
}
layer::quantized_conv2d any_conv(const code_format& weights, const code_levels& inputs, index_t out,
                                 index_t in, const next_codes& next) {
  quantized_conv2d_parameters p;
  p.filters = packed_tensor<any_encoding>(weights, {out, 3, 3, in});
  p.weights = {weights, 9, true, {}};
  p.weights.numbers.assign(static_cast<std::size_t>(out * in) * p.weights.set_size(), 0.5f);
  p.inputs = inputs;
  p.over = square_window(3, 1, 1);
  p.bn = norm(out);
  p.next = next;
  return layer::quantized_conv2d(p);
}
std::vector<std::byte> seed_of_any_codes() {
  const code_levels integers{format_of<ternary>(), 0, false, {0.5f, 0.25f}},
      table{format_of<codebook<2>>(), 0, false, {0.0f, 1.0f, 2.0f, 4.0f}};
  const next_codes first = three_codes(integers.format), second = three_codes(table.format);
  return save(any_codes(layer::encode({first, {2.0f, 1.0f}, {}}),
                        any_conv(format_of<binary>(), integers, 4, 2, first),
                        layer::max_pool<packed_tensor<any_encoding>>({square_window(2, 2), first}),
                        any_conv(format_of<planes<2>>(), integers, 3, 4, second),
                        layer::decode({table}),
                        layer::function({.which = layer::function::codes,
                                         .gamma = {},
                                         .beta = {},
                                         .zeta = {},
                                         .bn = {},
                                         .quantizer = first,
                                         .levels = integers}),
                        layer::depth_to_space({square_window(2, 2, 1)})));
}
layer::sparse_linear sparse(index_t rows, index_t cols, symbol_coding coding) {
  std::vector<code_t> codes(static_cast<std::size_t>(rows * cols));
  for (std::size_t i = 0; i < codes.size(); i += 1 + i % 7) codes[i] = static_cast<code_t>(i % 4);
  return layer::sparse_linear(
      compress::encode_sparse(rows, cols, codes, std::vector<float>{0, 1, -1, 2}, {0, coding, 30}),
      std::vector<float>(static_cast<std::size_t>(rows), 0.5f));
}
layer::row_coded_linear row_coded(index_t rows, index_t cols, row_code kind) {
  const int planes = kind == row_code::planes ? 2 : 0;
  const matrix<code_t> ones = [&] {
    matrix<code_t> all(rows, cols);
    for (index_t r = 0; r < rows; ++r)
      for (index_t c = 0; c < cols; ++c) all(r, c) = 1;
    return all;
  }();
  const auto n = static_cast<std::size_t>(rows);
  return layer::row_coded_linear(
      compress::encode_rows(kind, planes, ones.view(),
                            std::vector<float>(planes == 0 ? n : 2 * n, 0.5f)),
      std::vector<float>(n, 1.0f));
}
template <class E>
layer::bit_linear<E> bit_linear(index_t rows, index_t cols, std::vector<float> scales) {
  return layer::bit_linear<E>(typename layer::bit_linear<E>::parameters{
      packed_tensor<E>({rows, 1, 1, cols}), std::move(scales), norm(rows)});
}
std::vector<std::byte> seed_of_tokens() {
  return save(of_tokens(layer::rms_norm(lowbit::rms_norm{{1, 2, 0.5f}, 1e-5f}),
                        bit_linear<ternary>(5, 3, {0.5f}),
                        bit_linear<signed_bits<4>>(2, 5, {1, 0.25f})));
}
std::vector<std::byte> seed_of_compressed() {
  return save(compressed(sparse(7, 20, symbol_coding::raw), sparse(5, 7, symbol_coding::huffman),
                         sparse(3, 5, symbol_coding::rans),
                         layer::hashed_linear({2, 3, 1, {0.5f, 2.0f}}, {1.0f, 0.0f}),
                         row_coded(7, 2, row_code::planes), row_coded(3, 7, row_code::ternary),
                         row_coded(2, 3, row_code::three_of_four)));
}
std::vector<std::byte> seed_of(bool real) {
  if (real)
    return save(float_part(
        float_conv(3, 2, 1), layer::max_pool<image_tensor<float>>({square_window(2)}),
        residual(binary_conv(5, 3, 2),
                 sequential(layer::average_pool({square_window(2, 2)}), float_conv(5, 1, 3))),
        residual(binary_conv(5, 5, 1)), layer::global_average_pool(),
        recurrent(float_conv(4, 1, 5), float_conv(4, 1, 4), true), layer::signs()));
  return save(
      network(layer::pixels(),
              first(packed_tensor<ternary>({4, 3, 3, 1}), square_window(3, 1, 1), thresholds(4)),
              layer::max_pool<packed_tensor<binary>>({square_window(2, 2)}),
              bits(packed_tensor<binary>({6, 2, 2, 2}), square_window(2), thresholds(6), 2),
              layer::float_linear(image_tensor<float>({2, 1, 1, 6}), {0.0f, 1.0f})));
}

template <class Network>
void try_to_load(std::span<const std::byte> file) {
  const auto net = load<Network>(file);
  if (!net) {
    if (net.problem() == nullptr || net.place() > file.size()) std::abort();
    return;
  }
  const std::vector<std::byte> again = save(*net);
  if (again.size() != file.size() || std::memcmp(again.data(), file.data(), file.size()) != 0)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  try_to_load<network>(file);
  try_to_load<float_part>(file);
  try_to_load<any_codes>(file);
  try_to_load<compressed>(file);
  try_to_load<of_tokens>(file);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned salt) {
  using namespace lowbit::detail::io;
  static const std::vector<std::byte> seeds[5] = {
      seed_of(false), seed_of(true), seed_of_any_codes(), seed_of_compressed(), seed_of_tokens()};
  if (size < header_bytes || salt % 64 == 0) {
    const auto& seed = seeds[salt / 64 % 5];
    if (seed.size() > most) return LLVMFuzzerMutate(data, size, most);
    size = seed.size();
    std::memcpy(data, seed.data(), size);
  }
  if (salt % 16 == 1) return LLVMFuzzerMutate(data, size, most);
  size = header_bytes +
         LLVMFuzzerMutate(data + header_bytes, size - header_bytes, most - header_bytes);
  auto* const bytes = reinterpret_cast<std::byte*>(data);
  put_little(bytes + 16, size - header_bytes, 8);
  put_little(bytes + 24, crc32({bytes + header_bytes, size - header_bytes}), 4);
  put_little(bytes + 28, crc32({bytes, 28}), 4);
  return size;
}
