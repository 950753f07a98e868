// lowbit/executor/openmp.hpp – parts of a product on OpenMP's threads.
//
//     #include <lowbit/executor/openmp.hpp>                       // g++ -fopenmp
//     auto c = lowbit::gemm(a, w, lowbit::openmp_executor{});     // as many threads as OpenMP wants
//     auto d = lowbit::gemm(a, w, lowbit::openmp_executor{4});    // four
//
// Short products want threads that wait actively between calls (OMP_WAIT_POLICY=active).
#ifndef LOWBIT_EXECUTOR_OPENMP_HPP
#define LOWBIT_EXECUTOR_OPENMP_HPP

#ifndef _OPENMP
#error "lowbit/executor/openmp.hpp: compile with OpenMP (g++ -fopenmp, CMake: OpenMP::OpenMP_CXX)"
#endif

#include <omp.h>

#include <atomic>

#include "lowbit/executor/executor.hpp"

LOWBIT_BEGIN

namespace detail::executors {

/// Calls 0 ... n - 1, a share for each thread. A thread first takes its own, the same at every call: what it
/// read and wrote there the last time is in its own cache. Then it helps the others, so a slow core takes
/// fewer.
class shares {
 public:
  /// Threads beyond `most` begin with the share of another.
  shares(index_t n, index_t threads) noexcept : count_(threads < most ? threads : most) {
    for (index_t s = 0; s < count_; ++s) {
      share_[s].next.store(share_begin(n, s, count_), std::memory_order_relaxed);
      share_[s].end = share_begin(n, s + 1, count_);
    }
  }
  template <class F>
  void run(index_t thread, const F& f) {
    for (index_t s = 0; s < count_; ++s) {
      share& from = share_[(thread + s) % count_];
      while (from.next.load(std::memory_order_relaxed) < from.end) {
        const index_t i = from.next.fetch_add(1, std::memory_order_relaxed);
        if (i < from.end) f(i);
      }
    }
  }

 private:
  static constexpr index_t most = 64;
  struct alignas(64) share {
    std::atomic<index_t> next;
    index_t end;
  };
  index_t count_;
  share share_[most];
};

}  // namespace detail::executors

/// OpenMP threads. Inside a parallel region of the caller's it is serial, as OpenMP is by default.
class openmp_executor {
 public:
  /// `threads` of them; 0: omp_get_max_threads() at each call.
  explicit openmp_executor(int threads = 0) noexcept : threads_(threads) {}

  [[nodiscard]] index_t concurrency() const noexcept {
    return threads_ > 0 ? threads_ : omp_get_max_threads();
  }
  template <class F>
  void parallel_for(index_t n, const F& f) const {
    const int threads = static_cast<int>(concurrency());
    detail::executors::shares all(n, threads);
#pragma omp parallel num_threads(threads)
    all.run(omp_get_thread_num(), f);
  }

 private:
  int threads_;
};

LOWBIT_END

#endif
