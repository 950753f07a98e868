#include "rounds.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "clock.hpp"

namespace bench {
namespace {

/// The time of so many calls: what one thread has run, or, of several threads, what has passed.
double time_calls(const candidate& run, long calls, int threads) {
  const auto time = threads == 1 ? run_ns : now_ns;
  const double start = time();
  for (long i = 0; i < calls; ++i) run();
  return time() - start;
}

/// How a candidate takes its turns. The first call of all pays for page faults and is not counted.
struct calibration {
  long calls = 1;
  long warming = 0;  ///< calls before those that are timed
  double turn_ns = 0;

  calibration(const candidate& run, const effort& how) {
    run();
    double once = std::max(1.0, time_calls(run, 1, how.threads));
    if (once < how.turn_ns / 10) once = std::max(1.0, time_calls(run, 8, how.threads) / 8);
    calls = std::max(1L, std::lround(std::ceil(how.turn_ns / once)));
    constexpr double long_enough_ns = 25e7;  // for cold caches and a result of 64 MiB not to matter
    if (once < long_enough_ns) warming = std::max(1L, std::lround(how.warming_ns / once));
    turn_ns = once * static_cast<double>(calls);
  }
};

/// How often the system has given this process's core to another one so far.
long times_interrupted() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

turn take_turn(const candidate& run, const calibration& fitting, int threads) {
  constexpr int attempts = 4;
  turn best;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    for (long i = 0; i < fitting.warming; ++i) run();
    const double before = measure_ghz();
    const long interruptions = times_interrupted();
    const double ns = time_calls(run, fitting.calls, threads) / static_cast<double>(fitting.calls);
    const bool undisturbed = times_interrupted() == interruptions;
    if (attempt == 0 || ns < best.ns) best = {ns, ns * (before + measure_ghz()) / 2};
    if (undisturbed || fitting.warming == 0) break;
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
  std::vector<calibration> fittings;
  double round_ns = 0;
  for (const candidate& run : candidates) {
    fittings.emplace_back(run, how);
    round_ns += fittings.back().turn_ns;
  }
  const int rounds = round_ns > how.long_round_ns ? how.fewest_rounds : how.rounds;
  turns taken(candidates.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < candidates.size(); ++i)
      taken[i].push_back(take_turn(candidates[i], fittings[i], how.threads));
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
