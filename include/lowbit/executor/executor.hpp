// lowbit/executor/executor.hpp – who runs the parts of a product.
//
// lowbit starts no thread of its own. A product is cut into parts that share nothing (ops/plan.hpp), and
// an executor runs them: one after the other (serial_executor, what every function takes when nothing is
// said), with OpenMP (executor/openmp.hpp), with TBB (executor/tbb.hpp), or on a pool that a program
// already has:
//
//     struct my_pool {
//       lowbit::index_t concurrency() const noexcept { return 4; }
//       template <class F>
//       void parallel_for(lowbit::index_t n, const F& f) const {
//         pool.run(n, f);  // f(0) ... f(n - 1), each once, in any order, on any thread
//       }
//       pool_type& pool;
//     };
//     auto c = lowbit::gemm(a, w, my_pool{pool});
//
// The bytes of the result do not depend on the executor: every part owns its elements, and integers have
// no rounding. parallel_for must return only when all calls have; an f that throws may end the program
// (the parts of a product never throw).
#ifndef LOWBIT_EXECUTOR_EXECUTOR_HPP
#define LOWBIT_EXECUTOR_EXECUTOR_HPP

#include <concepts>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// Runs independent calls: parallel_for(n, f) calls f(0) ... f(n - 1), each once, and returns after the
/// last; concurrency() >= 1 says how many may run at a time.
template <class T>
concept executor = requires(const T& on, index_t n, void (*f)(index_t)) {
  { on.concurrency() }
  noexcept->std::convertible_to<index_t>;
  on.parallel_for(n, f);
};

/// The caller's thread, in order.
struct serial_executor {
  [[nodiscard]] static constexpr index_t concurrency() noexcept { return 1; }
  template <class F>
  static void parallel_for(index_t n, const F& f) {
    for (index_t i = 0; i < n; ++i) f(i);
  }
};

LOWBIT_END

#endif
