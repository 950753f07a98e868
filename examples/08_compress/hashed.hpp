// HashedNets: few numbers, each of which many weights share by a hash of their place.
#pragma once

#include "tested.hpp"

inline constexpr const char* hashed_network = "784-1000-10";
/// This network with 1/64 of the numbers, trained so from the beginning.
packed_result hashed(const data_of& data, lowbit::index_t epochs, std::uint64_t seed,
                     const std::string& directory);
/// A trained dense network, 784-units-10 in floats.
struct small_dense {
  lowbit::index_t units = 0, bytes = 0;
  double error = 0;
};
/// The smallest one that has as many numbers, biases among them.
small_dense train_small_dense(const data_of& data, lowbit::index_t epochs, std::uint64_t seed);
