#include <algorithm>

#include "report.hpp"
#include "rounds.hpp"
#include "text.hpp"

namespace bench {
namespace {

std::string time_text(double ns) {
  if (ns < 1e3) return format("%.0f ns", ns);
  if (ns < 1e6) return format("%.*f µs", ns < 1e4 ? 2 : ns < 1e5 ? 1 : 0, ns / 1e3);
  return format("%.*f ms", ns < 1e7 ? 2 : ns < 1e8 ? 1 : 0, ns / 1e6);
}
std::string time_text(const std::optional<double>& ns) { return ns ? time_text(*ns) : ""; }
std::string percent(const std::optional<double>& share) {
  return share ? format("%.0f %%", 100 * *share) : "";
}
std::string rate(const std::optional<double>& x) {
  return x ? format("%.*f", *x < 10 ? 1 : 0, *x) : "";
}
std::string times(double x) { return format("%.*f×", x < 10 ? 2 : x < 100 ? 1 : 0, x); }

std::string shape_text(const std::vector<long>& shape) {
  std::string text;
  for (const long size : shape) text += (text.empty() ? "" : "×") + std::to_string(size);
  return text;
}

enum class align { left, right };

/// A table: its header, then its lines. Columns that are empty in every line are left out.
class table {
 public:
  table(align floats, std::vector<std::string> header)
      : numbers_(floats), lines_{std::move(header)} {}
  void add(std::vector<std::string> line) { lines_.push_back(std::move(line)); }
  [[nodiscard]] std::string text() const {
    std::string out;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      std::string line, rule;
      for (std::size_t c = 0; c < lines_[0].size(); ++c)
        if (used(c)) {
          line += "| " + lines_[i][c] + " ";
          rule += c > 0 && numbers_ == align::right ? "|---:" : "|---";
        }
      out += line + "|\n";
      if (i == 0) out += rule + "|\n";
    }
    return out + "\n";
  }

 private:
  [[nodiscard]] bool used(std::size_t column) const {
    for (std::size_t i = 1; i < lines_.size(); ++i)
      if (!lines_[i][column].empty()) return true;
    return false;
  }
  align numbers_;
  std::vector<std::vector<std::string>> lines_;
};

/// Names in order of first appearance.
template <class Range, class Name>
std::vector<std::string> names_in(const Range& range, Name name) {
  std::vector<std::string> names;
  for (const auto& one : range) {
    bool known = false;
    for (const std::string& other : names) known = known || other == name(one);
    if (!known) names.push_back(name(one));
  }
  return names;
}

std::string task_table(const report& all, const std::string& task) {
  std::vector<row> rows;
  std::vector<rival_time> met;
  bool one_isa = true, one_thread = true;
  for (const row& r : all.rows) {
    if (r.task != task) continue;
    rows.push_back(r);
    met.insert(met.end(), r.rivals.begin(), r.rivals.end());
    one_isa = one_isa && r.isa == all.isa;
    one_thread = one_thread && r.threads == 1;
  }
  const auto rivals = names_in(met, [](const rival_time& other) { return other.name; });
  std::vector<std::string> header = {
      "part",      "shape",        "ISA",     "threads", "time",
      "MAC/cycle", "B/cycle",      "of peak", "of read", "rhs not prepared",
      "packing",   "with packing", "share",   "bits",    "real",
      "glue"};
  for (const std::string& name : rivals) header.push_back("vs " + name);
  table out(align::right, header);
  for (const row& r : rows) {
    std::vector<std::string> line = {r.part,
                                     shape_text(r.shape),
                                     one_isa ? "" : r.isa,
                                     one_thread ? "" : std::to_string(r.threads),
                                     time_text(r.median_ns),
                                     rate(r.mac_per_cycle),
                                     rate(r.bytes_per_cycle),
                                     percent(r.of_peak),
                                     percent(r.of_read),
                                     time_text(r.unprepared_ns),
                                     time_text(r.packing_ns),
                                     time_text(r.with_packing_ns),
                                     percent(r.of_network),
                                     time_text(r.convolution_ns),
                                     time_text(r.real_ns),
                                     percent(r.glue)};
    for (const std::string& name : rivals) {
      std::string cell;
      for (const rival_time& other : r.rivals)
        if (other.name == name) cell = times(other.times_ours);
      line.push_back(cell);
    }
    out.add(line);
  }
  return "## " + task + "\n\n" + out.text();
}

std::string roofs_text(const report& all) {
  table roofs(align::right, {"used for", "instructions", "MAC/cycle"});
  for (const roof_rate& roof : all.roofs)
    roofs.add({roof.short_name, roof.name, format("%.0f", roof.mac_per_cycle)});
  table reads(align::right, {"read from", "working set", "B/cycle", "GB/s"});
  for (const level_rate& level : all.reads)
    reads.add({level.name, format("%.0f KiB", level.bytes / 1024),
               format("%.1f", level.bytes_per_cycle), format("%.1f", level.gb_per_s)});
  return "## Roofs\n\n" + roofs.text() + reads.text();
}

constexpr const char* how_to_read = R"(## How to read it

- **time**: the median over rounds of what one call has run, codes packed and rhs prepared. Everything in a row
  ran in one process, one after another, round after round; every answer was first compared with the scalar
  reference.
- **MAC/cycle**: multiply-accumulates per cycle, of the clock measured beside every sample.
- **of peak**: this rate divided by that of product, count and add in a register loop (below AVX-512 VPOPCNTDQ: of
  look-up and add), measured in the same rounds. An operand of several planes takes a bit product for each pair of
  planes; the rate counts those. Fused adders take five operations where product, count and add take six, so
  kernels built of them pass 100 %; their own roof is listed above.
- **of read**: the rate of reading, divided by that of loads alone from as large a working set. It is the roof
  where every bit is used once.
- **rhs not prepared**: the same call with a rhs that is only packed. **packing**: the lhs from floats to bits.
  **with packing**: that and the product with a prepared rhs.
- **vs X**: X's time divided by ours (the column *time*), the median over rounds; above 1 we are faster. Peers
  multiply the same floats as floats or bytes, without conversion from floats, and with weights reordered
  beforehand where they have an interface for it. FAISS searches the nearest code and writes no product.
- Of a network: **share** is the layer's part of the whole; **bits** its binary convolution alone, to int32 sums;
  **real** its real convolution; **glue** what is left of the network's time without both. Layers are timed one by
  one, in caches that are warm; in the network, weights come from further away, and a pool behind a real
  convolution runs together with it.
- **empty instructions per cycle** says whose the core is: half of what it can start means that its other thread, or
  another guest's, is busy. Then small products, epilogues and packing take up to twice as long, and the roofs of
  the vector units hardly change.
- One thread unless a column says otherwise, and the ISA above unless a column says otherwise. Times from a shared
  machine drift; compare within a row.
)";

std::string peers_text(const report& all) {
  std::vector<rival_time> met;
  for (const row& r : all.rows) met.insert(met.end(), r.rivals.begin(), r.rivals.end());
  const auto text = [](const rival_time& other) { return other.name + ": " + other.how; };
  std::string out;
  for (const std::string& line : names_in(met, text)) out += "- " + line + "\n";
  for (const std::string& line : all.skipped) out += "- " + line + "\n";
  for (const row& r : all.rows)
    for (const std::string& note : r.notes)
      out += "- " + r.task + " " + shape_text(r.shape) + ": " + note + "\n";
  return out.empty() ? "" : "## Compared with\n\n" + out + "\n";
}

}  // namespace

std::string to_markdown(const report& all) {
  std::string out = "# lowbit: benchmark report\n\n";
  if (all.quick) out += "A quick run: a subset of the tasks.\n\n";
  table where(align::left, {"", ""});
  where.add({"machine", all.where.cpu});
  where.add({"cores", std::to_string(all.where.cores) + "; " + all.where.caches});
  where.add({"clock", format("%.2f GHz, measured", all.where.ghz)});
  where.add({"load average", format("%.2f before, %.2f after", all.where.load, all.load_after)});
  if (const auto& widths = all.issue_widths; !widths.empty())
    where.add({"empty instructions per cycle",
               format("%.1f, median of %.1f to %.1f between the rows", median(widths),
                      *std::min_element(widths.begin(), widths.end()),
                      *std::max_element(widths.begin(), widths.end()))});
  where.add({"system", all.where.system});
  where.add({"compiler", all.compiler});
  where.add({"flags", all.flags.empty() ? "none" : all.flags});
  where.add({"ISA", all.isa});
  where.add({"build", all.build});
  out += where.text() + roofs_text(all);
  for (const std::string& task : names_in(all.rows, [](const row& r) { return r.task; }))
    out += task_table(all, task);
  return out + peers_text(all) + how_to_read;
}

}  // namespace bench
