// What the program prints and writes.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "integers.hpp"
#include "trained.hpp"

/// A system and its results, one per seed.
struct report_row {
  const system_row* system = nullptr;  ///< null: the float twin
  std::vector<trained> runs;
  double seconds = 0;  ///< of the processor, all seeds

  std::string name() const { return system == nullptr ? "float twin" : system->name; }
  double mean() const;
  double range() const;  ///< largest minus smallest
};

struct report {
  std::vector<std::uint64_t> seeds;
  std::vector<report_row> rows;
  integer_result integers;
  double cpu_seconds = 0;

  lowbit::index_t differing() const;
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
void print_verdicts(const std::vector<verdict>& all);
void write_json(const report& r, std::ostream& out);
