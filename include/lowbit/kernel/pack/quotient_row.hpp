// lowbit/kernel/pack/quotient_row.hpp – the codes of a row of floats under a rounded quotient.
//
// A formula that keeps its promises for every float is slow. Its conversions and comparisons of denormals, infinities
// and NaN are made of integers. Otherwise a mode of the processor or -ffast-math would change them
// (core/float_bits.hpp). Rows seldom hold such floats. So each block of 64 is asked once, on its bits:
//
//     every float is zero or a normal number below limit()    conversions are exact in every mode, no quotient
//                                                             needs a clip: a third to a half of the instructions
//     else                                                    rounded_quotient::encode, one float after another
//
// Both have the same codes. The first loop is a vector loop per ISA, the second is one function for all.
#ifndef LOWBIT_KERNEL_PACK_QUOTIENT_ROW_HPP
#define LOWBIT_KERNEL_PACK_QUOTIENT_ROW_HPP

#include <cstring>

#include "lowbit/core/types.hpp"
#include "lowbit/quantize/integer_grid.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

template <class Quotient>
LOWBIT_NOINLINE_COLD void encode_one_by_one(const Quotient& q, const float* x,
                                            code_t* codes) noexcept {
  for (index_t i = 0; i < word_bits; ++i) codes[i] = q.encode(x[i]);
}

/// What encode_and_pack() calls: the codes of floats begin ... begin + count - 1, at most 64.
template <int K, class Rounding>
struct quotient_row {
  rounded_quotient<K, Rounding> q;
  const float* x;
  std::uint32_t limit = q.limit();

  LOWBIT_INLINE void operator()(index_t begin, index_t count, code_t* codes) const noexcept {
    if (count == word_bits) return encode_block(x + begin, codes);
    float last[word_bits] = {};
    code_t all[word_bits];
    std::memcpy(last, x + begin, static_cast<std::size_t>(count) * sizeof(float));
    encode_block(last, all);
    std::memcpy(codes, all, static_cast<std::size_t>(count));
  }

 private:
  LOWBIT_INLINE void encode_block(const float* block, code_t* codes) const noexcept {
    if (!quantizers::all_near(block, limit)) return encode_one_by_one(q, block, codes);
    double exact[word_bits];
    for (index_t i = 0; i < word_bits; ++i) exact[i] = static_cast<double>(block[i]);
    const auto local =
        q;  // codes are bytes, which may be anything's: no memory is read for q in the loop
    for (index_t i = 0; i < word_bits; ++i) codes[i] = local.encode_near(exact[i]);
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
