// Training with integers alone, on every ISA of this machine.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataset.hpp"

struct integer_result {
  /// Of other training with integers, the same network and images; the second is of NITRO-D (arXiv:2407.11698).
  const char* published = "PocketNN 87.70 %, NITRO-D 88.66 +- 0.46 %";
  double accuracy = 0;
  double seconds = 0;  ///< of the processor
  /// The hash of all weights after 1000 steps, by ISA.
  std::vector<std::pair<std::string, std::uint64_t>> hashes;
};

/// Trains nn::wage_network, 784-200-100-50-10, for 14 epochs; then 1000 steps on every ISA.
integer_result train_with_integers(const dataset& data, std::uint64_t seed);
