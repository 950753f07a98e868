// One line that tells how training goes: epoch, images per second, time left. Several networks may be
// trained at once, each by its own thread. The line rewrites itself on a terminal; elsewhere (a log, a
// pipe) only the closing line is printed.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <vector>

class progress {
 public:
  progress(std::size_t networks, int epochs, long images_per_epoch)
      : done_(networks, 0), epochs_(epochs), per_epoch_(images_per_epoch) {}

  /// One network was trained on `images` more. At most ten updates a second reach the terminal.
  void advance(std::size_t network, long images) {
    const std::lock_guard lock(mutex_);
    done_[network] += images;
    const double now = seconds();
    if (!terminal_ || now - shown_ < 0.1) return;
    shown_ = now;
    const long slowest = *std::min_element(done_.begin(), done_.end());
    const double left = static_cast<double>(per_epoch_ * epochs_ - slowest);
    std::fprintf(stderr, "\rtraining: epoch %ld of %d, %.0f images/s, %.0f s left \x1b[K",
                 std::min<long>(slowest / per_epoch_ + 1, epochs_), epochs_, rate(now),
                 slowest == 0 ? 0.0 : left * now / static_cast<double>(slowest));
  }

  /// Ends the line; returns the seconds that passed.
  double finish() {
    const double now = seconds();
    std::fprintf(stderr, "%strained %zu networks for %d epochs in %.1f s (%.0f images/s)\n",
                 terminal_ ? "\r\x1b[K" : "", done_.size(), epochs_, now, rate(now));
    return now;
  }

 private:
  using clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }
  /// Images per second, of all networks together.
  double rate(double now) const {
    long sum = 0;
    for (const long n : done_) sum += n;
    return static_cast<double>(sum) / now;
  }

  std::mutex mutex_;
  std::vector<long> done_;
  int epochs_;
  long per_epoch_;
  double shown_ = 0;
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  clock::time_point start_ = clock::now();
};
