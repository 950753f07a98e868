// Where a report was made: a figure without its machine says nothing.
#pragma once

#include <string>
#include <vector>

namespace bench {

/// What can be found out without asking.
struct machine {
  std::string cpu;
  int cores = 0;
  std::string caches;  ///< "L1d 32 KiB, L2 1024 KiB, L3 32 MiB", as the system reports them
  std::string system;
  double ghz = 0;   ///< measured
  double load = 0;  ///< processes that wanted to run in the last minute; 1 is this one
};

[[nodiscard]] machine this_machine();

/// The load average of the last minute.
[[nodiscard]] double load_average();

}  // namespace bench
