// What the programs print and write: two tables, a few pictures, a JSON file.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <lowbit/nn/deployment/trace.hpp>
#include <string>
#include <vector>

#include "dataset.hpp"

/// One layer of both networks.
struct layer_report {
  std::string name;
  double seconds_float = 0, seconds_packed = 0;  // per image
  lowbit::index_t bytes_float = 0, bytes_packed = 0;
};

/// Everything that was measured.
struct results {
  std::string dataset;
  lowbit::index_t train_images = 0, test_images = 0;
  double accuracy_float_twin = 0, accuracy_bnn = 0, accuracy_packed = 0;
  lowbit::nn::comparison agreement;
  bool loaded_identical = false;
  lowbit::index_t bytes_float = 0, bytes_packed = 0;
  double seconds_per_image_float = 0, seconds_per_image_packed = 0;
  std::vector<layer_report> layers;
  std::string isa, flags, build;
  std::vector<std::string> kernels;
  std::uint64_t packed_digest = 0, seed = 0;
  lowbit::index_t epochs = 0;
  double train_seconds = 0;

  bool identical() const { return agreement.identical() && loaded_identical; }
};

/// FNV-1a over logits (4 bytes each), least significant byte first: one number that must not depend on the ISA.
std::uint64_t digest(const std::vector<float>& logits);

/// Accuracies, bytes and times of both networks, then a line per layer.
void print_table(const results& r);

/// The first test images with what the packed network takes them for, as many as fit 80 columns and
/// two rows.
void print_pictures(const dataset& data, const std::vector<lowbit::index_t>& guesses);

/// Everything as one JSON object.
void write_json(const results& r, std::ostream& out);
