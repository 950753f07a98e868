// The pipelines: what is done to a trained network, and which files come out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tested.hpp"

/// A file of a trained model: a row of the table.
struct file_plan {
  std::string coding;  ///< behind the name of the pipeline, where there are several files
  std::function<packed_result(const lowbit::compress::model&, const file_place&)> make;
};

/// A float network whose logits are a part of the loss. The rest of the loss is for labels.
struct teacher_plan {
  const network_plan* network = nullptr;  ///< null: labels alone
  lowbit::index_t epochs = 0;
  double share = 0.9, temperature = 3;
};

/// Training of a pipeline, and its files.
struct pipeline_plan {
  std::string name;
  const network_plan* network;
  lowbit::index_t epochs_before, epochs;  ///< of floats, and of the pipeline
  lowbit::compress::pipeline steps = {};
  teacher_plan teacher = {};
  std::vector<file_plan> files = {};
  bool takes_long = false;  ///< only with --all, or if it is named
};

/// Lengths of trainings: with `quick`, a quarter.
struct training_length {
  bool quick = false;
  lowbit::index_t epochs(lowbit::index_t n) const { return quick ? (n + 3) / 4 : n; }
};

/// A step: weights by a quantizer of the catalogue.
lowbit::compress::quantize quantized(const char* name, lowbit::index_t epochs, float rate);

/// Pruned and shared weights, in the smallest coding, or in a given one.
file_plan sparse_file(const network_plan& network);
file_plan sparse_file(const network_plan& network, lowbit::symbol_coding coding);

/// A list of pipelines; a file of its own has each.
std::vector<pipeline_plan> dense_pipelines(const training_length& length);
std::vector<pipeline_plan> convolution_pipelines(const training_length& length);
std::vector<pipeline_plan> width_pipelines(const training_length& length);
std::vector<pipeline_plan> literature_pipelines(const training_length& length);
/// Pipelines that train for long: CLIP-Q, VNQ, three of four.
std::vector<pipeline_plan> long_pipelines(const training_length& length);
/// These lists in the order of the table, the long ones only if they are wanted.
std::vector<pipeline_plan> all_pipelines(const training_length& length, bool with_long);
