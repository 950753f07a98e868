// How a comparison is timed: all candidates in one process, one after another, round after round.
//
// On a shared machine the speed drifts by more than kernels differ. Candidates therefore run within the same fraction
// of a second. Every figure is a median over rounds of a quotient within one round:
//
//     round 1:   ours  peak  peer A  peer B        rate and "times faster" of round 1
//     round 2:   ours  peak  peer A  peer B        rate and "times faster" of round 2
//     ...                                          the report has the medians
//
// A short candidate is repeated until its turn takes a few milliseconds. Each turn begins with calls that are not
// timed, because the caches hold the data of the previous candidate. With megabytes of results one such call is not
// enough: the first of two equal candidates was then measured 20 % slower than the second. A turn during which the
// system gave the core to another process is repeated. Calls of a quarter of a second and more have neither warming
// nor repetition: caches do not matter to them, and they are always interrupted.
//
// Time is what the thread has run, so an interruption does not count. Candidates with several threads are timed by
// the wall clock. The clock is measured before and after every turn.
#pragma once

#include <functional>
#include <vector>

namespace bench {

/// Something to time; one call does its work once.
using candidate = std::function<void()>;

/// One turn of a candidate: the time of one call, in nanoseconds and in cycles.
struct turn {
  double ns = 0;
  double cycles = 0;
};

/// turns[candidate][round].
using turns = std::vector<std::vector<turn>>;

/// How long a comparison may take.
struct effort {
  int threads = 1;  ///< what the candidates use
  int rounds = 15;
  int fewest_rounds = 9;    ///< where a round takes longer than `long_round_ns`
  double turn_ns = 3e6;     ///< a turn is at least this long
  double warming_ns = 8e6;  ///< of calls that are not timed, at least one
  double long_round_ns = 5e8;
};

/// Times all candidates, interleaved.
[[nodiscard]] turns interleave(const std::vector<candidate>& candidates, const effort& how);

/// The middle one; the mean of the middle two of an even number. 0 of none.
[[nodiscard]] double median(std::vector<double> values);

/// The median time of one call.
[[nodiscard]] double median_ns(const std::vector<turn>& rounds);
/// The median of work / cycles.
[[nodiscard]] double median_rate(const std::vector<turn>& rounds, double work);
/// The median over rounds of their time / our time: how many times faster we are.
[[nodiscard]] double median_ratio(const std::vector<turn>& theirs, const std::vector<turn>& ours);
/// The median over rounds of our rate / their rate, both in work per cycle.
[[nodiscard]] double median_share(const std::vector<turn>& ours, double our_work,
                                  const std::vector<turn>& theirs, double their_work);

}  // namespace bench
