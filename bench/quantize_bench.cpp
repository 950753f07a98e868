// Real numbers to packed codes: bytes of input read a second, for each ISA and one quantizer of each kind.
//
//   encode/...     into codes that are there already. The counter of_memcpy is the yardstick: the rate of
//                  a memcpy of the same input, timed in turn with it, over the median of the rounds.
//   quantize/...   with the fit, the scales and the sums, into new memory
//
// Every case compares its codes with the reference's first.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "support.hpp"

namespace {

constexpr lowbit::index_t rows = 1024, cols = 1024;

/// What the rate is told of: the input, read once an iteration.
void set_rate(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * rows * cols * 4);
}

/// Calls f with what Q needs besides the numbers.
template <class Q, class F>
auto with_arguments(F f) {
  if constexpr (lowbit::stochastic_quantizer<Q>)
    return f(lowbit::random_stream(4));
  else
    return f();
}

template <class F>
double seconds(F f) {
  const auto before = std::chrono::steady_clock::now();
  f();
  benchmark::ClobberMemory();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <lowbit::quantizer Q>
void add_encode(const char* name) {
  const auto run = [](benchmark::State& state, auto tag) {
    const auto x = bench::reals(rows, cols, 3);
    Q q{};
    if constexpr (lowbit::fitted<Q>) q = q.fit({x.data(), static_cast<std::size_t>(rows * cols)});
    lowbit::packed_matrix<typename Q::encoding> codes(rows, cols), reference(rows, cols);
    const auto into = [&](auto on, auto& out) {
      with_arguments<Q>([&](auto... stream) { lowbit::encode(on, q, x.view(), out, stream...); });
    };
    into(tag, codes);
    into(lowbit::isa::scalar{}, reference);
    if (!(codes == reference)) {
      state.SkipWithError("differs from the reference");
      return;
    }
    lowbit::matrix<float> copy(rows, cols);
    std::vector<double> ratios;
    for (auto _ : state) {
      const double copying = seconds([&] { std::memcpy(copy.data(), x.data(), rows * cols * 4); });
      const double encoding = seconds([&] { into(tag, codes); });
      state.SetIterationTime(encoding);
      ratios.push_back(copying / encoding);
    }
    set_rate(state);
    state.counters["of_memcpy"] = median(ratios);
  };
  bench::for_each_isa(std::string("encode/") + name, run,
                      [](auto& registered) { registered.UseManualTime(); });
}

template <lowbit::quantizer Q>
void add_quantize(const char* name) {
  bench::for_each_isa(std::string("quantize/") + name, [](benchmark::State& state, auto tag) {
    const auto x = bench::reals(rows, cols, 3);
    const auto once = [&](auto on) {
      return with_arguments<Q>(
          [&](auto... stream) { return lowbit::quantize(on, Q{}, x.view(), stream...); });
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

template <lowbit::quantizer Q>
void add(const char* name) {
  add_encode<Q>(name);
  add_quantize<Q>(name);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, [] {
    using namespace lowbit;
    add<sign<>>("sign<>");
    add<stochastic_sign<>>("stochastic_sign<>");
    add<xnor_weight<>>("xnor_weight<>");
    add<twn<>>("twn<>");
    add<dorefa_activation<2>>("dorefa_activation<2>");
    add<dorefa_activation<8>>("dorefa_activation<8>");
    add<dorefa_weight<3>>("dorefa_weight<3>");
    add<lsq<4>>("lsq<4>");
    add<jacob_affine<8>>("jacob_affine<8>");
    add<log_quantizer<4>>("log_quantizer<4>");
    add<kmeans<4>>("kmeans<4>");
  });
}
