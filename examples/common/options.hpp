// The command line of the examples that train.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

/// A mistake on the command line.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The options of a program: each has a name, a placeholder for its value, and a line of help.
class command_line {
 public:
  command_line(const char* program, const char* purpose) : program_(program), purpose_(purpose) {}

  /// An option whose value is any text.
  void add(const char* name, const char* value, const char* help, std::string& to) {
    options_.push_back({name, value, help, [&to](const std::string& text) { to = text; }});
  }
  /// An option without a value: true where it is given.
  void add(const char* name, const char* help, bool& to) {
    options_.push_back({name, "", help, [&to](const std::string&) { to = true; }});
  }
  /// An option whose value is a whole number from low to high.
  template <class Number>
  void add(const char* name, const char* value, const char* help, Number& to, Number low,
           Number high) {
    options_.push_back({name, value, help, [=, &to](const std::string& text) {
                          const char* const last = text.data() + text.size();
                          const auto [end, error] = std::from_chars(text.data(), last, to);
                          if (error != std::errc{} || end != last || to < low || to > high)
                            throw usage_error(std::string(name) + ": '" + text +
                                              "' is not a whole number from " +
                                              std::to_string(low) + " to " + std::to_string(high));
                        }});
  }

  /// Sets what the arguments say. Prints the help and ends the program for --help.
  void parse(int argc, char** argv) const;

 private:
  struct option {
    const char *name, *value, *help;
    std::function<void(const std::string&)> set;
  };
  void print_help() const;

  const char *program_, *purpose_;
  std::vector<option> options_;
};

/// How much wider a network is than its plain form. WRPN doubles all filters to make up for few bits
/// (arXiv:1709.01134); Wu et al. make the first layers of a binarized network wide (arXiv:1604.03058).
struct widening {
  std::ptrdiff_t all = 1, first = 1;

  void add_options(command_line& line) {
    line.add("--widen", "N", "all layers so many times as wide, 1 to 4 (default: 1)", all,
             std::ptrdiff_t{1}, std::ptrdiff_t{4});
    line.add("--wide-first", "N", "the first layers so many times as wide, 1 to 8 (default: 1)",
             first, std::ptrdiff_t{1}, std::ptrdiff_t{8});
  }
};
