#include "rounds.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "clock.hpp"

namespace bench {
namespace {

double time_calls(const candidate& run, long calls) {
  const double start = now_ns();
  for (long i = 0; i < calls; ++i) run();
  return now_ns() - start;
}

/// How many calls fill a turn. The first call of all pays for page faults and is not counted.
struct calibration {
  long calls = 1;
  double turn_ns = 0;

  calibration(const candidate& run, double wanted_ns) {
    run();
    double once = time_calls(run, 1);
    if (once < wanted_ns / 10) once = time_calls(run, 8) / 8;
    calls = std::max(1L, std::lround(std::ceil(wanted_ns / std::max(once, 1.0))));
    turn_ns = once * static_cast<double>(calls);
  }
};

/// How often the system has given this process's core to another one so far.
long times_interrupted() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

turn take_turn(const candidate& run, long calls) {
  constexpr int attempts = 4;
  turn best;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (calls > 1) run();
    const double before = measure_ghz();
    const long interruptions = times_interrupted();
    const double ns = time_calls(run, calls) / static_cast<double>(calls);
    const bool undisturbed = times_interrupted() == interruptions;
    if (attempt == 0 || ns < best.ns) best = {ns, ns * (before + measure_ghz()) / 2};
    if (undisturbed || calls == 1) break;
  }
  return best;
}

template <class Value>
double median_of_rounds(std::size_t rounds, Value value) {
  std::vector<double> values(rounds);
  for (std::size_t i = 0; i < rounds; ++i) values[i] = value(i);
  return median(values);
}

}  // namespace

turns interleave(const std::vector<candidate>& candidates, const effort& how) {
  std::vector<long> calls;
  double round_ns = 0;
  for (const candidate& run : candidates) {
    const calibration fitting(run, how.turn_ns);
    calls.push_back(fitting.calls);
    round_ns += fitting.turn_ns;
  }
  const int rounds = round_ns > how.long_round_ns ? how.fewest_rounds : how.rounds;
  turns taken(candidates.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < candidates.size(); ++i)
      taken[i].push_back(take_turn(candidates[i], calls[i]));
  return taken;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double median_ns(const std::vector<turn>& rounds) {
  return median_of_rounds(rounds.size(), [&](std::size_t i) { return rounds[i].ns; });
}

double median_rate(const std::vector<turn>& rounds, double work) {
  return median_of_rounds(rounds.size(), [&](std::size_t i) { return work / rounds[i].cycles; });
}

double median_ratio(const std::vector<turn>& theirs, const std::vector<turn>& ours) {
  return median_of_rounds(ours.size(), [&](std::size_t i) { return theirs[i].ns / ours[i].ns; });
}

double median_share(const std::vector<turn>& ours, double our_work, const std::vector<turn>& theirs,
                    double their_work) {
  return median_of_rounds(ours.size(), [&](std::size_t i) {
    return our_work / ours[i].cycles / (their_work / theirs[i].cycles);
  });
}

}  // namespace bench
