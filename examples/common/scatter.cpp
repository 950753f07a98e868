#include "scatter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace {

/// Numbers from `low` to `high` as places from pixel `from` to pixel `to`.
struct axis {
  double low, high, from, to;
  double operator()(double x) const {
    const double at = from + (x - low) / (high - low) * (to - from);
    return std::clamp(at, std::min(from, to), std::max(from, to));
  }
};

constexpr double left = 60, right = 560, top = 20, bottom = 520, line_height = 13;

/// printf to a stream.
template <class... Arguments>
void print(std::ostream& out, const char* format, Arguments... arguments) {
  char text[400];
  std::snprintf(text, sizeof text, format, arguments...);
  out << text;
}

void draw_grid(const axis& x, const axis& y, std::ostream& out) {
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
}

}  // namespace

void draw_scatter(std::vector<scatter_point> points, const scatter_text& text, std::ostream& out) {
  std::stable_sort(points.begin(), points.end(), [&](const auto& a, const auto& b) {
    return text.best_is_low ? a.percent < b.percent : a.percent > b.percent;
  });
  const auto [lightest, heaviest] = std::minmax_element(
      points.begin(), points.end(), [](auto& a, auto& b) { return a.bytes < b.bytes; });
  const auto decade = [](double bytes) { return 5 * std::log10(bytes); };
  const axis x{std::floor(decade(lightest->bytes)) / 5, std::ceil(decade(heaviest->bytes)) / 5,
               left, right};
  const double median = points[points.size() / 2].percent;
  const double best = points.front().percent, worst = points.back().percent;
  const axis y = text.best_is_low
                     ? axis{std::floor(best), std::ceil(std::min(worst, median + 4)), bottom, top}
                     : axis{std::floor(std::max(worst, median - 4)), std::ceil(best), bottom, top};

  const double height =
      std::max(bottom + 70, top + line_height * static_cast<double>(points.size() + 2));
  print(out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"%.0f\" "
        "font-family=\"sans-serif\" font-size=\"11\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
        height);
  draw_grid(x, y, out);
  print(out, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%s</text>\n", (left + right) / 2,
        bottom + 36, text.axes.c_str());
  double line = top;
  for (std::size_t i = 0; i < points.size(); ++i, line += line_height) {
    const scatter_point& p = points[i];
    const char* const color = p.color == 0 ? "#1764ab" : "#c23b22";
    const double across = x(std::log10(p.bytes)), down = y(p.percent);
    print(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\" fill-opacity=\"%s\"/>", across,
          down, color, p.pale ? "0.3" : "0.9");
    print(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"8\" fill=\"%s\">%zu</text>\n", across + 5,
          down + 3, color, i + 1);
    print(out, "<text x=\"%.0f\" y=\"%.1f\" fill=\"%s\">%zu  %s: %.2f %%, %.1f kB</text>\n",
          right + 30, line + 4, color, i + 1, p.name.c_str(), p.percent, p.bytes / 1000);
  }
  print(out, "<text x=\"%.0f\" y=\"%.0f\">blue: %s, red: %s; pale: in floats</text>\n", left,
        bottom + 54, text.colors[0].c_str(), text.colors[1].c_str());
  out << "</svg>\n";
}
