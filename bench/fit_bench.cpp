// Fits: what it costs to find scales, thresholds, levels and codebooks.
//
//   fit/...     one group of a million weights, timed in turn with a memcpy of them: see against_memcpy.hpp
//   solve/...   the solvers over n; the last lines of each solver give the factor of its law, n log n or n, and
//               how far the times are from it
//
// Every case checks first that the fit leaves little enough of the energy of the weights as error.
#include "against_memcpy.hpp"
#include "lowbit/quantize/all.hpp"

namespace {

/// True if the fit is worth having: of all weights it leaves less than `share` of the energy as error.
template <lowbit::fitted Q>
bool fits(const Q& q, std::span<const float> w, double share) {
  double energy = 0, error = 0;
  for (const float x : w) {
    const auto real = static_cast<double>(x);
    const double off = static_cast<double>(lowbit::decode(q, encode(q, x))) - real;
    energy += real * real;
    error += off * off;
  }
  return error < share * energy;
}

/// `share`: what a good fit leaves of the energy of uniform weights.
template <lowbit::fitted Q>
void add_fit(const char* name, double share) {
  bench::add(std::string("fit/") + name, [share](benchmark::State& state) {
    const auto x = bench::random_floats(1, 1 << 20, 3);
    const auto w = x.row(0);
    if (!fits(Q{}.fit(w), w, share)) {
      state.SkipWithError("the fit is a bad one");
      return;
    }
    bench::against_memcpy(state, x, [&] {
      auto q = Q{}.fit(w);
      benchmark::DoNotOptimize(q);
    });
  })->UseManualTime();
}

template <lowbit::fitted Q>
void add_solver(const char* name, double share, benchmark::BigO law) {
  bench::add(std::string("solve/") + name,
             [share](benchmark::State& state) {
               const auto x = bench::random_floats(1, state.range(0), 5);
               if (!fits(Q{}.fit(x.row(0)), x.row(0), share)) {
                 state.SkipWithError("the fit is a bad one");
                 return;
               }
               for (auto _ : state) {
                 auto q = Q{}.fit(x.row(0));
                 benchmark::DoNotOptimize(q);
               }
               state.SetComplexityN(state.range(0));
             })
      ->RangeMultiplier(16)
      ->Range(1 << 8, 1 << 20)
      ->Complexity(law);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, [] {
    using namespace lowbit;
    // Uniform weights: one sign leaves 1/4 of the energy, the best three levels 1/9, K bits 4^-K.
    add_fit<xnor_weight<>>("xnor_weight<>", 0.26);
    add_fit<bitnet_binary<>>("bitnet_binary<>", 0.26);
    add_fit<twn<>>("twn<>", 0.12);
    add_fit<twn_exact<>>("twn_exact<>", 0.112);
    add_fit<bitnet_ternary<>>("bitnet_ternary<>", 0.3);
    add_fit<ttq>("ttq", 0.3);
    add_fit<dynamic_fixed_point<8>>("dynamic_fixed_point<8>", 1e-4);
    add_fit<jacob_weight<8>>("jacob_weight<8>", 1e-4);
    add_fit<l2_step<4>>("l2_step<4>", 0.005);
    add_fit<sqnr_midrise<3>>("sqnr_midrise<3>", 0.03);
    add_fit<inq<5>>("inq<5>", 0.1);
    add_fit<shiftcnn<1, 4>>("shiftcnn<1, 4>", 0.1);
    add_fit<kmeans<4>>("kmeans<4>", 0.005);
    add_fit<tsq_activation<2>>("tsq_activation<2>", 0.6);
    add_fit<lq_weight<3>>("lq_weight<3>", 0.02);
    add_fit<abc_weight<3>>("abc_weight<3>", 0.1);
    add_fit<horq<2>>("horq<2>", 0.1);
    add_fit<network_sketch<3>>("network_sketch<3>", 0.03);
    add_solver<twn_exact<>>("twn_exact<>", 0.13, benchmark::oNLogN);
    add_solver<l2_step<4>>("l2_step<4>", 0.005, benchmark::oNLogN);
    add_solver<kmeans<4>>("kmeans<4>", 0.008, benchmark::oNLogN);
    add_solver<lq_weight<3>>("lq_weight<3>", 0.03, benchmark::oNLogN);
    add_solver<network_sketch<3>>("network_sketch<3>", 0.04, benchmark::oN);
  });
}
