#include "machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "clock.hpp"

namespace bench {
namespace {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) {
      const std::size_t colon = line.find(": ");
      return colon == std::string::npos ? "unknown" : line.substr(colon + 2);
    }
  return "unknown";
}

/// Family and model, which tell more than the name a virtual machine gives.
std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  std::string family, model;
  for (std::string line; std::getline(info, line) && !line.empty();) {
    const std::string value = line.substr(std::min(line.size(), line.find(':') + 2));
    if (line.starts_with("cpu family")) family = value;
    if (line.starts_with("model\t")) model = value;
  }
  return family.empty() ? "" : " (family " + family + ", model " + model + ")";
}

std::string size_text(long bytes) {
  const long kib = bytes / 1024;
  return kib >= 10240 ? std::to_string(kib / 1024) + " MiB" : std::to_string(kib) + " KiB";
}

std::string cache_sizes() {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  std::string text;
  const auto add = [&](const char* name, int level) {
    if (const long bytes = sysconf(level); bytes > 0)
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + size_text(bytes);
  };
  add("L1d", _SC_LEVEL1_DCACHE_SIZE);
  add("L2", _SC_LEVEL2_CACHE_SIZE);
  add("L3", _SC_LEVEL3_CACHE_SIZE);
  return text;
#else
  return "";
#endif
}

}  // namespace

double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

machine this_machine() {
  machine out;
  out.cpu = cpu_name() + cpu_model();
  out.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  out.caches = cache_sizes();
  utsname system{};
  if (uname(&system) == 0) out.system = std::string(system.sysname) + " " + system.release;
  for (int i = 0; i < 100; ++i) out.ghz = std::max(out.ghz, measure_ghz());
  out.load = load_average();
  return out;
}

}  // namespace bench
