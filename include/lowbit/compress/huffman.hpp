// lowbit/compress/huffman.hpp – the Huffman code of some symbols, with words of at most 15 bits.
//
// Package-merge finds the lengths of fewest bits in all under a limit. Lengths that the limit does not touch cost as
// many bits as those of Huffman's own algorithm. Imagine coins of value 2^-1 ... 2^-limit, one of each per symbol, that
// cost the symbol's frequency. The cheapest coins of total value n - 1 have as many coins of a symbol as its word has
// bits. Pairs of coins of one value become packages among coins of twice the value. Cost: limit * n.
//
// The code itself is canonical (kernel/compressed/huffman.hpp), so only lengths are stored.
//
// Source: Larmore, Hirschberg, "A fast algorithm for optimal length-limited Huffman codes", J. ACM 37 (1990).
#ifndef LOWBIT_COMPRESS_HUFFMAN_HPP
#define LOWBIT_COMPRESS_HUFFMAN_HPP

#include <algorithm>
#include <vector>

#include "lowbit/kernel/compressed/huffman.hpp"
#include "lowbit/tensor/bit_writer.hpp"

LOWBIT_BEGIN
namespace compress {

/// How often each symbol 0 ... alphabet - 1 occurs. Errors: the alphabet is not 1 ... 256; a symbol is beyond the
/// alphabet.
[[nodiscard]] inline std::vector<std::uint64_t> frequencies(std::span<const code_t> symbols,
                                                            index_t alphabet) {
  if (alphabet < 1 || alphabet > static_cast<index_t>(detail::kernel::most_symbols))
    detail::fail("compress::frequencies: an alphabet of %td symbols: there must be 1 to %zu",
                 alphabet, detail::kernel::most_symbols);
  std::vector<std::uint64_t> count(static_cast<std::size_t>(alphabet));
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (symbols[i] >= alphabet)
      detail::fail("compress::frequencies: symbol %zu is %d: the alphabet has %td", i,
                   int{symbols[i]}, alphabet);
    ++count[symbols[i]];
  }
  return count;
}

/// Lengths of code words by symbol: 0 where the frequency is 0; 1 for a symbol alone. If no symbol occurs, symbol 0 has
/// length 1, so that there is a code. Errors: the alphabet is not 1 ... 256.
[[nodiscard]] inline std::vector<std::uint8_t> huffman_lengths(
    std::span<const std::uint64_t> frequency) {
  using namespace detail::kernel;
  if (frequency.empty() || frequency.size() > most_symbols)
    detail::fail("compress::huffman_lengths: an alphabet of %zu symbols: there must be 1 to %zu",
                 frequency.size(), most_symbols);
  std::vector<std::size_t> symbol;
  for (std::size_t s = 0; s < frequency.size(); ++s)
    if (frequency[s] > 0) symbol.push_back(s);
  std::vector<std::uint8_t> length(frequency.size());
  const std::size_t n = symbol.size();
  if (n < 2) {
    length[n == 0 ? 0 : symbol[0]] = 1;
    return length;
  }
  std::stable_sort(symbol.begin(), symbol.end(),
                   [&](std::size_t a, std::size_t b) { return frequency[a] < frequency[b]; });
  // Level by level from the smallest value: the costs of coins and packages in order, and which ones are coins.
  std::vector<std::vector<bool>> is_coin;
  std::vector<std::uint64_t> cost, packages;
  for (int level = 0; level < most_code_length; ++level) {
    packages.clear();
    for (std::size_t i = 0; i + 1 < cost.size(); i += 2) packages.push_back(cost[i] + cost[i + 1]);
    cost.clear();
    std::vector<bool> coins;
    for (std::size_t c = 0, p = 0; c < n || p < packages.size();) {
      const bool coin = p == packages.size() || (c < n && frequency[symbol[c]] <= packages[p]);
      cost.push_back(coin ? frequency[symbol[c++]] : packages[p++]);
      coins.push_back(coin);
    }
    is_coin.push_back(std::move(coins));
  }
  // The cheapest 2 n - 2 of the last level, and what their packages hold: on every level the first few.
  std::size_t taken = 2 * n - 2;
  for (std::size_t level = is_coin.size(); level-- > 0;) {
    std::size_t coins = 0;
    for (std::size_t i = 0; i < taken; ++i) coins += is_coin[level][i] ? 1u : 0u;
    for (std::size_t c = 0; c < coins; ++c) ++length[symbol[c]];
    taken = 2 * (taken - coins);
  }
  return length;
}

/// Bits of all symbols in words of these lengths.
[[nodiscard]] inline std::uint64_t huffman_bits(std::span<const std::uint64_t> frequency,
                                                std::span<const std::uint8_t> lengths) {
  if (frequency.size() != lengths.size())
    detail::fail("compress::huffman_bits: %zu frequencies, %zu lengths: one each", frequency.size(),
                 lengths.size());
  std::uint64_t bits = 0;
  for (std::size_t s = 0; s < lengths.size(); ++s) bits += frequency[s] * lengths[s];
  return bits;
}

/// The stream of some symbols in the canonical words of these lengths, a whole number of bytes. Errors: the lengths are
/// no code; a symbol has no word.
[[nodiscard]] inline std::vector<std::byte> huffman_encode(std::span<const code_t> symbols,
                                                           std::span<const std::uint8_t> lengths) {
  detail::core::fail_if(huffman_problem(lengths), "compress::huffman_encode");
  const detail::kernel::huffman_words code = detail::kernel::huffman_words_of(lengths);
  detail::tensor::bit_writer out;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const code_t s = symbols[i];
    if (code.length[s] == 0)
      detail::fail("compress::huffman_encode: symbol %zu is %d, which has no code word", i, int{s});
    out.put(code.word[s], code.length[s]);
  }
  return out.complete();
}

}  // namespace compress
LOWBIT_END

#endif
