// The command line.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "methods.hpp"

struct options {
  bool list = false;
  bool text = false;  // no gnuplot even if it is there
  std::string draw;   // a name, or all; empty: the table
  std::optional<double> from, to;
  std::string weights;  // empty: the file that ships with this example
  grouping group;
  std::string out;  // a folder for pictures; empty: this one for --draw, none for the table
};

inline constexpr char usage[] =
    "usage: quantizers [options]\n"
    "Fits every fitted quantizer to a weight matrix and prints a table, or draws quantizers.\n"
    "  --list             the names of all quantizers\n"
    "  --draw NAME        draw the forward map and the gradient of one, or of 'all': as NAME.png "
    "with\n"
    "                     gnuplot (Debian: gnuplot-nox), as text without it\n"
    "  --text             draw as text in any case\n"
    "  --from X, --to X   the range that is drawn (default: a little beyond the levels; fitted "
    "methods:\n"
    "                     as far as the weights reach)\n"
    "  --weights FILE     a matrix from NumPy, float32 or float64 (default: a layer that ships "
    "with\n"
    "                     this example)\n"
    "  --per WHICH        weights that share a fit: tensor (default), row, or each N of a row\n"
    "  --out DIR          where pictures go; with the table, draw it too, as fits.png\n"
    "  --help             print this\n";

/// A mistake on the command line.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline double parse_real(const std::string& option, const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(number))
    throw usage_error(option + ": '" + text + "' is not a number");
  return number;
}

inline grouping parse_grouping(const std::string& text) {
  if (text == "tensor") return {0};
  if (text == "row") return {PTRDIFF_MAX};
  grouping group;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, group.size);
  if (error != std::errc{} || at != end || group.size < 1)
    throw usage_error("--per: '" + text + "' is none of tensor, row and a number from 1");
  return group;
}

/// Prints the usage and ends the program for --help; throws usage_error for what it does not know.
inline options parse_options(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--help") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    if (option == "--list" || option == "--text") {
      (option == "--list" ? o.list : o.text) = true;
      continue;
    }
    const bool known = option == "--draw" || option == "--from" || option == "--to" ||
                       option == "--weights" || option == "--per" || option == "--out";
    if (!known) throw usage_error("unknown option '" + option + "'; --help lists what there is");
    if (i + 1 == argc) throw usage_error(option + " needs a value; --help says which");
    const std::string value = argv[++i];
    if (option == "--draw") o.draw = value;
    if (option == "--from") o.from = parse_real(option, value);
    if (option == "--to") o.to = parse_real(option, value);
    if (option == "--weights") o.weights = value;
    if (option == "--per") o.group = parse_grouping(value);
    if (option == "--out") o.out = value;
  }
  return o;
}
