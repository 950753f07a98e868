// lowbit/encoding/encoding.hpp – what a pattern of bits stands for.
//
// One idea serves every encoding: a code stands for an integer that is affine in its bits,
//
//     value(code) = offset + sum_i weight(i) * bit_i(code)
//
// with integer weights. The product of two such values is affine in the products of their bits. So a dot product of any
// two encodings is a sum of population counts of ANDed planes, plus sums that are known when packing.
// encoding/product_rule.hpp derives it. Scales are not part of an encoding; they are stored in quantized_matrix.
//
//     encoding          planes   value                            valid codes
//     binary            1        2b - 1                           0, 1
//     ternary           2        n - 2g   (n nonzero, g negative) 0 (0), 1 (+1), 3 (-1)
//     unsigned_bits<K>  K        sum 2^i b_i                      all
//     signed_bits<K>    K        two's complement                 all
//     bipolar_bits<K>   K        2c - (2^K - 1), odd integers     all
//     planes<M, kind>   M        M independent +-1 or 0/1 planes with float coefficients, which are stored in
//                                the tensor; multiplied plane by plane
//     codebook<K>       K        table[code], a table of floats in the tensor; multiplied entry by entry
//
// An encoding is an empty type: it touches no memory. Your own encoding needs name, plane_count, offset
// and weight(); valid() only if it excludes codes. It then packs and multiplies everywhere.
#ifndef LOWBIT_ENCODING_ENCODING_HPP
#define LOWBIT_ENCODING_ENCODING_HPP

#include <concepts>

#include "lowbit/core/types.hpp"

namespace lowbit {

/// What a bit of a single plane of `planes` stands for.
enum class plane_kind {
  bipolar,   ///< bit b stands for 2b - 1
  unipolar,  ///< bit b stands for b
};

}  // namespace lowbit

LOWBIT_BEGIN

/// Codes that are affine in their bits with integer weights: 1 to 8 planes, an offset, one weight per plane.
template <class E>
concept plane_code = requires(int i) {
  { E::plane_count } -> std::convertible_to<int>;
  { E::offset } -> std::convertible_to<int>;
  { E::weight(i) } -> std::same_as<int>;
}
&&(E::plane_count >= 1 && E::plane_count <= 8);

/// Codes of which each plane stands for an integer of its own: `E::plane` is the encoding of one plane.
template <class E>
concept multi_plane_code = plane_code<typename E::plane> && requires {
  { E::plane_count } -> std::convertible_to<int>;
  { E::name } -> std::convertible_to<const char*>;
};

/// Codes that are indices into a table of floats: `E::levels` is the table (encoding/levels.hpp).
template <class E>
concept indexed_code = requires {
  typename E::levels;
  { E::plane_count } -> std::convertible_to<int>;
  { E::name } -> std::convertible_to<const char*>;
};

/// What a packed tensor can hold.
template <class E>
concept packable = plane_code<E> || multi_plane_code<E> || indexed_code<E>;

/// The integer that a code stands for: offset + sum of the weights of its set bits.
template <plane_code E>
[[nodiscard]] LOWBIT_INLINE constexpr int value(code_t code) noexcept {
  int sum = E::offset;
  for (int i = 0; i < E::plane_count; ++i) sum += E::weight(i) * (code >> i & 1);
  return sum;
}

/// True if a tensor of E may hold this code. It has no bit above the planes, and no pattern that the encoding excludes
/// (ternary's "negative but zero").
template <packable E>
[[nodiscard]] LOWBIT_INLINE constexpr bool is_code(code_t code) noexcept {
  if constexpr (requires {
                  { E::valid(code) } -> std::same_as<bool>;
                })
    return E::valid(code);
  else
    return code >> E::plane_count == 0;
}

/// The smallest value over the valid codes.
template <plane_code E>
[[nodiscard]] constexpr int min_value() noexcept {
  int best = value<E>(0);
  for (int c = 0; c < 1 << E::plane_count; ++c)
    if (is_code<E>(static_cast<code_t>(c)) && value<E>(static_cast<code_t>(c)) < best)
      best = value<E>(static_cast<code_t>(c));
  return best;
}
/// The largest value over the valid codes.
template <plane_code E>
[[nodiscard]] constexpr int max_value() noexcept {
  int best = value<E>(0);
  for (int c = 0; c < 1 << E::plane_count; ++c)
    if (is_code<E>(static_cast<code_t>(c)) && value<E>(static_cast<code_t>(c)) > best)
      best = value<E>(static_cast<code_t>(c));
  return best;
}

LOWBIT_END

#endif
