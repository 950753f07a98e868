// lowbit/nn/state.hpp – what a layer remembers beside its parameters, as a row of numbers.
//
// A checkpoint is the parameters' values and this row: running averages, averaged levels, whether numbers have started,
// the position in a random stream. Every layer appends its numbers (write_state) and takes as many from the front
// (read_state). Doubles hold floats and counts below 2^53 exactly.
#ifndef LOWBIT_NN_STATE_HPP
#define LOWBIT_NN_STATE_HPP

#include <span>

#include "lowbit/core/error.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// The next number. Errors: there is none.
[[nodiscard]] inline double take_state(std::span<const double>& from) {
  if (from.empty()) fail("nn::read_state: the state ends early: it belongs to another network");
  const double number = from.front();
  from = from.subspan(1);
  return number;
}

/// A count. Errors: no integer from 0 to 2^53.
[[nodiscard]] inline double take_count(std::span<const double>& from) {
  const double count = take_state(from);
  if (!(count >= 0 && count <= 0x1p53))
    fail("nn::read_state: %g stands where a count should be", count);
  return count;
}

}  // namespace detail::nn
LOWBIT_END

#endif
