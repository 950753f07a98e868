// executor/*.hpp: the same bytes from any executor, on every ISA, through every kind of epilogue.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

#include "lowbit/epilogue/affine.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/executor/shares.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/product/linear.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"

#ifdef LOWBIT_TEST_OPENMP
#include "lowbit/executor/openmp.hpp"
#endif
#ifdef LOWBIT_TEST_TBB
#include "lowbit/executor/tbb.hpp"
#endif

using namespace lowbit;

namespace {

struct says {
  index_t threads;
  [[nodiscard]] index_t concurrency() const noexcept { return threads; }
  template <class F>
  void parallel_for(index_t n, const F& f) const {
    for (index_t i = 0; i < n; ++i) f(i);
  }
};

bool same(const matrix<std::int32_t>& a, const matrix<std::int32_t>& b) {
  return std::equal(a.data(), a.data() + a.rows() * a.cols(), b.data());
}

/// What a user would write: one new thread a part, started in reverse order.
struct thread_each {
  static index_t concurrency() noexcept { return 3; }
  template <class F>
  static void parallel_for(index_t n, const F& f) {
    std::vector<std::thread> threads;
    for (index_t i = n; i-- > 0;) threads.emplace_back([&f, i] { f(i); });
    for (std::thread& thread : threads) thread.join();
  }
};

/// Any executor as one type, so that the products below are compiled once.
struct any_executor {
  index_t threads;
  std::function<void(index_t, const std::function<void(index_t)>&)> run;
  index_t concurrency() const noexcept { return threads; }
  template <class F>
  void parallel_for(index_t n, const F& f) const {
    run(n, [&f](index_t i) { f(i); });
  }
};

#ifdef LOWBIT_TEST_OPENMP
struct two_openmp_threads : openmp_executor {
  two_openmp_threads() : openmp_executor(2) {}
};
#endif

#ifdef LOWBIT_TEST_OPENMP
#define LOWBIT_TEST_WITH_OPENMP , two_openmp_threads
#define LOWBIT_TEST_OPENMP_NAME "OpenMP "
#else
#define LOWBIT_TEST_WITH_OPENMP
#define LOWBIT_TEST_OPENMP_NAME
#endif
#ifdef LOWBIT_TEST_TBB
#define LOWBIT_TEST_WITH_TBB , tbb_executor
#define LOWBIT_TEST_TBB_NAME "TBB "
#else
#define LOWBIT_TEST_WITH_TBB
#define LOWBIT_TEST_TBB_NAME
#endif
#define LOWBIT_TEST_EXECUTORS \
  serial_executor, thread_each LOWBIT_TEST_WITH_OPENMP LOWBIT_TEST_WITH_TBB
#define LOWBIT_TEST_NAMES LOWBIT_TEST_OPENMP_NAME LOWBIT_TEST_TBB_NAME

}  // namespace

TEST_CASE("the executors of OpenMP and TBB are among those tested", "[executor]") {
  const bool all = sizeof "" LOWBIT_TEST_NAMES == sizeof "OpenMP TBB ";
  INFO("tested here, beside serial: " LOWBIT_TEST_NAMES
       "(Debian: libtbb-dev, for clang libomp-dev)");
  if (!all && std::getenv("LOWBIT_REQUIRE_ALL") == nullptr) WARN("not all are installed");
  CHECK((all || std::getenv("LOWBIT_REQUIRE_ALL") == nullptr));
}

TEMPLATE_TEST_CASE("an executor calls every index once", "[executor]", LOWBIT_TEST_EXECUTORS) {
  STATIC_REQUIRE(executor<TestType>);
  const TestType on;
  CHECK(on.concurrency() >= 1);
  for (const index_t n : {0, 1, 2, 7, 100}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(n));
    on.parallel_for(n, [&](index_t i) { ++calls[static_cast<std::size_t>(i)]; });
    for (const std::atomic<int>& c : calls) REQUIRE(c == 1);
  }
}

TEST_CASE("what an executor says of its threads is a number to divide by", "[executor]") {
  constexpr index_t most = std::numeric_limits<index_t>::max();
  CHECK(detail::threads_of(says{0}) == 1);
  CHECK(detail::threads_of(says{-7}) == 1);
  CHECK(detail::threads_of(says{3}) == 3);
  CHECK(detail::threads_of(says{most}) == 65536);
  // Shares follow each other and differ by one at most.
  for (const index_t n : {0, 1, 5, 64, 1001})
    for (index_t shares = 1; shares < 70; ++shares)
      for (index_t i = 0; i <= shares; ++i)
        REQUIRE(detail::share_begin(n, i, shares) == n * i / shares);
  CHECK(detail::share_begin(most, 5, 7) == most / 7 * 5 + most % 7 * 5 / 7);
}

TEST_CASE("shares cover all things once, and little work stays on the caller's thread",
          "[executor]") {
  for (const index_t n : {0, 1, 7, 1000})
    for (const index_t cost : {index_t{1}, index_t{1} << 30}) {
      std::vector<int> calls(static_cast<std::size_t>(n));
      int shares = 0;
      detail::executors::for_each_share(says{3}, n, cost, [&](index_t first, index_t end) {
        ++shares;
        for (index_t i = first; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
      });
      CHECK(shares == (cost > 1 && n >= 3 ? 3 : 1));
      CHECK(std::ranges::all_of(calls, [](int c) { return c == 1; }));
    }
}

TEMPLATE_TEST_CASE("products give the same bytes on any executor", "[executor]",
                   LOWBIT_TEST_EXECUTORS) {
  const TestType own;
  const any_executor threads{
      own.concurrency(),
      [&](index_t n, const std::function<void(index_t)>& f) { own.parallel_for(n, f); }};
  INFO(test::reproduce());
  // Large enough to be cut; rows alone (300; 3001, whose columns are held), columns alone (1), and both; ragged
  // ends.
  struct shape {
    index_t m, n, k;
  };
  for (const shape s :
       {shape{300, 130, 700}, shape{1, 3001, 2111}, shape{33, 777, 1000}, shape{3001, 3, 2111}}) {
    INFO(s.m << 'x' << s.n << 'x' << s.k);
    auto random = test::generator(830);
    const auto a = pack<binary>(
        test::random_codes<binary>(s.m, s.k, test::fill::uniform, test::side::lhs, random).view());
    const auto b = pack<ternary>(
        test::random_codes<ternary>(s.n, s.k, test::fill::uniform, test::side::rhs, random).view());
    test::on_every_isa([&](auto tag) {
      if (is_reference(tag) && s.m > 100) return;  // the expected values
      // Slow builds: how a product is cut depends little on the ISA.
      if (!test::thorough && !(tag == any_isa(chosen_isa()))) return;
      const auto expected = gemm(a, b, on(tag));
      const auto prepared = prepare(packed_matrix<ternary>(b), on(tag));
      CHECK(same(gemm(a, b, on(tag, threads)), expected));
      CHECK(same(gemm(a, prepared, on(tag, threads)), expected));
      auto sums = gemm(a, b, on(tag));
      gemm_add(a, prepared, sums.view(), on(tag, threads));
      for (index_t i = 0; i < s.m * s.n; ++i) REQUIRE(sums.data()[i] == 2 * expected.data()[i]);

      // Bits of 64 columns share a word: two parts may not write the same.
      thresholds zeros(s.n);
      for (index_t c = 0; c < s.n; ++c) zeros.set(c, 0, c % 3 == 0);
      const linear<ternary> layer(b, zeros);
      const auto serial = layer(a, on(tag)), parallel = layer(a, on(tag, threads));
      CHECK(std::ranges::equal(serial.words(), parallel.words()));
    });
  }
}

#ifdef LOWBIT_TEST_OPENMP
TEST_CASE("an OpenMP thread takes its own share first, then what others left", "[executor]") {
  for (const index_t threads : {1, 2, 3, 64, 65, 100})
    for (const index_t n : {0, 1, 2, 7, 64, 200})
      for (const index_t thread : {index_t{0}, threads - 1}) {
        INFO(threads << " threads, " << n << " calls, thread " << thread);
        detail::executors::shares all(n, threads);
        std::vector<index_t> taken;
        all.run(thread, [&](index_t i) { taken.push_back(i); });
        const index_t shares = std::min<index_t>(threads, 64), own = thread % shares;
        if (n >= shares) REQUIRE(taken.front() == n * own / shares);
        all.run(0, [&](index_t i) { taken.push_back(i); });  // nothing is left
        std::ranges::sort(taken);
        REQUIRE(std::ssize(taken) == n);
        for (index_t i = 0; i < n; ++i) REQUIRE(taken[static_cast<std::size_t>(i)] == i);
      }
}

TEST_CASE("OpenMP threads make every call once", "[executor]") {
  for (const index_t n : {1, 2, 9, 1000}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(n));
    openmp_executor{4}.parallel_for(n, [&](index_t i) { ++calls[static_cast<std::size_t>(i)]; });
    CHECK(std::ranges::all_of(calls, [](const std::atomic<int>& c) { return c == 1; }));
  }
}
#endif
