#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <lowbit/dispatch/with_isa.hpp>
#include <ostream>

#include "json.hpp"
#include "scatter.hpp"

using lowbit::index_t;

double report_row::mean(double packed_result::*number) const {
  double sum = 0;
  for (const packed_result& r : runs) sum += r.*number;
  return sum / static_cast<double>(runs.size());
}

double report_row::mean_bytes() const {
  double sum = 0;
  for (const packed_result& r : runs) sum += static_cast<double>(r.bytes);
  return sum / static_cast<double>(runs.size());
}

index_t report::differing_logits() const {
  index_t count = 0;
  for (const report_row& row : rows)
    for (const packed_result& r : row.runs) count += r.differing_logits;
  return count;
}

void print_heading() {
  std::printf("%-34s %-14s %6s %9s %7s %11s %9s %9s\n", "pipeline", "network", "kept", "bytes",
              "smaller", "float error", "error", "us/image");
}

void print_row(const report_row& row) {
  std::printf("%-34s %-14s %4.1f %% %9.0f %6.1fx %9.2f %% %7.2f %% %9.1f\n", row.name.c_str(),
              row.network.c_str(), 100 * row.mean(&packed_result::kept), row.mean_bytes(),
              row.float_bytes() / row.mean_bytes(), 100 * row.mean(&packed_result::error_float),
              100 * row.mean(&packed_result::error),
              1e6 * row.mean(&packed_result::seconds_per_image));
  std::fflush(stdout);
}

void print_parts(const report& r) {
  std::printf("\n%-34s %8s %8s %9s %7s %8s %7s %7s %8s\n", "bytes", "values", "indices",
              "codebooks", "tables", "fillers", "biases", "header", "total");
  for (const report_row& row : r.rows) {
    const auto& p = row.runs.back().parts;
    std::printf("%-34s %8td %8td %9td %7td %8td %7td %7td %8td\n", row.name.c_str(), p.values,
                p.indices, p.codebooks, p.tables, p.fillers, p.biases, p.headers + p.others,
                p.total());
  }
}

void write_json(const report& r, std::ostream& out) {
  out << "{\"isa\": " << quoted(lowbit::active_isa()) << ", \"cpu\": " << quoted(processor())
      << ",\n \"seeds\": " << list(r.seeds, [](std::uint64_t s) { return std::to_string(s); })
      << ", \"cpu_seconds\": " << number(r.cpu_seconds)
      << ", \"small_dense_error\": " << number(r.small_dense_error) << ",\n \"rows\": [";
  const char* separator = "\n";
  for (const report_row& row : r.rows)
    for (std::size_t i = 0; i < row.runs.size(); ++i) {
      const packed_result& run = row.runs[i];
      const auto& p = run.parts;
      out << separator << "  {\"pipeline\": " << quoted(row.name)
          << ", \"network\": " << quoted(row.network) << ", \"seed\": " << r.seeds[i]
          << ", \"bytes\": " << run.bytes << ",\n   \"parts\": {\"values\": " << p.values
          << ", \"indices\": " << p.indices << ", \"codebooks\": " << p.codebooks
          << ", \"tables\": " << p.tables << ", \"fillers\": " << p.fillers
          << ", \"biases\": " << p.biases << ", \"header\": " << p.headers + p.others
          << "},\n   \"float_bytes\": " << run.float_bytes << ", \"kept\": " << number(run.kept)
          << ", \"error_float\": " << number(run.error_float)
          << ", \"error\": " << number(run.error) << ",\n   \"steps\": "
          << list(run.steps,
                  [](const lowbit::compress::step_result& step) {
                    return "{\"name\": " + quoted(step.name) +
                           ", \"error\": " + number(step.error) +
                           ", \"kept\": " + number(step.kept) +
                           ", \"seconds\": " + number(step.seconds) + "}";
                  })
          << ",\n   \"differing_logits\": " << run.differing_logits
          << ", \"seconds_per_image\": " << number(run.seconds_per_image)
          << ", \"seconds\": " << number(run.seconds) << "}";
      separator = ",\n";
    }
  out << "\n ]}\n";
}

void write_plot(const report& r, std::ostream& out) {
  std::vector<scatter_point> points;
  std::vector<std::string> floats;
  for (const report_row& row : r.rows) {
    const int color = row.network == cnn.name ? 1 : 0;
    points.push_back({row.name, row.mean_bytes(), 100 * row.mean(&packed_result::error), color});
    if (std::find(floats.begin(), floats.end(), row.network) != floats.end()) continue;
    floats.push_back(row.network);
    points.push_back({row.network + " in floats", row.float_bytes(),
                      100 * row.mean(&packed_result::error_float), color, true});
  }
  draw_scatter(std::move(points),
               {"size of the file; error on the test images, mean of " +
                    std::to_string(r.seeds.size()) + " seeds",
                {"dense networks", cnn.name},
                true},
               out);
}
