// The roofs of memory: how fast a working set can be read.
//
// A product with one lhs row reads every bit of the rhs once and uses it once, so its loads bound it. Their rate is
// measured with the widest loads of this CPU alone, again and again over a working set of the same size. It depends
// on where that set fits (L1, L2, L3, DRAM).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace bench {

/// A working set to be read.
class read_set {
 public:
  /// `bytes` is rounded up to a multiple of 512; every page is touched.
  explicit read_set(std::size_t bytes);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Loads every byte once.
  void read() const;

 private:
  std::size_t bytes_;
  std::unique_ptr<unsigned char[]> memory_;
};

/// A level of the memory hierarchy, and the size of a working set that lives there.
struct memory_level {
  const char* name;
  std::size_t bytes;
};

/// L1, L2, L3 and DRAM, by the sizes that the system reports.
[[nodiscard]] std::vector<memory_level> memory_levels();

}  // namespace bench
