// A pipeline on one network and one seed.
#pragma once

#include "pipelines.hpp"

/// Epochs that end at a rate of 0, with the images of the network's plan.
lowbit::nn::fit_options options_of(const network_plan& plan, lowbit::index_t epochs,
                                   std::uint64_t seed, float rate);
/// The float network after some epochs, with batch norms folded.
plain_network train_float(const network_plan& plan, const data_of& data, lowbit::index_t epochs,
                          std::uint64_t seed);
/// 1 - accuracy on the test images.
double error_of(lowbit::nn::trainable& net, const data_of& data);

/// Runs a pipeline on a copy of a trained network, and makes and tests its files.
std::vector<packed_result> compressed(const pipeline_plan& plan, plain_network start,
                                      const data_of& data, std::uint64_t seed,
                                      const std::string& directory);
