// lowbit/encoding/levels.hpp – from a code to the float that it stands for.
//
// Levels turn codes into floats. They have one of three forms, and the encoding says which:
//
//     affine             scale * value(code) + offset            codes that stand for integers
//     plane_levels<M>    sum over planes of a_p * (+-1 or 0/1)   planes<M>: one float per plane
//     level_table<K>     table[code]                             codebook<K>: one float per code
//
// float_of() is the only place that computes them. decode(), quantized_matrix and the tests of products all
// call it.
#ifndef LOWBIT_ENCODING_LEVELS_HPP
#define LOWBIT_ENCODING_LEVELS_HPP

#include <array>
#include <cstring>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/encoding/encoding.hpp"
#include "lowbit/encoding/format.hpp"

namespace lowbit {

/// float = sum over p of coefficient[p] * (value of plane p's bit).
template <int M>
struct plane_levels {
  std::array<float, static_cast<std::size_t>(M)> coefficient{};
};

/// float = table[code].
template <int K>
struct level_table {
  std::array<float, std::size_t{1} << K> table{};
};

}  // namespace lowbit

LOWBIT_BEGIN

namespace detail::encoding {

/// The largest magnitude of `count` floats that begin at `floats`; NaN if one is.
[[nodiscard]] inline float largest_magnitude(const std::byte* floats, index_t count) noexcept {
  float largest = 0;
  for (index_t i = 0; i < count; ++i) {
    float x;
    std::memcpy(&x, floats + i * index_t{sizeof x}, sizeof x);
    if (!(magnitude(x) <= largest)) largest = magnitude(x);
  }
  return largest;
}

template <class E>
struct level_type {
  using type = affine;
};
template <multi_plane_code E>
struct level_type<E> {
  using type = plane_levels<E::plane_count>;
};
template <indexed_code E>
struct level_type<E> {
  using type = typename E::levels;
};

/// Rounded to float; beyond the largest floats one of these.
[[nodiscard]] LOWBIT_INLINE constexpr float clipped(double sum) noexcept {
  constexpr double most = 0x1.fffffep127;
  return static_cast<float>(sum > most ? most : sum < -most ? -most : sum);
}

}  // namespace detail::encoding

/// What turns the codes of E into floats.
template <packable E>
using levels_of = typename detail::encoding::level_type<E>::type;

/// float(double(value) * double(scale) + double(offset)). The product is exact in double, so fused
/// multiply-add cannot change the result.
template <plane_code E>
[[nodiscard]] LOWBIT_INLINE constexpr float float_of(affine level, code_t code) noexcept {
  return static_cast<float>(static_cast<double>(value<E>(code)) * static_cast<double>(level.scale) +
                            static_cast<double>(level.offset));
}
/// The sum of coefficients times their planes' values, in double and in the order of the planes; the products are
/// exact. The sum is rounded once, and clipped to the largest floats.
template <multi_plane_code E>
[[nodiscard]] LOWBIT_INLINE constexpr float float_of(const plane_levels<E::plane_count>& levels,
                                                     code_t code) noexcept {
  double sum = 0;
  for (int p = 0; p < E::plane_count; ++p)
    sum += static_cast<double>(value<typename E::plane>(static_cast<code_t>(code >> p & 1))) *
           static_cast<double>(levels.coefficient[static_cast<std::size_t>(p)]);
  return detail::encoding::clipped(sum);
}
/// The table's entry.
template <indexed_code E>
[[nodiscard]] LOWBIT_INLINE constexpr float float_of(const typename E::levels& levels,
                                                     code_t code) noexcept {
  return levels.table[code];
}

/// The same where the format is a value: its levels as plain floats. They are {scale, offset}, a coefficient per plane,
/// or an entry per code.
[[nodiscard]] LOWBIT_INLINE constexpr float float_of(const code_format& format, const float* levels,
                                                     code_t code) noexcept {
  if (format.kind == code_kind::indices) return levels[code];
  if (format.kind == code_kind::integers)
    return static_cast<float>(static_cast<double>(format.value(code)) *
                                  static_cast<double>(levels[0]) +
                              static_cast<double>(levels[1]));
  double sum = 0;
  for (int p = 0; p < format.plane_count; ++p)
    sum += static_cast<double>(format.value(static_cast<code_t>(code >> p & 1))) *
           static_cast<double>(levels[p]);
  return detail::encoding::clipped(sum);
}
/// How many floats these are.
[[nodiscard]] LOWBIT_INLINE constexpr index_t level_floats(const code_format& format) noexcept {
  return format.kind == code_kind::integers ? 2 : format.part_count();
}

LOWBIT_END

#endif
