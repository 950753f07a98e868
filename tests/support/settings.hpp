// What every suite shares: the seed (LOWBIT_TEST_SEED overrides it), how much to run, and the text
// of an error.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>

namespace test {

/// One build runs the large sweeps whole (-DLOWBIT_TEST_THOROUGH=ON); the others, and those with sanitizers, a
/// sample of them.
inline constexpr bool thorough = LOWBIT_TEST_THOROUGH;

/// Whether case `number` of a sweep runs: every case in a thorough build, one of `share` in others. A share that is
/// prime to the sizes of the sweep's axes takes values from the whole of each axis.
inline constexpr bool runs(std::uint64_t number, std::uint64_t share) {
  return thorough || number % share == 0;
}

/// The seed of all random data.
inline std::uint64_t seed() {
  const char* const text = std::getenv("LOWBIT_TEST_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : 20260921u;
}

/// How to see a failure again: goes into the INFO of every randomized check.
inline std::string reproduce() {
  return "reproduce with LOWBIT_TEST_SEED=" + std::to_string(seed());
}

/// A generator for one test; `salt` keeps tests apart.
inline std::mt19937_64 generator(std::uint64_t salt) {
  return std::mt19937_64(seed() * 0x9e3779b97f4a7c15u + salt);
}

/// The text of the exception that f() throws; "no error" if it throws none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace test
