// Quantizers to look at: what each makes of a number, what it lets through to training, and how well it
// follows real weights.
//
//   quantizers                      fits all fitted methods to a weight matrix and prints a table
//   quantizers --draw NAME          forward map and gradient of one method, or of all
//   quantizers --list               the names
//
// The weights are those of a hidden layer that ships with this example, or any .npy file of yours.
// The exit code is 0, or 2 for bad options or files.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <lowbit/dispatch/build_info.hpp>

#include "drawing.hpp"
#include "options.hpp"
#include "table.hpp"
#include "weights.hpp"

#ifndef QUANTIZERS_DATA_DIR  // CMakeLists.txt sets it to the folder that ships with this file
#define QUANTIZERS_DATA_DIR "data"
#endif

namespace {

void print_list() {
  for (const method& m : methods())
    std::printf("%-40s %-13s %d %s  %s, %d%s\n", m.name.c_str(), m.encoding.c_str(), m.bits,
                m.bits == 1 ? "bit " : "bits", m.paper.c_str(), m.year, m.fits ? "  (fitted)" : "");
}

/// The method of that name, or an error with the names that have a part of it.
const method& find(const std::string& name) {
  std::string similar;
  const std::string head = name.substr(0, name.find('<'));
  for (const method& m : methods()) {
    if (m.name == name) return m;
    if (m.name.find(head) != std::string::npos) similar += (similar.empty() ? "" : ", ") + m.name;
  }
  throw usage_error("--draw: '" + name + "' is no method; " +
                    (similar.empty() ? "--list names all" : "did you mean " + similar + "?"));
}

/// A file name of the letters and digits of a method's name: "lq_weight<2>" becomes "lq_weight_2".
std::string file_name(const std::string& name) {
  std::string file;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      file += c;
    else if (!file.empty() && file.back() != '_')
      file += '_';
  while (!file.empty() && file.back() == '_') file.pop_back();
  return file;
}

/// A little beyond the levels, or as far as the weights reach where these decide.
range range_for(const method& m, const options& opt, weight_view weights, int points) {
  double extent = std::fmax(2, 1.2 * m.extent);
  if (m.fits) {
    extent = 0;
    for (lowbit::index_t i = 0; i < weights.rows() * weights.cols(); ++i)
      extent = std::fmax(extent, std::fabs(static_cast<double>(weights.data()[i])));
    extent = extent > 0 ? 1.05 * extent : 1;
  }
  const range over{opt.from.value_or(-extent), opt.to.value_or(extent), points};
  if (over.from >= over.to)
    throw usage_error("--from " + std::to_string(over.from) + " is not below --to " +
                      std::to_string(over.to));
  return over;
}

void draw(const method& m, const options& opt, weight_view weights, const std::string& file) {
  constexpr int fine = 2001, columns = 65;
  if (file.empty()) {
    draw_text(m, m.draw(range_for(m, opt, weights, columns), weights));
    return;
  }
  draw_png(file, m, m.draw(range_for(m, opt, weights, fine), weights), m.fits ? &weights : nullptr);
  std::printf("written: %s\n", file.c_str());
}

void run(const options& opt) {
  if (opt.list) return print_list();
  const auto loaded =
      load_npy(opt.weights.empty() ? QUANTIZERS_DATA_DIR "/hidden.npy" : opt.weights);
  const weight_view weights = loaded.view();
  if (weights.rows() * weights.cols() == 0)
    throw std::runtime_error(opt.weights + ": has no weights");
  const bool pictures = !opt.text && has_gnuplot();
  if (!opt.draw.empty()) {
    if (!opt.out.empty() && pictures) std::filesystem::create_directories(opt.out);
    const auto file = [&](const method& m) {
      return pictures ? (std::filesystem::path(opt.out) / (file_name(m.name) + ".png")).string()
                      : "";
    };
    if (opt.draw != "all") return draw(find(opt.draw), opt, weights, file(find(opt.draw)));
    for (const method& m : methods()) draw(m, opt, weights, file(m));
    return;
  }
  std::printf("%s\n%td x %td weights, ", lowbit::build_info().c_str(), weights.rows(),
              weights.cols());
  if (opt.group.size > 0)
    std::printf("fitted by %td\n\n", std::min(opt.group.size, weights.cols()));
  else
    std::printf("fitted all together\n\n");
  const auto rows = fit_all(weights, opt.group);
  print_table(rows);
  if (!opt.out.empty() && pictures) {
    std::filesystem::create_directories(opt.out);
    const std::string file = (std::filesystem::path(opt.out) / "fits.png").string();
    draw_png(file, rows);
    std::printf("written: %s\n", file.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse_options(argc, argv));
    return 0;
  } catch (const std::exception& e) {
    std::fflush(stdout);
    std::fprintf(stderr, "quantizers: %s\n", e.what());
    return 2;
  }
}
