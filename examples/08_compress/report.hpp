// What the program prints and writes.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "hashed.hpp"

/// A pipeline and a coding, with the results of all seeds.
struct report_row {
  std::string name;
  std::string network;
  std::vector<packed_result> runs;

  /// Of a number of each run: packed_result::error, or a function of a packed_result.
  double mean(const std::function<double(const packed_result&)>& number) const;
  double mean_bytes() const;
  double float_bytes() const { return static_cast<double>(runs.back().float_bytes); }
};

struct report {
  std::vector<std::uint64_t> seeds;
  std::vector<report_row> rows;
  std::vector<small_dense> small_dense_runs;  ///< beside HashedNets, one per seed
  double cpu_seconds = 0;

  lowbit::index_t differing_logits() const;
};

void print_heading();
void print_row(const report_row& row);
/// HashedNets, the last row, and the dense networks of as many numbers: means and ranges.
void print_small_dense(const report& r);
/// Bytes by part, of the last seed.
void print_parts(const report& r);
/// What a kept weight takes, of the last seed; Deep Compression's layers beside what its paper says.
void print_bits(const report& r);
void write_json(const report& r, std::ostream& out);
void write_plot(const report& r, std::ostream& out);
