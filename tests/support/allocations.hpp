// What a program allocates whose suite has support/allocations.cpp among its files, which replaces operator new.
#pragma once

namespace test {

struct allocation_count {
  long calls = 0;  ///< so far
  long live = 0;   ///< bytes
  long peak = 0;   ///< the most bytes that were live
};
extern allocation_count allocations;

}  // namespace test
