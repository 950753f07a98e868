// How training goes: epoch, images per second, time left. Several networks may be trained at once, each by its own
// thread. On a terminal one line rewrites itself; elsewhere (a log, a pipe) there is one line per epoch.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <numeric>
#include <vector>

class progress {
 public:
  progress(std::size_t networks, long epochs, long images_per_epoch)
      : done_(networks, 0), epochs_(epochs), per_epoch_(images_per_epoch) {}

  /// One network was trained on `images` more. At most ten updates a second reach a terminal.
  void advance(std::size_t network, long images) {
    const std::lock_guard lock(mutex_);
    done_[network] += images;
    const long slowest = *std::min_element(done_.begin(), done_.end());
    const long complete = slowest / per_epoch_;
    const double now = seconds();
    if (terminal_ ? now - shown_at_ < 0.1 : complete == shown_epochs_) return;
    shown_at_ = now;
    shown_epochs_ = complete;
    const double left = static_cast<double>(per_epoch_ * epochs_ - slowest) * now /
                        static_cast<double>(std::max(slowest, 1L));
    if (terminal_)
      std::fprintf(stderr, "\rtraining: epoch %ld of %ld, %.0f images/s, %.0f s left \x1b[K",
                   std::min(complete + 1, epochs_), epochs_, rate(now), left);
    else
      std::fprintf(stderr, "trained: epoch %ld of %ld, %.0f images/s, %.0f s left\n", complete,
                   epochs_, rate(now), left);
  }

  /// The last line; returns the seconds that passed.
  double finish() {
    const double now = seconds();
    std::fprintf(stderr, "%strained %zu networks for %ld epochs in %.1f s (%.0f images/s)\n",
                 terminal_ ? "\r\x1b[K" : "", done_.size(), epochs_, now, rate(now));
    return now;
  }

 private:
  using clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }
  /// Images per second, of all networks together.
  double rate(double now) const {
    return static_cast<double>(std::accumulate(done_.begin(), done_.end(), 0L)) / now;
  }

  std::mutex mutex_;
  std::vector<long> done_;
  long epochs_, per_epoch_, shown_epochs_ = 0;
  double shown_at_ = 0;
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  clock::time_point start_ = clock::now();
};
