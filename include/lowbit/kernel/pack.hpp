// lowbit/kernel/pack.hpp – from real numbers to codes to bit planes, 64 elements at a time.
//
// Two loops, and neither is written by hand for a quantizer:
//
//   1. codes[i] = q.encode(x[i]) for a block of 64: plain C++ inside a function with the ISA's target
//      attribute, so the compiler turns the one scalar formula into vectors;
//   2. 64 code bytes -> one word for each plane: bit i of plane p is bit p of byte i. One instruction
//      for each 32 or 64 bytes on AVX2 and AVX-512 (move or test byte masks), a multiplication for each
//      8 bytes elsewhere.
//
// The last block of a row is filled with zero codes, so the row's tail bits are zero.
#ifndef LOWBIT_KERNEL_PACK_HPP
#define LOWBIT_KERNEL_PACK_HPP

#include <cstring>

#include "lowbit/arch/isa.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/simd/byte_planes.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Where the planes of one row go: plane p of block b is words[p * plane_stride + b].
struct plane_words {
  word* words;
  index_t plane_stride;
};

/// codes[0 ... n) -> planes; n elements without gaps. Bytes hold valid codes.
template <class Simd>
LOWBIT_INLINE void pack_codes_body(const code_t* codes, index_t n, int planes, plane_words out) {
  index_t block = 0;
  for (; (block + 1) * word_bits <= n; ++block)
    for (int p = 0; p < planes; ++p)
      Simd::plane_of_bytes(codes + block * word_bits, p, out.words[p * out.plane_stride + block]);
  if (block * word_bits < n) {
    code_t last[word_bits] = {};
    std::memcpy(last, codes + block * word_bits, static_cast<std::size_t>(n - block * word_bits));
    for (int p = 0; p < planes; ++p)
      Simd::plane_of_bytes(last, p, out.words[p * out.plane_stride + block]);
  }
}

/// encode(i) for i in [0, n) -> planes. `encode` is called once an element, in order.
template <class Simd, class Encode>
LOWBIT_INLINE void encode_and_pack_body(Encode encode, index_t n, int planes, plane_words out) {
  code_t codes[word_bits];
  for (index_t begin = 0; begin < n; begin += word_bits) {
    if (n - begin >= word_bits) {
      for (index_t i = 0; i < word_bits; ++i) codes[i] = encode(begin + i);
    } else {
      for (index_t i = 0; i < word_bits; ++i)
        codes[i] = begin + i < n ? encode(begin + i) : code_t{0};
    }
    for (int p = 0; p < planes; ++p)
      Simd::plane_of_bytes(codes, p, out.words[p * out.plane_stride + begin / word_bits]);
  }
}

/// The formula of a deterministic quantizer on a row.
template <class Q>
struct encode_row {
  Q q;
  const float* x;
  LOWBIT_INLINE code_t operator()(index_t i) const noexcept { return q.encode(x[i]); }
};

/// The formula of a stochastic quantizer on a row with its uniforms.
template <class Q>
struct encode_row_with {
  Q q;
  const float* x;
  const float* u;
  LOWBIT_INLINE code_t operator()(index_t i) const noexcept { return q.encode(x[i], u[i]); }
};

inline void pack_codes(isa::scalar, const code_t* codes, index_t n, int planes, plane_words out) {
  pack_codes_body<simd::bytes>(codes, n, planes, out);
}
template <class Encode>
void encode_and_pack(isa::scalar, Encode encode, index_t n, int planes, plane_words out) {
  encode_and_pack_body<simd::bytes>(encode, n, planes, out);
}

#if LOWBIT_X86
LOWBIT_TARGET_AVX2 inline void pack_codes(isa::avx2, const code_t* codes, index_t n, int planes,
                                          plane_words out) {
  pack_codes_body<simd::bytes_avx2>(codes, n, planes, out);
}
template <class Encode>
LOWBIT_TARGET_AVX2 void encode_and_pack(isa::avx2, Encode encode, index_t n, int planes,
                                        plane_words out) {
  encode_and_pack_body<simd::bytes_avx2>(encode, n, planes, out);
}

LOWBIT_TARGET_AVX512BW inline void pack_codes(isa::avx512bw, const code_t* codes, index_t n,
                                              int planes, plane_words out) {
  pack_codes_body<simd::bytes_avx512bw>(codes, n, planes, out);
}
template <class Encode>
LOWBIT_TARGET_AVX512BW void encode_and_pack(isa::avx512bw, Encode encode, index_t n, int planes,
                                            plane_words out) {
  encode_and_pack_body<simd::bytes_avx512bw>(encode, n, planes, out);
}
#endif

}  // namespace detail::kernel
LOWBIT_END

#endif
