#include <algorithm>
#include <functional>

#include "report.hpp"
#include "text.hpp"

namespace bench {
namespace {

constexpr const char* plotted_task = "W1A1 squares";

/// A line of the plot: its points, and how it is drawn.
struct curve {
  std::string name;
  std::string style;
  std::string points;  ///< "size rate" lines
};

/// What `rate` says of each plotted row; a rate of 0 is left out.
curve curve_of(const report& all, std::string name, std::string style,
               const std::function<double(const row&)>& rate) {
  curve out{std::move(name), std::move(style), ""};
  for (const row& r : all.rows)
    if (r.task == plotted_task)
      if (const double y = rate(r); y > 0)
        out.points += std::to_string(r.shape[0]) + " " + format("%.4g", y) + "\n";
  return out;
}

/// The rate with a time other than the one that was rated.
double rate_in(const row& r, const std::optional<double>& ns) {
  return ns ? r.mac_per_cycle.value_or(0) * r.median_ns / *ns : 0;
}

std::vector<curve> curves_of(const report& all) {
  std::vector<curve> curves = {
      curve_of(all, "lowbit, rhs prepared", "lw 4 lc rgb '#0072B2' pt 7 ps 1.4",
               [](const row& r) { return r.mac_per_cycle.value_or(0); }),
      curve_of(all, "lowbit, packing included", "lw 2.5 dt '-' lc rgb '#0072B2' pt 6 ps 1.2",
               [](const row& r) { return rate_in(r, r.with_packing_ns); })};
  // Colours that the colour-blind can tell apart.
  const std::vector<std::string> colours = {"#D55E00", "#E69F00", "#CC79A7", "#009E73",
                                            "#56B4E9", "#882255", "#000000", "#999999"};
  std::vector<std::string> rivals;
  for (const row& r : all.rows)
    if (r.task == plotted_task && r.rivals.size() > rivals.size()) {
      rivals.clear();
      for (const rival_time& other : r.rivals) rivals.push_back(other.name);
    }
  for (std::size_t i = 0; i < rivals.size(); ++i)
    curves.push_back(curve_of(
        all, rivals[i],
        "lw 2 lc rgb '" + colours[i % colours.size()] + "' pt " + std::to_string(4 + i) + " ps 1",
        [&](const row& r) {
          for (const rival_time& other : r.rivals)
            if (other.name == rivals[i]) return other.mac_per_cycle;
          return 0.0;
        }));
  std::erase_if(curves, [](const curve& c) { return c.points.empty(); });
  return curves;
}

/// A string of gnuplot, where \n is a new line. Names of machines and libraries have no quotes.
std::string quoted(const std::string& text) { return format("\"%s\"", text.c_str()); }

}  // namespace

std::string to_gnuplot(const report& all) {
  const std::vector<curve> curves = curves_of(all);
  std::string out =
      "# Draws report.png: MAC a cycle over the size of a square product, and the roofs.\n"
      "set terminal pngcairo size 1280,800 font 'sans,13' background rgb 'white'\n"
      "set output 'report.png'\n"
      "set title " +
      quoted("1-bit × 1-bit matrix products, one thread\\n{/*0.8 " + all.where.cpu +
             ", lowbit on " + all.isa + "}") +
      "\n"
      "set xlabel 'M = N = K'\n"
      "set ylabel 'multiply-accumulates a cycle'\n"
      "set logscale x 2\n"
      "set logscale y 10\n"
      "set xrange [56:4700]\n"
      "set yrange [0.1:2000]\n"
      "set format y '%g'\n"
      "set grid xtics ytics lc rgb '#dddddd' lw 1\n"
      "set padding 3\n"
      "set tics nomirror out\n"
      "set rmargin 34\n"
      "set key at graph 1.01, graph 0.42 left top Left reverse samplen 3 spacing 1.15 font ',12'\n";
  std::vector<roof_rate> monotone = all.roofs;
  std::ranges::sort(monotone, {}, &roof_rate::mac_per_cycle);
  double free_from = 0;  // where a name has room above those below it
  for (const roof_rate& roof : monotone) {
    const bool of_another_isa = !roof.isa.empty() && roof.isa != all.isa;
    if (of_another_isa) continue;
    const std::string y = format("%.4g", roof.mac_per_cycle);
    out += "set arrow from graph 0, first " + y + " to graph 1, first " + y +
           " nohead dt (6,6) lw 1.2 lc rgb '#555555' back\n";
    const double label_y = std::max(roof.mac_per_cycle, free_from);
    free_from = label_y * 1.3;  // the height of a line of text on this scale
    out += "set label " + quoted(format("%s: %.0f", roof.short_name.c_str(), roof.mac_per_cycle)) +
           format(" at graph 1.01, first %.4g", label_y) + " tc rgb '#333333' font ',12'\n";
  }
  for (std::size_t i = 0; i < curves.size(); ++i)
    out += "$curve" + std::to_string(i) + " << END\n" + curves[i].points + "END\n";
  for (std::size_t i = 0; i < curves.size(); ++i)
    out += (i == 0 ? "plot " : ", \\\n     ") + ("$curve" + std::to_string(i)) +
           " with linespoints " + curves[i].style + " title " + quoted(curves[i].name);
  return out + "\n";
}

}  // namespace bench
