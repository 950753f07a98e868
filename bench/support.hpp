// What every benchmark shares: reproducible data, and one benchmark for each ISA of this machine.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "lowbit/lowbit.hpp"

namespace bench {

/// rows x cols floats in [-1, 1), the same in every run.
inline lowbit::matrix<float> random_floats(lowbit::index_t rows, lowbit::index_t cols,
                                           std::uint64_t seed) {
  lowbit::matrix<float> x(rows, cols);
  const lowbit::random_stream random(seed);
  for (lowbit::index_t i = 0; i < rows * cols; ++i) x.data()[i] = 2 * random.uniform(i) - 1;
  return x;
}

/// LOWBIT_BENCH_QUICK in the environment asks for a first look.
inline bool quick() {
  const char* const wanted = std::getenv("LOWBIT_BENCH_QUICK");
  return wanted != nullptr && *wanted != '\0' && std::strcmp(wanted, "0") != 0;
}

/// Registers run(state), for a short time if that is asked for.
template <class Run>
auto* add(const std::string& name, Run run) {
  auto* const one = benchmark::RegisterBenchmark(name.c_str(), run);
  if (quick()) one->MinTime(0.01);
  return one;
}

/// Registers run(state, tag) under "name/isa" for every ISA but the reference, and writes what is
/// running into the report. `configure` gets each registered case.
template <class Run, class Configure>
void for_each_isa(const std::string& name, Run run, Configure configure) {
  lowbit::for_each_isa([&](lowbit::isa_tag auto tag) {
    if (!is_reference(tag))
      configure(*add(name + "/" + tag.name, [=](benchmark::State& state) { run(state, tag); }));
  });
}
template <class Run>
void for_each_isa(const std::string& name, Run run) {
  for_each_isa(name, run, [](auto&) {});
}

/// Main of a benchmark program: `add_cases` registers its cases.
template <class Add>
int run(int argc, char** argv, Add add_cases) {
  benchmark::AddCustomContext("lowbit", lowbit::build_info());
  add_cases();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace bench
