#include <lowbit/compress/encode_sparse.hpp>
#include <lowbit/compress/file_parts.hpp>
#include <lowbit/network/layers/function_layer.hpp>

#include "support/catch.hpp"

namespace test_file_parts {

using namespace lowbit;

namespace {

/// Codes of 2 bits, an entry in ten.
sparse_codebook_matrix weights(index_t rows, index_t cols, int gap_bits, symbol_coding coding) {
  std::vector<code_t> codes(static_cast<std::size_t>(rows * cols));
  const random_stream random(7);
  for (std::size_t i = 0; i < codes.size(); ++i)
    if (const auto bits = random.bits(static_cast<index_t>(i)); bits % 10 == 0)
      codes[i] = static_cast<code_t>(1 + (bits >> 8) % 3);
  return compress::encode_sparse(rows, cols, codes, std::vector<float>{0, 1, 2, 3},
                                 {gap_bits, coding, 1000});
}

}  // namespace

TEST_CASE("every byte of a file is counted once") {
  layer::function::parameters relu;
  relu.which = layer::function::relu;
  for (const symbol_coding coding :
       {symbol_coding::raw, symbol_coding::huffman, symbol_coding::rans}) {
    const sequential net(
        layer::sparse_linear(weights(40, 200, 3, coding), std::vector<float>(40, 0.5f)),
        layer::function(relu),
        layer::hashed_linear({7, 40, 1, std::vector<float>(25, 1.0f)},
                             std::vector<float>(7, 0.25f)));
    const auto parts = compress::file_parts_of(net);
    CHECK(parts.total() == static_cast<index_t>(save(net).size()));
    CHECK(parts.biases == 4 * 47);
    CHECK(parts.codebooks == 4 * 3);
    CHECK(parts.values > 4 * 25);
    CHECK(parts.others ==
          static_cast<index_t>(save(layer::function(relu)).size() - detail::io::header_bytes));
    CHECK((parts.tables > 0) == (coding != symbol_coding::raw));
    CHECK(parts.fillers > 0);
  }
}

TEST_CASE("parts of fixed width by hand") {
  // Entries at 0, 9 and 10 of 12: gaps 1, 9, 1 in 3 bits take a filler. 4 entries of 3 and of 2 bits.
  const std::vector<code_t> codes{1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 0};
  const auto w = compress::encode_sparse(1, 12, codes, std::vector<float>{0, 1, 2, 3},
                                         {3, symbol_coding::raw, 1000});
  CHECK(w.entries() == 4);
  const sequential net(layer::sparse_linear(w, {0.5f}));
  const auto parts = compress::file_parts_of(net);
  CHECK(parts.indices + parts.values + parts.fillers == 2 + 1);  // 12 bits and 8 bits
  CHECK(parts.fillers == 0);                                     // a quarter of each, rounded down
  CHECK(parts.codebooks == 12);
  CHECK(parts.tables == 0);
  CHECK(parts.biases == 4);
  // The file's header, the list of layers, name, sizes, two descriptions, one panel, the count of biases.
  CHECK(parts.headers == 32 + 16 + 8 + 12 + 2 * 5 + 12 + 8);
  CHECK(parts.total() == static_cast<index_t>(save(net).size()));
}

}  // namespace test_file_parts
