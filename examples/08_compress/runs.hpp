// A pipeline on one network and one seed.
#pragma once

#include <memory>

#include "pipelines.hpp"

/// Epochs that end at a rate of 0, with the images of the network's plan.
lowbit::nn::fit_options options_of(const network_plan& plan, lowbit::index_t epochs,
                                   std::uint64_t seed, float rate);
/// The float network after some epochs, with batch norms folded.
plain_network train_float(const network_plan& plan, const data_of& data, lowbit::index_t epochs,
                          std::uint64_t seed);
/// 1 - accuracy on the test images.
double error_of(lowbit::nn::trainable& net, const data_of& data);

/// A trained network, and the images that it reads.
struct trained_network {
  plain_network net;
  const data_of& data;
};

/// Runs a pipeline on a trained network, and makes and tests its files. `teacher` is the plan's, or null without one.
std::vector<packed_result> compressed(const pipeline_plan& plan, trained_network start,
                                      std::unique_ptr<trained_network> teacher, std::uint64_t seed,
                                      const std::string& directory);
