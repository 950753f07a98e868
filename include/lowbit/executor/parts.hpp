// lowbit/executor/parts.hpp – how many parts a piece of work is cut into, and how they are run.
//
// Waking a thread costs microseconds. Work that takes less stays on the caller's thread, so small images and short
// products are not slower with an executor.
//
//     for_each_part(where, parts, f)         f(part) for every part
//     for_each_share(where, n, cost, f)      f(first, end) for shares of n things that cost `cost` words each
#ifndef LOWBIT_EXECUTOR_PARTS_HPP
#define LOWBIT_EXECUTOR_PARTS_HPP

#include "lowbit/executor/executor.hpp"

LOWBIT_BEGIN
namespace detail::executors {

/// f(part) for every part. A single part runs on the caller's thread, because waking threads that have nothing to do
/// takes longer than a small piece of work.
template <executor Executor, class F>
void for_each_part(const Executor& where, index_t parts, const F& f) {
  if (parts == 1) return f(0);
  where.parallel_for(parts, f);
}

/// How many parts n things are worth that read or write `cost` words each: one, or one per thread.
template <executor Executor>
[[nodiscard]] index_t parts_worth(const Executor& where, index_t n, index_t cost) noexcept {
  constexpr index_t words_worth_a_thread = 1 << 15;
  const index_t threads = threads_of(where);
  return saturating_mul(n, cost) < 2 * words_worth_a_thread || n < threads ? 1 : threads;
}

/// f(first, end) for shares of n things, as many shares as the work is worth.
template <executor Executor, class F>
void for_each_share(const Executor& where, index_t n, index_t cost, const F& f) {
  const index_t parts = parts_worth(where, n, cost);
  for_each_part(where, parts,
                [&](index_t i) { f(share_begin(n, i, parts), share_begin(n, i + 1, parts)); });
}

}  // namespace detail::executors
LOWBIT_END

#endif
