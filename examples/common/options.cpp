#include "options.hpp"

#include <cstdio>
#include <cstdlib>

void command_line::parse(int argc, char** argv) const {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help") {
      print_help();
      std::exit(0);
    }
    const option* found = nullptr;
    for (const option& o : options_)
      if (name == o.name) found = &o;
    if (found == nullptr)
      throw usage_error("unknown option '" + name + "'; --help lists what there is");
    if (*found->value == '\0') {
      found->set("");
      continue;
    }
    if (i + 1 == argc) throw usage_error(name + " needs a value; --help says which");
    found->set(argv[++i]);
  }
}

void command_line::print_help() const {
  std::printf("usage: %s [options]\n%s\n", program_, purpose_);
  for (const option& o : options_)
    std::printf("  %-16s %s\n", (std::string(o.name) + " " + o.value).c_str(), o.help);
  std::printf(
      "  %-16s print this\n"
      "LOWBIT_ISA=scalar, xsimd, avx2, ... in the environment chooses the kernels.\n",
      "--help");
}
