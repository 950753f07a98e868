// lowbit/executor/executor.hpp – what runs the parts of an operation.
//
// lowbit starts no thread of its own. An operation is cut into parts that share nothing (product/partition.hpp for
// products), and an executor runs them. The default, serial_executor, runs one after the other. Others use OpenMP
// (executor/openmp.hpp), TBB (executor/tbb.hpp), or a pool of the program:
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
// The bytes of the result do not depend on the executor. Every part owns its elements, and the order of additions
// within an element is fixed. parallel_for must return only when all calls have returned. An f that throws may end the
// program; the parts of lowbit's operations never throw.
#ifndef LOWBIT_EXECUTOR_EXECUTOR_HPP
#define LOWBIT_EXECUTOR_EXECUTOR_HPP

#include <concepts>

#include "lowbit/core/checked.hpp"

LOWBIT_BEGIN

/// Runs independent calls: parallel_for(n, f) calls f(0) ... f(n - 1), each once, and returns after the
/// last; concurrency() says how many may run at a time. Less than 1 is taken as 1.
template <class T>
concept executor = requires(const T& where, index_t n, void (*f)(index_t)) {
  { where.concurrency() }
  noexcept->std::convertible_to<index_t>;
  where.parallel_for(n, f);
};

/// The caller's thread, in order.
struct serial_executor {
  [[nodiscard]] static constexpr index_t concurrency() noexcept { return 1; }
  template <class F>
  static void parallel_for(index_t n, const F& f) {
    for (index_t i = 0; i < n; ++i) f(i);
  }
};

namespace detail {

/// Base of executors that add something to another executor, of which they keep a copy.
template <executor Executor>
class runs_on {
 public:
  constexpr explicit runs_on(Executor executor) : executor_(executor) {}

  [[nodiscard]] constexpr index_t concurrency() const noexcept {
    return static_cast<index_t>(executor_.concurrency());
  }
  template <class F>
  void parallel_for(index_t n, const F& f) const {
    executor_.parallel_for(n, f);
  }

 protected:
  Executor executor_;
};

/// concurrency() as a number to divide work by: 1 to 65536.
template <executor Executor>
[[nodiscard]] index_t threads_of(const Executor& where) noexcept {
  const auto threads = static_cast<index_t>(where.concurrency());
  return threads < 1 ? 1 : min_of(threads, index_t{1} << 16);
}

/// Where share `i` of n things begins that are cut into `shares` shares: n * i / shares, without that product.
[[nodiscard]] constexpr index_t share_begin(index_t n, index_t i, index_t shares) noexcept {
  return n / shares * i + n % shares * i / shares;
}

}  // namespace detail

LOWBIT_END

#endif
