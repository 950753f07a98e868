// Pipelines of the convolution network: allocate, quantize without training, fine-tune the shared values. Weights are
// sqnr_midrise, at one width and at widths by SQNR.
#include "widths.hpp"

#include <algorithm>
#include <cstdio>
#include <lowbit/compress/allocate.hpp>
#include <lowbit/compress/width_families.hpp>
#include <optional>

#include "pipelines.hpp"

namespace compress = lowbit::compress;
using lowbit::index_t;

namespace {

const std::string one_width = "one width: ", allocated = "widths by SQNR: ";

bool begins_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

struct point {
  double bytes, error;
};

/// The bytes at which a line through these points, sorted by bytes, has an error; nothing beyond its ends.
std::optional<double> bytes_at(const std::vector<point>& line, double error) {
  for (std::size_t i = 1; i < line.size(); ++i) {
    const point &a = line[i - 1], &b = line[i];
    if (error > a.error || error < b.error || a.error == b.error) continue;
    return a.bytes + (b.bytes - a.bytes) * (a.error - error) / (a.error - b.error);
  }
  return std::nullopt;
}

/// The mean error after a step.
double error_after(const report_row& row, const std::string& name) {
  double sum = 0;
  for (const packed_result& r : row.runs)
    for (const compress::step_result& step : r.steps) sum += step.name == name ? step.error : 0;
  return sum / static_cast<double>(row.runs.size());
}

}  // namespace

std::vector<pipeline_plan> width_pipelines(const training_length& length) {
  const index_t before = length.epochs(8), fine = length.epochs(2);
  std::vector<pipeline_plan> all;
  const auto add = [&](const std::string& name, compress::pipeline::step allocate) {
    pipeline_plan& p = all.emplace_back(pipeline_plan{name, &cnn, before, fine});
    p.steps.add("allocate", std::move(allocate))
        .add("quantize", compress::quantize{compress::sqnr_widths(), 0})
        .add("fine-tune", compress::retrain{fine, 1e-4f});
  };
  for (const int bits : {3, 4, 5})
    add(one_width + std::to_string(bits), [bits](compress::model& m) {
      compress::set_widths(m, std::vector<int>(m.layers().size(), bits));
    });
  for (const double mean : {2.5, 3.0, 3.5}) {
    char text[24];
    std::snprintf(text, sizeof text, "%g on average", mean);
    add(allocated + text, compress::allocate{{.mean = mean, .least = 1, .most = 7}});
  }
  return all;
}

void print_widths(const report& r) {
  std::vector<const report_row*> uniform, by_sqnr;
  for (const report_row& row : r.rows) {
    if (begins_with(row.name, one_width)) uniform.push_back(&row);
    if (begins_with(row.name, allocated)) by_sqnr.push_back(&row);
  }
  if (uniform.empty() || by_sqnr.empty()) return;
  std::sort(uniform.begin(), uniform.end(), [](const report_row* a, const report_row* b) {
    return a->mean_bytes() < b->mean_bytes();
  });
  std::printf("\n%-34s %9s %-11s %8s %21s\n", "at equal error", "bytes", "after", "error",
              "bytes with one width");
  for (const report_row* const row : by_sqnr)
    for (const char* const step : {"quantize", "fine-tune"}) {
      std::vector<point> line;
      for (const report_row* const each : uniform)
        line.push_back({each->mean_bytes(), error_after(*each, step)});
      const double bytes = row->mean_bytes(), error = error_after(*row, step);
      std::printf("%-34s %9.0f %-11s %6.2f %%", row->name.c_str(), bytes, step, 100 * error);
      if (const std::optional<double> same = bytes_at(line, error))
        std::printf(" %9.0f: %4.1f %% less\n", *same, 100 * (1 - bytes / *same));
      else
        std::printf(" %21s\n", "not within the widths");
    }
}
