// The command line.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

struct options {
  std::string data = "/usr/share/datasets/fashion-mnist";  // where Debian's package puts it
  bool data_given = false;
  std::string json;  // empty: none
  int epochs = 0;    // 0: what suits the data set
  int hidden = 256;  // units in each of the two hidden layers
  std::uint64_t seed = 1;
};

inline constexpr char usage[] =
    "usage: fashion_bnn [options]\n"
    "Trains a binarized network and its real-valued twin, deploys the first one to bits, "
    "compares.\n"
    "  --data DIR     the four .gz files of Fashion-MNIST, or of any number of such images\n"
    "                 (default: /usr/share/datasets/fashion-mnist,\n"
    "                 and if they are not there, the digits that ship with this example);\n"
    "                 'digits' chooses the digits\n"
    "  --epochs N     passes over the training images, 1 to 1000 (default: 6; digits: 60)\n"
    "  --hidden N     units in each hidden layer, 1 to 8192 (default: 256)\n"
    "  --seed N       of weights and shuffling (default: 1)\n"
    "  --json FILE    write the results to FILE as well\n"
    "  --help         print this\n"
    "LOWBIT_ISA=scalar, xsimd, avx2, ... in the environment chooses the kernels.\n";

/// A mistake on the command line.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Number>
Number parse_number(const std::string& option, std::string_view text, Number low, Number high) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < low || number > high)
    throw usage_error(option + ": '" + std::string(text) + "' is not a whole number from " +
                      std::to_string(low) + " to " + std::to_string(high));
  return number;
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
    const bool known = option == "--data" || option == "--epochs" || option == "--hidden" ||
                       option == "--seed" || option == "--json";
    if (!known) throw usage_error("unknown option '" + option + "'; --help lists what there is");
    if (i + 1 == argc) throw usage_error(option + " needs a value; --help says which");
    const std::string value = argv[++i];
    if (option == "--data") {
      o.data = value;
      o.data_given = true;
    }
    if (option == "--json") o.json = value;
    if (option == "--epochs") o.epochs = parse_number(option, value, 1, 1000);
    if (option == "--hidden") o.hidden = parse_number(option, value, 1, 8192);
    if (option == "--seed") o.seed = parse_number(option, value, std::uint64_t{0}, UINT64_MAX);
  }
  return o;
}
