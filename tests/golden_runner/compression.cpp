// Golden operations of compression: pruning, relative indices, the Huffman code.
#include "golden_case.hpp"
#include "lowbit/compress/huffman.hpp"
#include "lowbit/compress/pruning.hpp"
#include "lowbit/compress/relative_index.hpp"

namespace test_compression {

using namespace golden;
using namespace lowbit;

namespace {

void prune_weights(context& c) {
  auto w = floats<float>(c.in.at("w"));
  std::vector<std::uint8_t> kept(w.size(), 1);
  const auto by = compress::prune_by::threshold(c.param<float>("thr"));
  compress::prune(w, compress::prune_threshold(w, by), kept);
  c.out.set("w_new", w);
  c.out.set("mask", kept);
}

void relative_index(context& c) {
  const auto dense = floats<float>(c.in.at("dense"));
  std::vector<index_t> positions;
  for (std::size_t k = 0; k < dense.size(); ++k)
    if (dense[k] != 0) positions.push_back(static_cast<index_t>(k));
  const int bits = c.param<int>("bits");
  std::vector<code_t> stored;
  std::vector<index_t> gaps;
  std::vector<float> values;
  compress::for_each_gap(positions, bits, [&](code_t gap, index_t i) {
    stored.push_back(gap);
    gaps.push_back(index_t{gap} + 1);
    values.push_back(
        i < 0 ? 0 : dense[static_cast<std::size_t>(positions[static_cast<std::size_t>(i)])]);
  });
  c.out.set("stored", stored);
  c.out.set("gaps", gaps);
  c.out.set("values", values);

  if (relative_index_problem(stored, bits, static_cast<index_t>(dense.size())))
    c.failures.push_back("the gaps are refused");
  std::vector<float> decoded(dense.size());
  detail::kernel::for_each_position(stored, [&](index_t k, std::size_t entry) {
    decoded[static_cast<std::size_t>(k)] = values[entry];
  });
  if (decoded != dense) c.failures.push_back("the entries decode to other elements");
}

void huffman(context& c) {
  const auto frequency = floats<std::uint64_t>(c.in.at("freq"));
  const auto lengths = compress::huffman_lengths(frequency);
  if (huffman_problem(lengths)) c.failures.push_back("the lengths are no code");
  c.out.set("total_bits", static_cast<double>(compress::huffman_bits(frequency, lengths)));
}

const operations registered{
    {"huffman", huffman},
    {"prune", prune_weights},
    {"relative_index", relative_index},
};

}  // namespace

}  // namespace test_compression
