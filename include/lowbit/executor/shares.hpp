// lowbit/executor/shares.hpp – calls shared out among threads that help each other.
//
// Each thread starts with the same share in every call, because what it read and wrote there the last time is
// still in its cache. Then it takes calls from the shares of others, so that a slow core makes fewer calls.
// Taking a call is one atomic addition; a share's counter has a cache line of its own.
#ifndef LOWBIT_EXECUTOR_SHARES_HPP
#define LOWBIT_EXECUTOR_SHARES_HPP

#include <atomic>

#include "lowbit/executor/executor.hpp"

LOWBIT_BEGIN
namespace detail::executors {

/// Calls 0 ... n - 1, one share per thread.
class shares {
 public:
  /// Threads beyond `most` begin with the share of another.
  shares(index_t n, index_t threads) noexcept : count_(threads < most ? threads : most) {
    for (index_t s = 0; s < count_; ++s) {
      share_[s].next.store(share_begin(n, s, count_), std::memory_order_relaxed);
      share_[s].end = share_begin(n, s + 1, count_);
    }
  }
  /// f(i) for every call that no other thread has taken when `thread` comes to it.
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
LOWBIT_END

#endif
