// Every ISA of this machine, one after the other, and the check that none was left out. The expected ISAs are read
// from the operating system's list of CPU flags, not from the library that is tested. (On AArch64 they are read from
// the CPU's registers, because an emulator shows the list of its host.)
#pragma once

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "lowbit/dispatch/with_isa.hpp"
#include "support/catch.hpp"

namespace test {

#if LOWBIT_AARCH64 && defined(__linux__)
/// Linux lets a program read the ID registers.
inline std::set<std::string> cpu_flags() {
  std::uint64_t processor = 0, instructions = 0;
  asm("mrs %0, ID_AA64PFR0_EL1" : "=r"(processor));
  asm("mrs %0, ID_AA64ISAR0_EL1" : "=r"(instructions));
  std::set<std::string> flags;
  if ((processor >> 20 & 15) != 15) flags.insert("asimd");
  if ((instructions >> 44 & 15) != 0) flags.insert("asimddp");
  return flags;
}
#else
/// The words that the operating system reports under a heading ("flags", "vendor_id"); none where it has no such.
inline std::set<std::string> cpu_words(const char* heading) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(heading, 0) == 0) {
      std::istringstream words(line.substr(line.find(':') + 1));
      std::set<std::string> found;
      for (std::string word; words >> word;) found.insert(word);
      return found;
    }
  return {};
}
inline std::set<std::string> cpu_flags() { return cpu_words("flags"); }
#endif

/// The names of the ISAs that must be there, worst first.
inline std::vector<std::string> expected_isas() {
  struct row {
    const char* name;
    std::vector<const char*> flags;
  };
  static const row rows[] = {
#if LOWBIT_X86
    {"popcnt", {"popcnt"}},
    {"ssse3", {"popcnt", "ssse3"}},
    {"avx2", {"popcnt", "ssse3", "avx2", "fma"}},
    {"avxvnni", {"popcnt", "ssse3", "avx2", "fma", "avx_vnni"}},
    {"avx512bw", {"popcnt", "ssse3", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl"}},
    {"avx512vnni",
     {"popcnt", "ssse3", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl",
      "avx512_vnni"}},
    {"avx512vpopcntdq",
     {"popcnt", "ssse3", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl",
      "avx512_vnni", "avx512vbmi", "avx512_vpopcntdq"}},
#elif LOWBIT_AARCH64
    {"neon", {"asimd"}},
    {"neon_dotprod", {"asimd", "asimddp"}},
#endif
    {"", {}}
  };
  const std::set<std::string> flags = cpu_flags();
  std::vector<std::string> names{"scalar", "xsimd"};
  for (const row& r : rows) {
    bool all = !r.flags.empty();
    for (const char* flag : r.flags) all = all && flags.count(flag) != 0;
    if (all) names.emplace_back(r.name);
  }
  return names;
}

inline std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

/// Prints once per program which ISAs its tests covered.
inline void print_once(const std::vector<std::string>& covered) {
  static const bool printed = std::printf("covered ISAs: %s\n", joined(covered).c_str()) > 0;
  static_cast<void>(printed);
}

/// Calls f(isa) for every ISA of this machine; fails if an expected one did not run. The first call
/// of a program prints what was covered.
template <class F>
void on_every_isa(F&& f) {
  std::vector<std::string> covered;
  lowbit::for_each_isa([&](lowbit::any_isa isa) {
    covered.emplace_back(isa.name);
    INFO("isa " << isa.name);
    f(isa);
  });
  print_once(covered);
  const std::vector<std::string> expected = expected_isas();
  for (const std::string& name : expected) {
    bool found = false;
    for (const std::string& c : covered) found = found || c == name;
    if (!found)
      FAIL("this CPU has " << name << ", but only these ISAs were covered: " << joined(covered));
  }
}

/// The kinds of core for which an ISA has tiles of their own (dispatch/core.hpp), by vector popcounts per cycle.
template <class Tag>
std::vector<int> cores_of() {
  if constexpr (std::is_same_v<Tag, lowbit::isa::avx512vpopcntdq>) return {1, 2};
  return {2};
}

/// The same with tags, for what is below the operations: f is compiled for every ISA.
template <class F>
void on_every_tag(F&& f) {
  on_every_isa([&](lowbit::any_isa isa) { lowbit::with_isa(isa, f); });
}

}  // namespace test
