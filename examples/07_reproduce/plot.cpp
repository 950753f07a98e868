#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "report.hpp"

namespace {

/// A number on an axis, from `low` to `high`, as a place between two pixels.
struct axis {
  double low, high, from, to;
  double operator()(double x) const { return from + (x - low) / (high - low) * (to - from); }
};

constexpr double left = 60, right = 560, top = 20, bottom = 520, line_height = 13;

/// printf to a stream.
template <class... Arguments>
void print(std::ostream& out, const char* format, Arguments... arguments) {
  char text[400];
  std::snprintf(text, sizeof text, format, arguments...);
  out << text;
}

}  // namespace

void write_plot(const report& r, std::ostream& out) {
  std::vector<const report_row*> rows;
  for (const report_row& row : r.rows) rows.push_back(&row);
  const auto accuracy = [](const report_row* row) {
    return 100 * (row->system == nullptr ? row->mean() : row->mean_on_bits());
  };
  const auto bytes = [](const report_row* row) {
    return std::log10(static_cast<double>(row->runs.back().bytes));
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](auto* a, auto* b) { return accuracy(a) > accuracy(b); });
  const auto [lightest, heaviest] = std::minmax_element(
      rows.begin(), rows.end(), [&](auto* a, auto* b) { return bytes(a) < bytes(b); });
  const axis x{std::floor(bytes(*lightest) * 5) / 5, std::ceil(bytes(*heaviest) * 5) / 5, left,
               right};
  // Systems far below the others lie on the lower edge, with their accuracy in the list.
  const double median = accuracy(rows[rows.size() / 2]);
  const axis y{std::floor(std::max(accuracy(rows.back()), median - 4)),
               std::ceil(accuracy(rows.front())), bottom, top};

  const double height =
      std::max(bottom + 70, top + line_height * static_cast<double>(rows.size() + 2));
  print(out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"%.0f\" "
        "font-family=\"sans-serif\" font-size=\"11\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
        height);
  for (double percent = y.low; percent <= y.high; percent += 1) {
    print(out, "<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>", left,
          right, y(percent), y(percent));
    print(out, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.0f %%</text>\n", left - 6,
          y(percent) + 4, percent);
  }
  for (double power = std::floor(x.low); power <= x.high; power += 1)
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double at = power + std::log10(digit);
      if (at < x.low || at > x.high) continue;
      print(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#ddd\"/>", x(at),
            x(at), top, bottom);
      print(out, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.0f kB</text>\n", x(at),
            bottom + 16, std::pow(10, at - 3));
    }
  print(out,
        "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">size of the file; accuracy on bits, "
        "mean of "
        "%zu seeds</text>\n",
        (left + right) / 2, bottom + 36, r.seeds.size());
  double line = top;
  for (std::size_t i = 0; i < rows.size(); ++i, line += line_height) {
    const report_row& row = *rows[i];
    const char* const color = row.network == &mlp ? "#1764ab" : "#c23b22";
    const double at = std::min(y(accuracy(&row)), bottom);
    print(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\" fill-opacity=\"%s\"/>",
          x(bytes(&row)), at, color, row.system == nullptr ? "0.3" : "0.9");
    print(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"8\" fill=\"%s\">%zu</text>\n",
          x(bytes(&row)) + 5, at + 3, color, i + 1);
    print(out, "<text x=\"%.0f\" y=\"%.1f\" fill=\"%s\">%zu  %s: %.2f %%, %.1f kB</text>\n",
          right + 30, line + 4, color, i + 1, row.name().c_str(), accuracy(&row),
          static_cast<double>(row.runs.back().bytes) / 1000);
  }
  print(out, "<text x=\"%.0f\" y=\"%.0f\">blue: %s, red: %s; pale: in floats</text>\n", left,
        bottom + 54, mlp.layers, cnn.layers);
  out << "</svg>\n";
}
