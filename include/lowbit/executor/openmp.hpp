// lowbit/executor/openmp.hpp – the parts of an operation on OpenMP's threads.
//
//     #include <lowbit/executor/openmp.hpp>                       // g++ -fopenmp
//     auto c = lowbit::gemm(a, w, lowbit::openmp_executor{});     // omp_get_max_threads()
//     auto d = lowbit::gemm(a, w, lowbit::openmp_executor{4});    // four
//
// Short products are faster if threads wait actively between calls (OMP_WAIT_POLICY=active).
#ifndef LOWBIT_EXECUTOR_OPENMP_HPP
#define LOWBIT_EXECUTOR_OPENMP_HPP

#ifndef _OPENMP
#error "lowbit/executor/openmp.hpp: compile with OpenMP (g++ -fopenmp, CMake: OpenMP::OpenMP_CXX)"
#endif

#include <omp.h>

#include "lowbit/executor/shares.hpp"

LOWBIT_BEGIN

/// OpenMP threads. Inside a parallel region of the caller it is serial, as OpenMP is by default.
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
