// lowbit/executor/tbb.hpp – the parts of an operation on oneTBB's threads.
//
//     #include <lowbit/executor/tbb.hpp>                       // link TBB::tbb
//     auto c = lowbit::gemm(a, w, lowbit::tbb_executor{});
//
// It runs in the caller's arena, so tbb::task_arena and tbb::global_control limit it.
#ifndef LOWBIT_EXECUTOR_TBB_HPP
#define LOWBIT_EXECUTOR_TBB_HPP

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "lowbit/executor/executor.hpp"

LOWBIT_BEGIN

/// The threads of the current TBB arena; parts are stolen one by one.
struct tbb_executor {
  [[nodiscard]] static index_t concurrency() noexcept {
    return tbb::this_task_arena::max_concurrency();
  }
  template <class F>
  static void parallel_for(index_t n, const F& f) {
    tbb::parallel_for(
        tbb::blocked_range<index_t>(0, n, 1),
        [&](const tbb::blocked_range<index_t>& range) {
          for (index_t i = range.begin(); i < range.end(); ++i) f(i);
        },
        tbb::simple_partitioner{});
  }
};

LOWBIT_END

#endif
