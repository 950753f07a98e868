// lowbit/kernel/pack/pack.hpp – from real numbers to codes to bit planes, 64 elements at a time.
//
// Three loops, and none is written for one quantizer:
//
//   compare_and_pack   where the bits are comparisons (quantize/comparing.hpp): the quantizer's planes()
//                      on 64 numbers at once. A plane is a word of compare masks; nothing is stored in
//                      between. Sign costs a load, a subtraction, a comparison and a mask for each 4, 8
//                      or 16 numbers (SSE2, AVX2, AVX-512): the input arrives more slowly than that.
//                      Staircases of 3 to 5 bits are searched in registers (simd/multi_thresholds.hpp).
//   encode_and_pack    any other quantizer: codes[i] = q.encode(x[i]) for a block of 64, plain C++ inside
//                      a function with the ISA's target attribute, so the compiler turns the one scalar
//                      formula into vectors. The 64 bytes stay in the first-level cache.
//   pack_codes         the second half of it: 64 code bytes -> one word for each plane, bit i of plane p
//                      is bit p of byte i. One shift and move a plane for each 16 or 32 bytes (SSE2,
//                      AVX2), one test for 64 (AVX-512), a multiplication for each 8 elsewhere.
//
// The last block of a row is filled up (with code 0, or its extra bits cleared), so the row's tail bits
// are zero. Rows are short: pack_codes_on(isa) looks the body up once for all of them. On isa::scalar
// comparing quantizers encode number by number too: the reference.
#ifndef LOWBIT_KERNEL_PACK_PACK_HPP
#define LOWBIT_KERNEL_PACK_PACK_HPP

#include <cstring>

#include "lowbit/core/bits.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/kernel/pack/quotient_row.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/simd/byte_planes.hpp"
#include "lowbit/simd/comparisons.hpp"
#include "lowbit/simd/multi_thresholds.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Where the planes of one row go: plane p of block b is words[p * plane_stride + b].
struct plane_words {
  word* words;
  index_t plane_stride;
};

/// One word of each plane out of 64 code bytes. The number of planes is a constant so that the loop
/// becomes straight code: the bytes are loaded once, masks and shifts are immediates.
template <class Bytes, int Planes>
LOWBIT_INLINE void pack_block(const code_t* codes, index_t block, plane_words out) {
  LOWBIT_UNROLL
  for (int p = 0; p < Planes; ++p)
    Bytes::plane_of_bytes(codes, p, out.words[p * out.plane_stride + block]);
}

/// The same for n <= 8 codes: the pixels of a first layer. No plane is made alone.
template <int Planes>
LOWBIT_INLINE void pack_few(const code_t* codes, index_t n, plane_words out) {
  word bytes = 0;
  for (index_t i = 0; i < n; ++i) bytes |= word{codes[i]} << 8 * i;
  const word planes = core::transpose_eight(bytes);
  LOWBIT_UNROLL
  for (int p = 0; p < Planes; ++p) out.words[p * out.plane_stride] = planes >> 8 * p & 255;
}

/// codes[0 ... n) -> planes; n elements without gaps. Bytes hold valid codes.
template <class Bytes, int Planes>
LOWBIT_INLINE void pack_codes_body(const code_t* codes, index_t n, plane_words out) {
  if constexpr (Planes > 2)
    if (n > 0 && n <= 8) return pack_few<Planes>(codes, n, out);
  index_t block = 0;
  for (; (block + 1) * word_bits <= n; ++block)
    pack_block<Bytes, Planes>(codes + block * word_bits, block, out);
  const index_t rest = n - block * word_bits;
  if (rest <= 0) return;
  const code_t* const part = codes + block * word_bits;
  if constexpr (requires(word w) { Bytes::plane_of_part(part, rest, 0, w); }) {
    LOWBIT_UNROLL
    for (int p = 0; p < Planes; ++p)
      Bytes::plane_of_part(part, rest, p, out.words[p * out.plane_stride + block]);
  } else {
    code_t last[word_bits] = {};
    std::memcpy(last, part, static_cast<std::size_t>(rest));
    pack_block<Bytes, Planes>(last, block, out);
  }
}

/// encode(begin, count, codes) writes the codes of elements begin ... begin + count - 1; it is called
/// for 64 at a time, in order, and once for the rest.
template <class Bytes, int Planes, class Encode>
LOWBIT_INLINE void encode_and_pack_body(const Encode& encode, index_t n, plane_words out) {
  code_t codes[word_bits];
  index_t block = 0;
  for (; (block + 1) * word_bits <= n; ++block) {
    encode(block * word_bits, word_bits, codes);
    pack_block<Bytes, Planes>(codes, block, out);
  }
  if (block * word_bits < n) {
    std::memset(codes, 0, sizeof codes);
    encode(block * word_bits, n - block * word_bits, codes);
    pack_block<Bytes, Planes>(codes, block, out);
  }
}

/// 64 numbers that answer a quantizer's comparisons, bit i for number i.
template <class Comparisons, class Staircases>
struct block_of_floats {
  using answer = word;
  const float* x;

  [[nodiscard]] LOWBIT_INLINE word negative() const noexcept {
    word bits;
    Comparisons::negative(x, bits);
    return bits;
  }
  [[nodiscard]] LOWBIT_INLINE word below(float bound) const noexcept {
    word bits;
    Comparisons::below(x, core::key_below_nan(bound), bits);
    return bits;
  }
  [[nodiscard]] LOWBIT_INLINE word above(float bound) const noexcept {
    return beyond(core::rising_key(bound));
  }
  [[nodiscard]] LOWBIT_INLINE word at_least(float bound) const noexcept {
    return beyond(core::rising_key(bound) - 1);
  }
  [[nodiscard]] LOWBIT_INLINE word beyond(std::int32_t key) const noexcept {
    word bits;
    Comparisons::beyond(x, key, bits);
    return bits;
  }
  template <class Stairs>
  [[nodiscard]] LOWBIT_INLINE auto search(const Stairs& stairs) const noexcept {
    constexpr bool in_registers = Stairs::bits >= 3 && Stairs::bits <= 5 &&
                                  !std::is_same_v<Staircases, simd::no_multi_thresholds>;
    if constexpr (in_registers) {
      std::array<word, static_cast<std::size_t>(Stairs::bits)> planes;
      Staircases::template search<Stairs::bits>(x, stairs.nodes.data(), stairs.codes.data(),
                                                planes.data());
      return planes;
    } else {
      return stairs.compare_all(*this);
    }
  }
};

/// x[0 ... n) -> planes, through the quantizer's comparisons.
template <class Comparisons, class Staircases = simd::no_multi_thresholds, comparing_quantizer Q>
LOWBIT_INLINE void compare_and_pack_body(const Q& q, const float* x, index_t n, plane_words out) {
  using floats = block_of_floats<Comparisons, Staircases>;
  index_t block = 0;
  for (; (block + 1) * word_bits <= n; ++block) {
    const auto planes = q.planes(floats{x + block * word_bits});
    for (std::size_t p = 0; p < planes.size(); ++p)
      out.words[static_cast<index_t>(p) * out.plane_stride + block] = planes[p];
  }
  const index_t rest = n - block * word_bits;
  if (rest > 0) {
    float last[word_bits] = {};
    std::memcpy(last, x + block * word_bits, static_cast<std::size_t>(rest) * sizeof(float));
    const auto planes = q.planes(floats{last});
    for (std::size_t p = 0; p < planes.size(); ++p)
      out.words[static_cast<index_t>(p) * out.plane_stride + block] =
          planes[p] & ((word{1} << rest) - 1);
  }
}

/// The formula of a deterministic quantizer on a row.
template <class Q>
struct encode_row {
  Q q;
  const float* x;
  LOWBIT_INLINE void operator()(index_t begin, index_t count, code_t* codes) const noexcept {
    for (index_t i = 0; i < count; ++i) codes[i] = lowbit::encode(q, x[begin + i]);
  }
};

template <class Q>
[[nodiscard]] LOWBIT_INLINE encode_row<Q> row_of(const Q& q, const float* x) noexcept {
  return {q, x};
}
template <int K, class Rounding>
[[nodiscard]] LOWBIT_INLINE quotient_row<K, Rounding> row_of(const rounded_quotient<K, Rounding>& q,
                                                             const float* x) noexcept {
  return {q, x};
}

/// The formula of a stochastic quantizer on a row whose element i uses number first + i of the stream.
template <class Q>
struct encode_row_with {
  Q q;
  const float* x;
  random_stream stream;
  index_t first;
  LOWBIT_INLINE void operator()(index_t begin, index_t count, code_t* codes) const noexcept {
    float u[word_bits];
    stream.uniforms(first + begin, u);
    for (index_t i = 0; i < count; ++i) codes[i] = q.encode(x[begin + i], u[i]);
  }
};

template <int Planes>
void pack_codes(isa::scalar, const code_t* codes, index_t n, plane_words out) {
  pack_codes_body<simd::bytes, Planes>(codes, n, out);
}
template <int Planes, class Encode>
void encode_and_pack(isa::scalar, const Encode& encode, index_t n, plane_words out) {
  encode_and_pack_body<simd::bytes, Planes>(encode, n, out);
}
template <comparing_quantizer Q>
void compare_and_pack(isa::scalar, const Q& q, const float* x, index_t n, plane_words out) {
  encode_and_pack<Q::encoding::plane_count>(isa::scalar{}, encode_row<Q>{q, x}, n, out);
}

template <comparing_quantizer Q>
void compare_and_pack(isa::portable, const Q& q, const float* x, index_t n, plane_words out) {
  if constexpr (std::is_same_v<simd::comparisons_portable, simd::no_comparisons>)
    compare_and_pack(isa::scalar{}, q, x, n, out);
  else
    compare_and_pack_body<simd::comparisons_portable>(q, x, n, out);
}

#if LOWBIT_X86
template <int Planes>
LOWBIT_TARGET_POPCNT void pack_codes(isa::popcnt, const code_t* codes, index_t n, plane_words out) {
  pack_codes_body<simd::bytes_sse2, Planes>(codes, n, out);
}
template <int Planes, class Encode>
LOWBIT_TARGET_POPCNT void encode_and_pack(isa::popcnt, const Encode& encode, index_t n,
                                          plane_words out) {
  encode_and_pack_body<simd::bytes_sse2, Planes>(encode, n, out);
}
template <comparing_quantizer Q>
LOWBIT_TARGET_POPCNT void compare_and_pack(isa::popcnt, const Q& q, const float* x, index_t n,
                                           plane_words out) {
  compare_and_pack_body<simd::comparisons_sse2>(q, x, n, out);
}

template <int Planes>
LOWBIT_TARGET_AVX2 void pack_codes(isa::avx2, const code_t* codes, index_t n, plane_words out) {
  pack_codes_body<simd::bytes_avx2, Planes>(codes, n, out);
}
template <int Planes, class Encode>
LOWBIT_TARGET_AVX2 void encode_and_pack(isa::avx2, const Encode& encode, index_t n,
                                        plane_words out) {
  encode_and_pack_body<simd::bytes_avx2, Planes>(encode, n, out);
}
template <comparing_quantizer Q>
LOWBIT_TARGET_AVX2 void compare_and_pack(isa::avx2, const Q& q, const float* x, index_t n,
                                         plane_words out) {
  compare_and_pack_body<simd::comparisons_avx2, simd::multi_thresholds_avx2>(q, x, n, out);
}

template <int Planes>
LOWBIT_TARGET_AVX512BW void pack_codes(isa::avx512bw, const code_t* codes, index_t n,
                                       plane_words out) {
  pack_codes_body<simd::bytes_avx512bw, Planes>(codes, n, out);
}
template <int Planes, class Encode>
LOWBIT_TARGET_AVX512BW void encode_and_pack(isa::avx512bw, const Encode& encode, index_t n,
                                            plane_words out) {
  encode_and_pack_body<simd::bytes_avx512bw, Planes>(encode, n, out);
}
template <comparing_quantizer Q>
LOWBIT_TARGET_AVX512BW void compare_and_pack(isa::avx512bw, const Q& q, const float* x, index_t n,
                                             plane_words out) {
  compare_and_pack_body<simd::comparisons_avx512bw, simd::multi_thresholds_avx512bw>(q, x, n, out);
}
#endif

using pack_codes_function = void (*)(const code_t* codes, index_t n, plane_words out);

/// The function that packs codes on an ISA.
template <int Planes, isa_tag Isa>
[[nodiscard]] pack_codes_function pack_codes_on(Isa isa) noexcept {
  return with_isa(isa, [](auto tag) -> pack_codes_function {
    return [](const code_t* codes, index_t n, plane_words out) {
      pack_codes<Planes>(decltype(tag){}, codes, n, out);
    };
  });
}

}  // namespace detail::kernel
LOWBIT_END

#endif
