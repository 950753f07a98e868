// What the program prints and writes.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "integers.hpp"
#include "trained.hpp"

/// A system, or the float network that it is compared with, and its results, one per seed.
struct report_row {
  const system_row* system = nullptr;  ///< null: a float twin
  const network_plan* network = &mlp;
  std::vector<trained> runs;

  std::string name() const { return system == nullptr ? network->twin : system->name; }
  double mean() const;
  double mean_on_bits() const;
  double mean_of_real_weights() const;
  double range() const;  ///< largest minus smallest
  double seconds() const;
  lowbit::index_t differing_codes() const;
  lowbit::index_t differing_logits() const;
};

struct report {
  std::vector<std::uint64_t> seeds;
  std::vector<report_row> rows;
  integer_result integers;
  double cpu_seconds = 0;

  lowbit::index_t differing() const;
  /// The float network of a row.
  const report_row& twin_of(const report_row& row) const;
};

struct verdict {
  std::string name;
  double margin = 0;  ///< points of accuracy above what is demanded
  bool holds = false;
};
/// The orderings whose systems were trained. One holds if it is broken by no more than the larger range of both.
std::vector<verdict> verdicts(const report& r);

void print_heading();
void print_row(const report_row& row);
void print_integers(const integer_result& made);
void print_verdicts(const std::vector<verdict>& all);
void write_json(const report& r, std::ostream& out);
/// An SVG picture: a point per system, its accuracy on bits over the bytes of its file.
void write_plot(const report& r, std::ostream& out);
