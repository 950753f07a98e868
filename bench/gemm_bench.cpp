// Integer products of packed matrices: multiply-accumulates per second, for each ISA and encoding pair.
// Every case compares its result with the scalar reference before it is timed.
#include <memory>

#include "support.hpp"

namespace {

template <lowbit::quantizer A, lowbit::quantizer B>
void add_gemm(const char* name, const A& lhs, const B& rhs, lowbit::index_t m, lowbit::index_t n,
              lowbit::index_t k) {
  const std::string shape = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  // The reference takes its time: once a case, when the first of its ISAs runs.
  const auto reference = std::make_shared<lowbit::matrix<std::int32_t>>();
  bench::for_each_isa(std::string(name) + "/" + shape, [=](benchmark::State& state, auto tag) {
    const auto a = lowbit::quantize(lhs, bench::random_floats(m, k, 1).view());
    const auto b = lowbit::quantize(rhs, bench::random_floats(n, k, 2).view());
    lowbit::matrix<std::int32_t> c(m, n);
    lowbit::gemm(a.codes(), b.codes(), c.view(), lowbit::on(tag));
    if (reference->rows() == 0)
      *reference = lowbit::gemm(a.codes(), b.codes(), lowbit::on(lowbit::isa::scalar{}));
    if (!(c == *reference)) {
      state.SkipWithError("differs from the reference");
      return;
    }
    for (auto _ : state) {
      lowbit::gemm(a.codes(), b.codes(), c.view(), lowbit::on(tag));
      benchmark::DoNotOptimize(c.data());
      benchmark::ClobberMemory();
    }
    state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(m * n * k),
                                                 benchmark::Counter::kIsIterationInvariantRate);
    state.SetLabel(
        lowbit::kernel_name<typename A::encoding, typename B::encoding>(lowbit::on(tag)));
  });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, [] {
    for (const lowbit::index_t n : {64, 256, 1024})
      add_gemm("binary", lowbit::sign{}, lowbit::sign{}, n, n, n);
    add_gemm("binary", lowbit::sign{}, lowbit::sign{}, 1, 4096, 4096);
    add_gemm("ternary", lowbit::twn{}, lowbit::twn{}, 256, 256, 1024);
    add_gemm("a2w1", lowbit::dorefa_activation<2>{}, lowbit::sign{}, 256, 256, 1024);
    add_gemm("a8w1", lowbit::dorefa_activation<8>{}, lowbit::sign{}, 256, 256, 1024);
  });
}
