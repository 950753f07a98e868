// What every benchmark shares: reproducible data, and one benchmark for each ISA of this machine.
#pragma once

#include <benchmark/benchmark.h>

#include <string>

#include "lowbit/lowbit.hpp"

namespace bench {

/// rows x cols reals in [-1, 1), the same in every run.
inline lowbit::matrix<float> reals(lowbit::index_t rows, lowbit::index_t cols, std::uint64_t seed) {
  lowbit::matrix<float> x(rows, cols);
  const lowbit::random_stream random(seed);
  for (lowbit::index_t i = 0; i < rows * cols; ++i) x.data()[i] = 2 * random.uniform(i) - 1;
  return x;
}

/// Registers run(state, tag) under "name/isa" for every ISA but the reference, and writes what is
/// running into the report. `configure` gets each registered case.
template <class Run, class Configure>
void for_each_isa(const std::string& name, Run run, Configure configure) {
  lowbit::for_each_isa([&](lowbit::isa_tag auto tag) {
    if constexpr (!std::is_same_v<decltype(tag), lowbit::isa::scalar>)
      configure(*benchmark::RegisterBenchmark((name + "/" + decltype(tag)::name).c_str(),
                                              [=](benchmark::State& state) { run(state, tag); }));
  });
}
template <class Run>
void for_each_isa(const std::string& name, Run run) {
  for_each_isa(name, run, [](auto&) {});
}

/// Main of a benchmark program: `add` registers its cases.
template <class Add>
int run(int argc, char** argv, Add add) {
  benchmark::AddCustomContext("lowbit", lowbit::build_info());
  add();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace bench
