// Clocks, and how fast memory is read.
#pragma once

#include <chrono>
#include <cstddef>

/// Seconds that f() takes: the least of some runs.
double seconds_of(int runs, const auto& f) {
  double least = 1e9;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    least = passed.count() < least ? passed.count() : least;
  }
  return least;
}

/// Bytes per second of a loop that adds up `bytes` bytes of memory, one thread.
double read_rate(std::size_t bytes);
