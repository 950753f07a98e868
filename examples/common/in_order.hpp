// Many runs on some threads, with their results in order.
#pragma once

#include <atomic>
#include <exception>
#include <future>
#include <lowbit/core/types.hpp>
#include <thread>
#include <vector>

/// make(0), make(1), ... make(count - 1) on some threads; done(i, result) in this order, as soon as it can be. Throws what
/// a run throws; other runs that have begun are waited for.
template <class Result>
std::vector<Result> in_order(std::size_t count, lowbit::index_t threads, const auto& make,
                             const auto& done) {
  std::vector<std::promise<Result>> promises(count);
  std::vector<Result> results;
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> workers;
  for (lowbit::index_t t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < count; i = next++) try {
          promises[i].set_value(make(i));
        } catch (...) {
          promises[i].set_exception(std::current_exception());
        }
    });
  try {
    for (std::size_t i = 0; i < count; ++i) {
      results.push_back(promises[i].get_future().get());
      done(i, results.back());
    }
  } catch (...) {
    next = count;
    throw;
  }
  return results;
}
