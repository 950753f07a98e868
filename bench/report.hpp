// The report: everything that was measured, and the three files it becomes.
//
//     report.json      for programs: every figure
//     report.md        for readers: a table for each task
//     report.gnuplot   the picture report.png, if gnuplot draws it: MAC a cycle over size, and the roofs
#pragma once

#include <string>
#include <vector>

#include "machine.hpp"
#include "row.hpp"

namespace bench {

/// A measured roof of arithmetic.
struct roof_rate {
  std::string name;        ///< the instructions
  std::string short_name;  ///< what they are used for
  std::string isa;         ///< whose kernels they bound; empty: another library's
  double mac_per_cycle = 0;
};

/// A measured roof of memory.
struct level_rate {
  std::string name;
  double bytes = 0;
  double bytes_per_cycle = 0;
  double gb_per_s = 0;
};

/// The whole.
struct report {
  machine where;
  std::string build;     ///< version, compiler, namespace of flags, ISA
  std::string compiler;  ///< as the compiler names itself
  std::string flags;
  std::string isa;
  bool quick = false;
  double load_after = 0;
  std::vector<double> issue_widths;  ///< measure_issue_width() before each task
  std::vector<roof_rate> roofs;
  std::vector<level_rate> reads;
  std::vector<std::string> skipped;  ///< roofs and peers, with the reason
  std::vector<row> rows;
};

[[nodiscard]] std::string to_json(const report& all);
[[nodiscard]] std::string to_markdown(const report& all);
/// A script that draws report.png into the directory it runs in.
[[nodiscard]] std::string to_gnuplot(const report& all);

}  // namespace bench
