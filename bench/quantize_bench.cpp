// Real numbers to packed codes: bytes of input read a second, for each ISA and catalogue entry, and a
// memcpy of the same input as the yardstick. Every case compares its codes with the reference's first.
#include <cstring>

#include "support.hpp"

namespace {

constexpr lowbit::index_t rows = 1024, cols = 1024;

void set_rate(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * rows * cols * 4);
}

template <lowbit::quantizer Q>
void add_quantize(const char* name) {
  bench::for_each_isa(std::string("quantize/") + name, [](benchmark::State& state, auto tag) {
    const auto x = bench::reals(rows, cols, 3);
    const auto once = [&](auto on) {
      if constexpr (lowbit::stochastic_quantizer<Q>)
        return lowbit::quantize(on, Q{}, x.view(), lowbit::random_stream(4));
      else
        return lowbit::quantize(on, Q{}, x.view());
    };
    if (!(once(tag).codes() == once(lowbit::isa::scalar{}).codes())) {
      state.SkipWithError("differs from the reference");
      return;
    }
    for (auto _ : state) {
      auto q = once(tag);
      benchmark::DoNotOptimize(q);
    }
    set_rate(state);
  });
}

void add_memcpy() {
  bench::add("memcpy", [](benchmark::State& state) {
    const auto x = bench::reals(rows, cols, 3);
    lowbit::matrix<float> y(rows, cols);
    for (auto _ : state) {
      std::memcpy(y.data(), x.data(), rows * cols * 4);
      benchmark::DoNotOptimize(y.data());
      benchmark::ClobberMemory();
    }
    set_rate(state);
  });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, [] {
    add_memcpy();
    lowbit::for_each_quantizer([](const auto& entry) {
      add_quantize<typename std::remove_cvref_t<decltype(entry)>::policy>(entry.name);
    });
  });
}
