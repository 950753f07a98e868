// Time, and what a cycle is.
//
// A virtual machine has no cycle counter that follows the core's clock, so the clock is measured. Dependent additions
// take one cycle each on every core in use. The addend is a register. Recent Intel cores fold chains of `add register,
// constant` away when they rename registers, and would seem to run at four times their clock.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace bench {

/// Nanoseconds since some fixed moment.
inline double now_ns() {
  using namespace std::chrono;
  return duration<double, std::nano>(steady_clock::now().time_since_epoch()).count();
}

/// Nanoseconds that the threads of this process have run so far, together.
inline double run_ns() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e9 + static_cast<double>(spent.tv_nsec);
}

/// Adds `addend` to `sum` once for each I, one addition after another.
template <std::size_t... I>
void add_in_a_chain(std::uint64_t& sum, std::uint64_t addend, std::index_sequence<I...>) {
  const auto link = [&](std::size_t) {
    sum += addend;
    asm volatile("" : "+r"(sum));
  };
  (link(I), ...);
}

/// Cycles per nanosecond: the best of a few chains of some microseconds, because an interrupt makes the clock seem
/// slower.
inline double measure_ghz() {
  constexpr int chains = 5, rounds = 256, links = 64;
  std::uint64_t sum = 0, addend = 1;
  double best = 0;
  for (int chain = 0; chain < chains; ++chain) {
    const double start = now_ns();
    for (int i = 0; i < rounds; ++i) {
      asm volatile("" : "+r"(addend));
      add_in_a_chain(sum, addend, std::make_index_sequence<links>{});
    }
    best = std::max(best, rounds * links / (now_ns() - start));
  }
  return best;
}

/// Empty instructions that the core starts per cycle. They are 4 to 8 if nothing else runs on the core, half of that if
/// its other hardware thread is busy. Then code that is bound by the vector units is as fast as before. Code that is
/// bound by the number of instructions (small products, epilogues) takes twice as long.
inline double measure_issue_width() {
  constexpr int rounds = 4096, nops = 16;
  const double start = now_ns();
  for (int i = 0; i < rounds; ++i)
    asm volatile("nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop");
  const double ns = now_ns() - start;
  return rounds * nops / (ns * measure_ghz());
}

}  // namespace bench
