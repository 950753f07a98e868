// lowbit/quantize/fit/in_blocks.hpp – one formula over a row, in blocks that compilers turn into vectors.
//
// At -O2 they vectorize loops of a constant length whose arrays cannot overlap. So a block of 64 numbers is copied to
// arrays of its own, computed there, and copied out. The last block is filled up with zeros. Outputs may therefore be
// inputs.
#ifndef LOWBIT_QUANTIZE_FIT_IN_BLOCKS_HPP
#define LOWBIT_QUANTIZE_FIT_IN_BLOCKS_HPP

#include <cstring>
#include <span>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

inline constexpr std::size_t block_length = 64;

/// f(first, count) for blocks of 64 and a shorter last one.
template <class F>
void for_each_block(std::size_t size, const F& f) {
  for (std::size_t first = 0; first < size; first += block_length)
    f(first, size - first < block_length ? size - first : block_length);
}

/// `count` numbers at `from`, then zeros.
template <class T>
void load_block(std::span<const T> from, std::size_t first, std::size_t count,
                T (&block)[block_length]) noexcept {
  if (count < block_length) std::memset(block, 0, sizeof block);
  std::memcpy(block, from.data() + first, count * sizeof(T));
}

/// out[i] = f(x[i]). The spans have one length.
template <class Out, class X, class F>
void in_blocks(std::span<Out> out, std::span<const X> x, const F& f) {
  for_each_block(x.size(), [&](std::size_t first, std::size_t count) {
    X block[block_length];
    Out results[block_length];
    load_block(x, first, count, block);
    for (std::size_t i = 0; i < block_length; ++i) results[i] = f(block[i]);
    std::memcpy(out.data() + first, results, count * sizeof(Out));
  });
}

/// out[i] = f(x[i], y[i]). The spans have one length.
template <class Out, class F>
void in_blocks(std::span<Out> out, std::span<const float> x, std::span<const float> y, const F& f) {
  for_each_block(x.size(), [&](std::size_t first, std::size_t count) {
    float left[block_length], right[block_length];
    Out results[block_length];
    load_block(x, first, count, left);
    load_block(y, first, count, right);
    for (std::size_t i = 0; i < block_length; ++i) results[i] = f(left[i], right[i]);
    std::memcpy(out.data() + first, results, count * sizeof(Out));
  });
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
