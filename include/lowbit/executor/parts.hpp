// lowbit/executor/parts.hpp – how many parts a piece of work is worth, and who runs them.
//
// A thread that has to wake up costs microseconds. Work that takes less stays on the caller's thread, so that
// small images and short products cost nothing for the executor that they are given.
#ifndef LOWBIT_EXECUTOR_PARTS_HPP
#define LOWBIT_EXECUTOR_PARTS_HPP

#include "lowbit/executor/executor.hpp"

LOWBIT_BEGIN
namespace detail::executors {

/// f(part) for every part; a single part on the caller's thread.
template <executor Executor, class F>
void in_parts(const Executor& where, index_t parts, const F& f) {
  if (parts == 1) return f(0);
  where.parallel_for(parts, f);
}

/// How many parts `rows` rows of `words` words each are worth: one, or one per thread.
template <executor Executor>
[[nodiscard]] index_t row_parts(const Executor& where, index_t rows, index_t words) noexcept {
  constexpr index_t words_worth_a_thread = 1 << 15;
  const index_t threads = threads_of(where);
  return saturating_mul(rows, words) < 2 * words_worth_a_thread || rows < threads ? 1 : threads;
}

}  // namespace detail::executors
LOWBIT_END

#endif
