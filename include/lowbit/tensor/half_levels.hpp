// lowbit/tensor/half_levels.hpp – quantized matrices whose scales are numbers of binary16.
//
//     const auto w = lowbit::prepare(lowbit::with_half_levels(weights), lowbit::format_of<lowbit::signed_bits<8>>());
//
// A scale per 32 weights of two bits takes 1 bit per weight as a float and half a bit as binary16. prepare() stores scales
// in 16 bits where that changes none of them. So each must be 0 or a normal number of binary16, and offsets must be 0.
// Products are those of the rounded scales, to the bit.
#ifndef LOWBIT_TENSOR_HALF_LEVELS_HPP
#define LOWBIT_TENSOR_HALF_LEVELS_HPP

#include "lowbit/core/half.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"

LOWBIT_BEGIN

/// The same codes, with every scale, offset, coefficient and table entry rounded to binary16, ties to even. Cost: linear.
/// Allocates the result. Errors: a level from 65520 on, or NaN.
template <packable_or_any E>
[[nodiscard]] quantized_matrix<E> with_half_levels(const quantized_matrix<E>& m) {
  const index_t sets = (m.grain().shares_rows() ? 1 : m.rows()) * m.groups();
  buffer<float> numbers(sets * level_floats(m.codes().format()));
  const auto bytes = static_cast<std::size_t>(numbers.size()) * sizeof(float);
  if (bytes > 0) std::memcpy(numbers.data(), m.floats(), bytes);
  for (index_t i = 0; i < numbers.size(); ++i) {
    const float rounded = float_of_half(half_of(numbers[i]));
    if (!is_finite(rounded))
      detail::fail("with_half_levels: level %td is %g: binary16 ends at 65504", i,
                   static_cast<double>(numbers[i]));
    numbers[i] = rounded;
  }
  if constexpr (std::is_same_v<E, any_encoding>) {
    return {m.codes(), m.grain(), static_cast<buffer<float>&&>(numbers)};
  } else {
    buffer<levels_of<E>> levels(sets);
    if (bytes > 0) std::memcpy(static_cast<void*>(levels.data()), numbers.data(), bytes);
    return {m.codes(), m.grain(), static_cast<buffer<levels_of<E>>&&>(levels)};
  }
}

LOWBIT_END

#endif
