#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <lowbit/dispatch/with_isa.hpp>
#include <ostream>

#include "json.hpp"
#include "scatter.hpp"

namespace {

double mean_of(const std::vector<trained>& runs, double trained::*number) {
  double sum = 0;
  for (const trained& t : runs) sum += t.*number;
  return sum / static_cast<double>(runs.size());
}

}  // namespace

double report_row::mean() const { return mean_of(runs, &trained::accuracy); }
double report_row::mean_on_bits() const { return mean_of(runs, &trained::accuracy_bits); }
double report_row::mean_of_real_weights() const {
  return mean_of(runs, &trained::accuracy_real_weights);
}
double report_row::seconds() const {
  return mean_of(runs, &trained::seconds) * static_cast<double>(runs.size());
}

double report_row::range() const {
  const auto less = [](const trained& a, const trained& b) { return a.accuracy < b.accuracy; };
  const auto [low, high] = std::minmax_element(runs.begin(), runs.end(), less);
  return high->accuracy - low->accuracy;
}

lowbit::index_t report_row::differing_codes() const {
  lowbit::index_t count = 0;
  for (const trained& t : runs) count += t.agreement.different_codes;
  return count;
}

lowbit::index_t report_row::differing_logits() const {
  lowbit::index_t count = 0;
  for (const trained& t : runs) count += t.agreement.different_logits;
  return count;
}

lowbit::index_t report::differing() const {
  lowbit::index_t count = 0;
  for (const report_row& row : rows) count += row.differing_codes() + row.differing_logits();
  return count;
}

const report_row& report::twin_of(const report_row& row) const {
  return *std::find_if(rows.begin(), rows.end(), [&](const report_row& other) {
    return other.system == nullptr && other.network == row.network;
  });
}

std::vector<verdict> verdicts(const report& r) {
  const auto find = [&](const std::string& name) {
    return std::find_if(r.rows.begin(), r.rows.end(),
                        [&](const report_row& row) { return row.name() == name; });
  };
  std::vector<verdict> all;
  for (const ordering& o : orderings()) {
    const auto above = find(o.above), below = find(o.below);
    if (above == r.rows.end() || below == r.rows.end()) continue;
    char name[120];
    std::snprintf(name, sizeof name, "%s%s >= %s %+.1f", o.above,
                  o.real_weights ? ", real weights" : "", o.below, o.by);
    const double mean = o.real_weights ? above->mean_of_real_weights() : above->mean();
    const double margin = 100 * (mean - below->mean()) - o.by;
    const double pooled = 100 * std::max(above->range(), below->range());
    all.push_back({name, margin, margin >= -pooled});
  }
  return all;
}

void print_heading() {
  std::printf("%-26s %-18s %-14s %8s %6s %8s %9s %9s\n", "system", "weights", "inputs", "trained",
              "range", "on bits", "bytes", "us/image");
}

void print_row(const report_row& row) {
  const trained& last = row.runs.back();
  std::printf("%-26s %-18s %-14s %6.2f %% %6.2f ", row.name().c_str(),
              row.system == nullptr ? "float" : row.system->weights,
              row.system == nullptr ? "ReLU" : row.system->inputs, 100 * row.mean(),
              100 * row.range());
  if (row.system == nullptr)
    std::printf("%8s %9td\n", "", last.bytes);
  else
    std::printf("%6.2f %% %9td %9.2f", 100 * row.mean_on_bits(), last.bytes,
                1e6 * last.seconds_per_image);
  if (row.system != nullptr && row.system->real_weights)
    std::printf("   with real weights %.2f %%", 100 * row.mean_of_real_weights());
  if (row.system != nullptr) std::printf("\n");
  std::fflush(stdout);
}

void print_integers(const integer_result& made) {
  std::printf("\nintegers alone, 784-200-100-50-10: %.2f %% in %.0f s (published: %s)\n",
              100 * made.accuracy, made.seconds, made.published);
  for (const auto& [isa, hash] : made.hashes)
    std::printf("  %-16s %016llx after 1000 steps\n", isa.c_str(),
                static_cast<unsigned long long>(hash));
}

void print_verdicts(const std::vector<verdict>& all) {
  std::printf("\n");
  for (const verdict& v : all)
    std::printf("  %-52s %s, margin %+.2f\n", v.name.c_str(), v.holds ? "holds " : "BROKEN",
                v.margin);
}

void write_json(const report& r, std::ostream& out) {
  out << "{\"isa\": " << quoted(lowbit::active_isa()) << ", \"cpu\": " << quoted(processor())
      << ",\n \"seeds\": " << list(r.seeds, [](std::uint64_t s) { return std::to_string(s); })
      << ", \"cpu_seconds\": " << number(r.cpu_seconds) << ",\n \"rows\": [";
  const char* separator = "\n";
  const auto accuracies = [&](const report_row& row, double trained::*which) {
    return list(row.runs, [&](const trained& t) { return number(t.*which); });
  };
  for (const report_row& row : r.rows) {
    if (row.system == nullptr) continue;
    const report_row& twin = r.twin_of(row);
    out << separator << "  {\"name\": " << quoted(row.name())
        << ", \"paper\": " << quoted(row.system->paper)
        << ", \"published\": " << quoted(row.system->published)
        << ", \"network\": " << quoted(row.network->layers) << ", \"widen\": " << row.system->widen
        << ",\n   \"accuracy_float\": " << number(twin.mean())
        << ", \"accuracy_trained\": " << accuracies(row, &trained::accuracy)
        << ", \"accuracy_bits\": " << accuracies(row, &trained::accuracy_bits)
        << (row.system->real_weights
                ? ", \"accuracy_real_weights\": " + accuracies(row, &trained::accuracy_real_weights)
                : "")
        << ",\n   \"differing_codes\": " << row.differing_codes()
        << ", \"differing_logits\": " << row.differing_logits()
        << ", \"bytes\": " << row.runs.back().bytes
        << ", \"float_bytes\": " << twin.runs.back().bytes
        << ", \"seconds_per_image\": " << number(row.runs.back().seconds_per_image)
        << ", \"seconds\": " << number(row.seconds()) << "}";
    separator = ",\n";
  }
  out << "\n ],\n \"orderings\": "
      << list(verdicts(r),
              [&](const verdict& v) {
                return "\n  {\"name\": " + quoted(v.name) +
                       ", \"holds\": " + (v.holds ? "true" : "false") +
                       ", \"margin\": " + number(v.margin) + "}";
              })
      << ",\n \"integer_only\": {\"published\": " << quoted(r.integers.published)
      << ", \"accuracy\": " << number(r.integers.accuracy)
      << ", \"seconds\": " << number(r.integers.seconds) << ", \"weight_hash\": {";
  separator = "";
  for (const auto& [isa, hash] : r.integers.hashes) {
    char text[24];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    out << separator << quoted(isa) << ": " << quoted(text);
    separator = ", ";
  }
  out << "}}}\n";
}

void write_plot(const report& r, std::ostream& out) {
  std::vector<scatter_point> points;
  for (const report_row& row : r.rows) {
    const bool twin = row.system == nullptr;
    points.push_back({row.name(), static_cast<double>(row.runs.back().bytes),
                      100 * (twin ? row.mean() : row.mean_on_bits()), row.network == &mlp ? 0 : 1,
                      twin});
  }
  draw_scatter(
      std::move(points),
      {"size of the file; accuracy on bits, mean of " + std::to_string(r.seeds.size()) + " seeds",
       {mlp.layers, cnn.layers}},
      out);
}
