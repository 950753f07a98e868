// One system, trained once: the network in floats and on bits.
#pragma once

#include <lowbit/nn.hpp>

#include "dataset.hpp"
#include "systems.hpp"

/// What a program trains on, and for how long.
struct task {
  dataset data;
  lowbit::index_t epochs = 6;
};

struct trained {
  double accuracy = 0;       ///< of freeze(), on all test images
  double accuracy_bits = 0;  ///< of the deployed network
  lowbit::nn::comparison agreement;
  lowbit::index_t bytes = 0;
  double seconds_per_image = 0;  ///< on bits, one thread
};

/// The float network of the same shape, with the same epochs and batches.
using twin_network =
    lowbit::nn::sequential<lowbit::nn::normalised<lowbit::nn::conv_layer>,
                           lowbit::nn::repeat<lowbit::nn::normalised<lowbit::nn::conv_layer>>,
                           lowbit::nn::conv_layer>;

twin_network train_twin(const task& what, std::uint64_t seed);
double accuracy_of(twin_network& net, const task& what);

/// Trains, deploys and compares. The twin is the teacher of distilled systems.
trained train_system(const system_row& system, const task& what, std::uint64_t seed,
                     twin_network& twin);
