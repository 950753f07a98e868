// One system, trained once: the network in floats and on bits.
#pragma once

#include <lowbit/nn/deployment/packed_trace.hpp>

#include "systems.hpp"
#include "training.hpp"

/// What a network trains on, and for how long.
struct task {
  const network_plan* network;
  arranged_images train, test;
  lowbit::index_t epochs = 6;
  lowbit::index_t batch = 200;  ///< images per step
};

struct trained {
  double accuracy = 0;               ///< of freeze(), on all test images
  double accuracy_bits = 0;          ///< of the deployed network
  double accuracy_real_weights = 0;  ///< of systems that are evaluated with their real weights, too
  lowbit::nn::comparison agreement;
  lowbit::index_t bytes = 0;
  double seconds_per_image = 0;  ///< on bits, one thread
  double seconds = 0;            ///< of training and comparing, one thread
};

/// The float network of the same shape, with the same epochs and batches.
network train_twin(const task& what, std::uint64_t seed);
/// Its accuracy on the test images, and its parameters in bytes.
trained result_of_twin(network& twin, const task& what);

/// Trains, deploys and compares. The twin is the teacher of distilled systems.
trained train_system(const system_row& system, const task& what, std::uint64_t seed,
                     const network& twin);
