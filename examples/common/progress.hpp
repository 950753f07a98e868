// How training goes: epoch, images per second, time left. Several networks may be trained at once, each by its own
// thread. On a terminal one line rewrites itself; elsewhere (a log, a pipe) there is one line per epoch.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

class progress {
 public:
  progress(std::size_t networks, long epochs, long images_per_epoch);

  /// One network was trained on `images` more. At most ten updates a second reach a terminal.
  void advance(std::size_t network, long images);

  /// The last line; returns the seconds that passed.
  double finish();

 private:
  using clock = std::chrono::steady_clock;
  double seconds() const;
  /// Images per second, of all networks together.
  double rate(double now) const;

  std::mutex mutex_;
  std::vector<long> done_;
  long epochs_, per_epoch_, shown_epochs_ = 0;
  double shown_at_ = 0;
  bool terminal_;
  clock::time_point start_ = clock::now();
};
