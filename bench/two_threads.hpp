// The executor of the report's two-thread rows: OpenMP's, where the compiler has it.
#pragma once

#include "lowbit/executor/executor.hpp"
#if defined(_OPENMP)
#include "lowbit/executor/openmp.hpp"
#endif

namespace bench {

#if defined(_OPENMP)
inline constexpr bool has_threads = true;
using thread_executor = lowbit::openmp_executor;
#else
inline constexpr bool has_threads = false;
struct thread_executor : lowbit::serial_executor {
  explicit thread_executor(int) {}
};
#endif

/// Two threads; one if !has_threads.
[[nodiscard]] inline thread_executor two_threads() { return thread_executor(2); }

}  // namespace bench
