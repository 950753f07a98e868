#include "measure.hpp"

#include <cstdint>
#include <vector>

double read_rate(std::size_t bytes) {
  std::vector<std::uint64_t> memory(bytes / sizeof(std::uint64_t), 1);
  volatile std::uint64_t total = 0;
  const double seconds = seconds_of(5, [&] {
    constexpr std::size_t lanes = 16;
    std::uint64_t sums[lanes] = {};
    for (std::size_t i = 0; i + lanes <= memory.size(); i += lanes)
      for (std::size_t j = 0; j < lanes; ++j) sums[j] += memory[i + j];
    std::uint64_t sum = 0;
    for (const std::uint64_t s : sums) sum += s;
    total = sum;
  });
  return static_cast<double>(bytes) / seconds;
}
