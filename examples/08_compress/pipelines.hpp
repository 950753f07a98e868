// The pipelines: what is done to a trained network, and what comes out.
#pragma once

#include <lowbit/compress/file_parts.hpp>
#include <lowbit/compress/pipeline.hpp>
#include <optional>
#include <string>
#include <vector>

#include "networks.hpp"

/// Training of a pipeline, and the codings of which each makes a row of the table.
struct pipeline_plan {
  std::string name;
  const network_plan* network;
  lowbit::index_t epochs_before, epochs;  ///< of floats, and of the pipeline
  lowbit::compress::pipeline steps;
  std::vector<std::optional<lowbit::symbol_coding>> codings = {std::nullopt};
};
/// All of them. With `quick`, trainings are a quarter as long.
std::vector<pipeline_plan> pipelines(bool quick);

/// One file: a pipeline, a coding and a seed.
struct packed_result {
  lowbit::compress::file_parts parts;
  lowbit::index_t bytes = 0;
  lowbit::index_t float_bytes = 0;
  double error_float = 0, error = 0;
  std::vector<lowbit::compress::step_result> steps;  ///< errors before and after each
  double kept = 1;                                   ///< the share of weights that are not pruned
  lowbit::index_t differing_logits = 0;
  double seconds = 0;  ///< of the pipeline
  double seconds_per_image = 0;
};

/// What trains and tests.
struct data_of {
  arranged_images train, test;
};

/// The float network after some epochs, with batch norms folded.
plain_network train_float(const network_plan& plan, const data_of& data, lowbit::index_t epochs,
                          std::uint64_t seed);
/// 1 - accuracy on the test images.
double error_of(lowbit::nn::trainable& net, const data_of& data);

/// Runs a pipeline on a copy of a trained network, and makes a file per coding. Each is written (to `directory`, or to
/// memory if there is none), read again, run on all test images, and compared with float layers of the decoded weights.
std::vector<packed_result> compressed(const pipeline_plan& plan, plain_network start,
                                      const data_of& data, std::uint64_t seed,
                                      const std::string& directory);

/// HashedNets, 784-1000-10 with 1/64 of the numbers; and a dense network of as many numbers.
packed_result hashed(const data_of& data, lowbit::index_t epochs, std::uint64_t seed,
                     const std::string& directory);
double error_of_small_dense(const data_of& data, lowbit::index_t epochs, std::uint64_t seed);
