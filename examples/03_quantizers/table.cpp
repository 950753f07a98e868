#include "table.hpp"

#include <algorithm>
#include <cstdio>
#include <lowbit/core/error.hpp>

std::vector<table_row> fit_all(weight_view weights, grouping group) {
  std::vector<table_row> rows;
  for (const method& m : methods()) {
    if (!m.fits) continue;
    table_row row{&m, {}, ""};
    try {
      row.result = m.fit(weights, group);
    } catch (const lowbit::error& e) {
      row.failure = e.what();
    }
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const table_row& a, const table_row& b) {
    if (a.of->bits != b.of->bits) return a.of->bits < b.of->bits;
    return a.result.rescaled > b.result.rescaled;
  });
  return rows;
}

void print_table(const std::vector<table_row>& rows) {
  std::printf("%-40s %-15s %6s %10s %9s %10s %7s %9s\n", "method", "encoding", "bits", "RMS error",
              "SQNR", "rescaled", "zeros", "fit");
  bool magnitudes = false;
  for (const table_row& row : rows) {
    const std::string name = row.of->name + (row.result.of_magnitudes ? " *" : "");
    magnitudes |= row.result.of_magnitudes;
    if (!row.failure.empty()) {
      std::printf("%-40s %s\n", name.c_str(), row.failure.c_str());
      continue;
    }
    std::printf("%-40s %-15s %6.3f %10.6f %6.1f dB %7.1f dB %5.1f %% %6.2f ms\n", name.c_str(),
                row.of->encoding.c_str(), row.result.bits, row.result.rms_error, row.result.sqnr,
                row.result.rescaled, 100 * row.result.zeros, row.result.milliseconds);
  }
  std::printf(
      "bits: a weight, levels included; rescaled: SQNR after the best single scale, which a batch "
      "norm\n"
      "behind the layer may learn where a method does not keep the size of the weights\n");
  if (magnitudes) std::printf("* for activations, without negative levels: fitted to |w|\n");
}
