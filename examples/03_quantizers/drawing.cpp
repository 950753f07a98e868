#include "drawing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>

namespace {

/// "Title, 2016", as said above a picture.
std::string title_of(const method& m) {
  const bool on_arxiv = m.paper.size() == 10 && m.paper[4] == '.';
  return m.name + "  –  " + m.encoding + ", " + std::to_string(m.bits) +
         (m.bits == 1 ? " bit, " : " bits, ") + (on_arxiv ? "arXiv:" + m.paper : m.paper) +
         (on_arxiv ? ", " + std::to_string(m.year) : "");
}

/// A gnuplot that reads a script from this program.
class gnuplot {
 public:
  gnuplot(const std::string& file, int width, int height) : pipe_(popen("gnuplot", "w")) {
    if (!pipe_) throw std::runtime_error("cannot start gnuplot");
    std::string quoted;
    for (const char c : file) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    say("set terminal pngcairo size %d,%d font 'sans,12' background '#ffffff'\n", width, height);
    say("set output '%s'\n", quoted.c_str());
    say("set grid lc rgb '#e0e0e0' lt 1 lw 1\nset padding 3 lc rgb '#808080'\nset tics nomirror\n");
  }
  template <class... Parts>
  void say(const char* text, Parts... parts) {
    if constexpr (sizeof...(Parts) == 0)
      std::fputs(text, pipe_.get());
    else
      std::fprintf(pipe_.get(), text, parts...);
  }
  /// A named block of points; y(i) is NaN where there is none.
  void points(const char* name, std::span<const double> x, std::span<const double> y) {
    say("$%s << END\n", name);
    for (std::size_t i = 0; i < x.size(); ++i) say("%.9g %.9g\n", x[i], y[i]);
    say("END\n");
  }
  void finish() {
    if (const int status = pclose(pipe_.release()); status != 0)
      throw std::runtime_error("gnuplot failed, its status is " + std::to_string(status));
  }

 private:
  struct closer {
    void operator()(std::FILE* f) const { pclose(f); }
  };
  std::unique_ptr<std::FILE, closer> pipe_;
};

/// Room around the values, so that no line lies on the frame.
struct limits {
  double low;
  double high;
  explicit limits(std::span<const double> values) {
    low = *std::min_element(values.begin(), values.end());
    high = *std::max_element(values.begin(), values.end());
    const double room = high > low ? 0.08 * (high - low) : 0.5;
    low -= room;
    high += room;
  }
};

/// Those of gradients have 0 within, and a place for the key above.
limits gradient_limits(const curve& c) {
  limits of(c.gradient);
  of.low = std::fmin(of.low, -0.1 * of.high);
  of.high = std::fmax(of.high, 0) + 0.25 * (std::fmax(of.high, 0) - of.low);
  return of;
}

/// How many weights fall into each of the 80 bins of the range, of the fullest bin.
std::vector<double> histogram(weight_view w, std::span<const double> centres, double width) {
  std::vector<double> shares(centres.size());
  for (lowbit::index_t i = 0; i < w.rows() * w.cols(); ++i) {
    const double bin = std::floor((static_cast<double>(w.data()[i]) - centres[0]) / width + 0.5);
    if (bin >= 0 && bin < static_cast<double>(shares.size()))
      shares[static_cast<std::size_t>(bin)] += 1;
  }
  const double most = *std::max_element(shares.begin(), shares.end());
  for (double& share : shares) share /= most > 0 ? most : 1;
  return shares;
}

/// One panel of text: a column of marks for each of the curve's points.
void text_panel(std::span<const double> x, std::span<const double> y, const limits& of, int lines) {
  const auto line_of = [&](double value) {
    return static_cast<int>(std::lround((of.high - value) / (of.high - of.low) * (lines - 1)));
  };
  const int zero = line_of(0);
  for (int line = 0; line < lines; ++line) {
    std::string text;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool is_axis = i > 0 && (x[i - 1] < 0) != (x[i] < 0);
      // Where the curve jumps, the lines between are filled up.
      const int here = line_of(y[i]), before = i > 0 ? line_of(y[i - 1]) : here;
      const bool is_jump = line > std::min(here, before) && line < std::max(here, before);
      text += here == line ? '*' : is_jump ? ':' : line == zero ? '-' : is_axis ? '|' : ' ';
    }
    text.erase(text.find_last_not_of(' ') + 1);
    std::printf("%10.4g  %s\n", of.high - (of.high - of.low) * line / (lines - 1), text.c_str());
  }
}

}  // namespace

bool has_gnuplot() { return std::system("command -v gnuplot > /dev/null 2>&1") == 0; }

void draw_png(const std::string& file, const method& m, const curve& c,
              const weight_view* weights) {
  gnuplot g(file, 1000, 760);
  const double from = c.x.front(), to = c.x.back();
  g.points("level", c.x, c.level);
  if (!c.soft.empty()) g.points("soft", c.x, c.soft);
  g.say("set multiplot\nset lmargin at screen 0.09\nset rmargin at screen 0.97\n");
  g.say("set xrange [%.9g:%.9g]\nset key top left Left reverse samplen 2\n", from, to);
  g.say("set zeroaxis lc rgb '#808080' lt 1 lw 1\n");

  const double bottom = c.gradient.empty() ? 0.09 : 0.42;
  const limits levels(c.level);
  g.say("set title \"%s\" font 'sans,14' noenhanced\n", title_of(m).c_str());
  g.say("set tmargin at screen 0.93\nset bmargin at screen %g\n", bottom);
  g.say("set yrange [%.9g:%.9g]\nset y2range [0:1.6]\n", levels.low, levels.high);
  std::string plot = "plot ";
  if (weights != nullptr) {
    constexpr int bins = 100;
    const double width = (to - from) / bins;
    std::vector<double> centres;
    for (int i = 0; i < bins; ++i) centres.push_back(from + (i + 0.5) * width);
    const std::vector<double> heights = histogram(*weights, centres, width);
    g.points("weights", centres, heights);
    plot += "$weights axes x1y2 with boxes fs solid fc rgb '#d8d8d8' title 'weights', ";
  }
  plot += "x with lines dt 2 lw 1 lc rgb '#808080' title 'y = x', ";
  if (!c.soft.empty()) plot += "$soft with lines lw 1.5 lc rgb '#009E73' title 'soft', ";
  plot += "$level with lines lw 2.5 lc rgb '#0072B2' title '";
  plot += m.stochastic ? "mean level'\n" : "level'\n";
  g.say("%s", plot.c_str());

  if (!c.gradient.empty()) {
    const limits slopes = gradient_limits(c);
    g.points("gradient", c.x, c.gradient);
    g.say("unset title\nset tmargin at screen 0.34\nset bmargin at screen 0.07\n");
    g.say("set yrange [%.9g:%.9g]\n", slopes.low, slopes.high);
    g.say("plot $gradient with lines lw 2.5 lc rgb '#D55E00' title 'gradient'\n");
  }
  g.say("unset multiplot\n");
  g.finish();
}

void draw_text(const method& m, const curve& c) {
  std::printf("%s\n\n", title_of(m).c_str());
  text_panel(c.x, c.level, limits(c.level), 21);
  std::printf("%10s  %-10.4g%*.4g\n", "x", c.x.front(), static_cast<int>(c.x.size()) - 10,
              c.x.back());
  if (!c.gradient.empty()) {
    std::printf("\n%s\n", "  gradient");
    text_panel(c.x, c.gradient, gradient_limits(c), 9);
  }
}

void draw_png(const std::string& file, const std::vector<table_row>& rows) {
  gnuplot g(file, 1500, 900);
  g.say("set title 'Fitted methods on one weight matrix' font 'sans,14'\n");
  g.say(
      "set xlabel 'bits per weight, levels included'\nset ylabel 'SQNR in dB, after the best "
      "scale'\n");
  g.say("set key top left Left reverse\nset xrange [0.6:9.8]\nset yrange [-4:*]\n");
  for (const bool magnitudes : {false, true}) {
    g.say("$%s << END\n", magnitudes ? "magnitudes" : "weights");
    for (const table_row& row : rows)
      if (row.failure.empty() && row.result.of_magnitudes == magnitudes)
        g.say("%.6g %.6g\n", row.result.bits, row.result.rescaled);
    g.say("END\n");
  }
  // Names stand beside their points, pushed down where they would touch: rows are sorted from the top down.
  constexpr double outlined = 1.15;
  g.say("$names << END\n");
  int bits = 0;
  double free = 0;
  for (const table_row& row : rows) {
    if (!row.failure.empty()) continue;
    if (row.of->bits != bits) free = HUGE_VAL;
    bits = row.of->bits;
    const double y = std::fmin(row.result.rescaled, free);
    g.say("%.6g %.6g 0.14 %.6g \"%s\"\n", row.result.bits, row.result.rescaled,
          y - row.result.rescaled, row.of->name.c_str());
    free = y - outlined;
  }
  g.say("END\n");
  g.say("plot 6.02 * x with lines dt 2 lc rgb '#808080' title '6 dB a bit', ");
  g.say("$names using 1:2:3:4 with vectors nohead lc rgb '#b0b0b0' notitle, ");
  g.say("$weights with points pt 7 ps 1.2 lc rgb '#0072B2' title 'of the weights', ");
  g.say("$magnitudes with points pt 6 ps 1.2 lc rgb '#D55E00' title 'of their magnitudes', ");
  g.say(
      "$names using ($1+$3):($2+$4):5 with labels left offset 0.3,0 font 'sans,9' noenhanced "
      "notitle\n");
  g.finish();
}
