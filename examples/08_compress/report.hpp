// What the program prints and writes.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "pipelines.hpp"

/// A pipeline and a coding, with the results of all seeds.
struct report_row {
  std::string name;
  std::string network;
  std::vector<packed_result> runs;

  double mean(double packed_result::*number) const;
  double mean_bytes() const;
  double float_bytes() const { return static_cast<double>(runs.back().float_bytes); }
};

struct report {
  std::vector<std::uint64_t> seeds;
  std::vector<report_row> rows;
  double small_dense_error =
      0;  ///< of the dense network with the numbers of HashedNets; 0: not trained
  double cpu_seconds = 0;

  lowbit::index_t differing_logits() const;
};

void print_heading();
void print_row(const report_row& row);
/// Bytes by part, of the last seed.
void print_parts(const report& r);
void write_json(const report& r, std::ostream& out);
void write_plot(const report& r, std::ostream& out);
