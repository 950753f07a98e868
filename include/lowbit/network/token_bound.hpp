// lowbit/network/token_bound.hpp – how many tokens per second a machine can make at most.
//
// A language model that makes one token at a time reads all its weights for each. So the bytes of the weights, divided
// by what the machine reads per second, are a bound that no kernel can pass. It is easy to forget a part: the output
// head of a small model is as large as all its ternary weights.
//
//     const lowbit::token_costs most = lowbit::token_bound(model, {.bytes_per_second = 25e9});
//     for (const lowbit::token_part& p : most.parts) std::printf("%s: %.0f bytes\n", p.name, p.bytes);
//     std::printf("%.1f tokens/s\n", most.tokens_per_second);
//
//     blocks      hidden x (2 heads + 2 kv heads) x head size + 3 x hidden x intermediate, per block
//     head        vocabulary x hidden
//     cache       2 x kv heads x head size x context, per block: the keys and values of the tokens before
//
// Embeddings read one row per token, and norms a few numbers per channel: less than a thousandth.
#ifndef LOWBIT_NETWORK_TOKEN_BOUND_HPP
#define LOWBIT_NETWORK_TOKEN_BOUND_HPP

#include <array>

#include "lowbit/core/error.hpp"
#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// A decoder of grouped queries and of feed-forward layers with a gate, as numbers. Bits are what is stored per element.
struct decoder_shape {
  index_t blocks = 0, hidden = 0, intermediate = 0;
  index_t heads = 0, kv_heads = 0, head_size = 0;
  index_t vocabulary = 0;
  index_t context = 0;     ///< tokens before this one
  double weight_bits = 2;  ///< of the blocks
  double head_bits = 16;   ///< of the output head
  double cache_bits = 16;  ///< of keys and values
};

/// One thread or all: what it reads from memory, and the products of one weight and one activation that it makes.
struct token_machine {
  double bytes_per_second = 0;
  double products_per_second = 0;  ///< 0: not asked
};

/// A part of what one token reads.
struct token_part {
  const char* name;
  double bytes, products;
};

/// What one token costs at least.
struct token_costs {
  std::array<token_part, 3> parts;  ///< blocks, head, cache
  double bytes, products;           ///< of all parts
  double seconds, tokens_per_second;
};

/// The bound for one token. Errors: a size below 0; bits or rates that are not above 0 where something is read.
[[nodiscard]] inline token_costs token_bound(const decoder_shape& m, const token_machine& machine) {
  for (const index_t n : {m.blocks, m.hidden, m.intermediate, m.heads, m.kv_heads, m.head_size,
                          m.vocabulary, m.context})
    if (n < 0) detail::fail("token_bound: a size of %td: it must be at least 0", n);
  for (const double x : {m.weight_bits, m.head_bits, m.cache_bits, machine.bytes_per_second})
    if (!(x > 0)) detail::fail("token_bound: bits or bytes per second of %g: above 0", x);
  if (!(machine.products_per_second >= 0))
    detail::fail("token_bound: %g products per second: at least 0", machine.products_per_second);
  const auto number = [](index_t n) { return static_cast<double>(n); };
  const double each = number(m.hidden) * (2 * number(m.heads + m.kv_heads) * number(m.head_size) +
                                          3 * number(m.intermediate));
  const double weights = number(m.blocks) * each, head = number(m.vocabulary) * number(m.hidden);
  const double cached =
      2 * number(m.blocks) * number(m.kv_heads) * number(m.head_size) * number(m.context);
  // Each query head multiplies all keys, and its weights all values.
  const double attention =
      2 * number(m.blocks) * number(m.heads) * number(m.head_size) * number(m.context);
  token_costs out{{{{"blocks", weights * m.weight_bits / 8, weights},
                    {"head", head * m.head_bits / 8, head},
                    {"cache", cached * m.cache_bits / 8, attention}}},
                  0,
                  0,
                  0,
                  0};
  for (const token_part& p : out.parts) {
    out.bytes += p.bytes;
    out.products += p.products;
  }
  out.seconds = out.bytes / machine.bytes_per_second;
  const double computing =
      machine.products_per_second > 0 ? out.products / machine.products_per_second : 0;
  if (computing > out.seconds) out.seconds = computing;
  out.tokens_per_second = out.seconds > 0 ? 1 / out.seconds : 0;
  return out;
}

LOWBIT_END

#endif
