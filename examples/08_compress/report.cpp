#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <lowbit/dispatch/with_isa.hpp>
#include <ostream>

#include "json.hpp"
#include "scatter.hpp"

using lowbit::index_t;

namespace {

/// "Deep compression" (arXiv:1510.00149) on LeNet-300-100 and MNIST, with Huffman codes: in all 27 kB of 1,070, 40x, at an
/// error of 1.58 % after 1.64 %.
struct published_layer {
  const char* name;
  double kept, value_bits, index_bits;
};
constexpr published_layer published[] = {
    {"ip1", 8, 4.4, 3.7}, {"ip2", 9, 4.4, 4.3}, {"ip3", 26, 4.3, 3.2}};
constexpr const char* published_name = "Deep Compression, Huffman";

}  // namespace

double report_row::mean(const std::function<double(const packed_result&)>& number) const {
  double sum = 0;
  for (const packed_result& r : runs) sum += number(r);
  return sum / static_cast<double>(runs.size());
}

double report_row::mean_bytes() const {
  return mean([](const packed_result& r) { return static_cast<double>(r.bytes); });
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

void print_small_dense(const report& r) {
  const report_row& row = r.rows.back();
  const auto print = [&](const std::string& name, double packed_result::*error) {
    const auto [low, high] =
        std::minmax_element(row.runs.begin(), row.runs.end(),
                            [&](const auto& a, const auto& b) { return a.*error < b.*error; });
    std::printf("  %-47s %.2f %% (%.2f to %.2f %%)\n", name.c_str(), 100 * row.mean(error),
                100 * (*low).*error, 100 * (*high).*error);
  };
  print("error of " + row.name, &packed_result::error);
  print("784-" + std::to_string(r.small_dense_runs.back().units) + "-10, no fewer numbers",
        &packed_result::error_float);
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

void print_bits(const report& r) {
  const auto bits = [](index_t bytes, index_t weights) {
    return weights == 0 ? 0 : 8 * static_cast<double>(bytes) / static_cast<double>(weights);
  };
  std::printf("\n%-34s %8s %8s %9s %9s\n", "bits per kept weight", "kept", "values", "indices",
              "file");
  for (const report_row& row : r.rows) {
    const packed_result& run = row.runs.back();
    const index_t n = run.kept_weights();
    std::printf("%-34s %6.1f %% %8.1f %9.1f %9.1f\n", row.name.c_str(), 100 * run.kept(),
                bits(run.parts.values, n), bits(run.parts.indices + run.parts.fillers, n),
                bits(run.bytes, n));
  }
  for (const report_row& row : r.rows) {
    if (row.name != published_name) continue;
    std::printf("\n%-34s %8s %8s %9s   in the paper: kept, values, indices\n", row.name.c_str(),
                "kept", "values", "indices");
    const auto& layers = row.runs.back().layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const packed_layer& l = layers[i];
      const published_layer& paper = published[i];
      std::printf("  %-32s %6.1f %% %8.1f %9.1f %17.0f %% %8.1f %9.1f\n", paper.name,
                  100 * static_cast<double>(l.kept) / static_cast<double>(l.weights),
                  bits(l.parts.values, l.kept), bits(l.parts.indices + l.parts.fillers, l.kept),
                  paper.kept, paper.value_bits, paper.index_bits);
    }
  }
}

void write_json(const report& r, std::ostream& out) {
  out << "{\"isa\": " << quoted(lowbit::active_isa()) << ", \"cpu\": " << quoted(processor())
      << ",\n \"seeds\": " << list(r.seeds, [](std::uint64_t s) { return std::to_string(s); })
      << ", \"cpu_seconds\": " << number(r.cpu_seconds) << ", \"small_dense\": "
      << list(r.small_dense_runs,
              [](const small_dense& d) {
                return "{\"units\": " + std::to_string(d.units) +
                       ", \"bytes\": " + std::to_string(d.bytes) +
                       ", \"error\": " + number(d.error) + "}";
              })
      << ",\n \"rows\": [";
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
          << "},\n   \"float_bytes\": " << run.float_bytes << ", \"kept\": " << number(run.kept())
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
    // The floats beside HashedNets are those of a smaller network.
    const bool hashes = row.network == hashed_network;
    const small_dense beside = hashes ? r.small_dense_runs.back() : small_dense{};
    points.push_back(
        {(hashes ? "784-" + std::to_string(beside.units) + "-10" : row.network) + " in floats",
         hashes ? static_cast<double>(beside.bytes) : row.float_bytes(),
         100 * row.mean(&packed_result::error_float), color, true});
  }
  draw_scatter(std::move(points),
               {"size of the file; error on the test images, mean of " +
                    std::to_string(r.seeds.size()) + " seeds",
                {"dense networks", cnn.name},
                true},
               out);
}
