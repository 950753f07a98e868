#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

progress::progress(std::size_t networks, long epochs, long images_per_epoch)
    : done_(networks, 0),
      epochs_(epochs),
      per_epoch_(images_per_epoch),
      terminal_(isatty(STDERR_FILENO) != 0) {}

void progress::advance(std::size_t network, long images) {
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

double progress::finish() {
  const double now = seconds();
  std::fprintf(stderr, "%strained %zu networks for %ld epochs in %.1f s (%.0f images/s)\n",
               terminal_ ? "\r\x1b[K" : "", done_.size(), epochs_, now, rate(now));
  return now;
}

double progress::seconds() const {
  return std::chrono::duration<double>(clock::now() - start_).count();
}

double progress::rate(double now) const {
  return static_cast<double>(std::accumulate(done_.begin(), done_.end(), 0L)) / now;
}
