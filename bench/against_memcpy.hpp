// The yardstick of everything that reads floats once: a memcpy of the same floats.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "support.hpp"

namespace bench {

template <class F>
double seconds(F f) {
  const auto before = std::chrono::steady_clock::now();
  f();
  benchmark::ClobberMemory();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

inline double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Times run() in turn with a memcpy of x, for a case that registered UseManualTime(). The counter of_memcpy
/// is the time of the memcpy over that of run(): the median over the rounds.
template <class Run>
void against_memcpy(benchmark::State& state, const lowbit::matrix<float>& x, Run run) {
  lowbit::matrix<float> copy(x.rows(), x.cols());
  const std::int64_t bytes = x.rows() * x.cols() * 4;
  std::vector<double> ratios;
  for (auto _ : state) {
    const double copying =
        seconds([&] { std::memcpy(copy.data(), x.data(), static_cast<std::size_t>(bytes)); });
    const double running = seconds(run);
    state.SetIterationTime(running);
    ratios.push_back(copying / running);
  }
  state.SetBytesProcessed(state.iterations() * bytes);
  state.counters["of_memcpy"] = median(ratios);
}

}  // namespace bench
