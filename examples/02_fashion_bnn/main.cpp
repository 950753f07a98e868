// Trains a dense network of signs and its float twin, deploys the first to bits and compares: common/program.hpp. With
// --weights or --inputs, the network has other quantizers: any_quantizer.hpp.
#include <algorithm>
#include <string_view>

#include "any_quantizer.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
  const bool any = std::any_of(argv + 1, argv + argc, [](std::string_view argument) {
    return argument == "--weights" || argument == "--inputs" || argument == "--help";
  });
  return any ? run_with_any_quantizer(argc, argv) : run_program(fashion_bnn(), argc, argv);
}
