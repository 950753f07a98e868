// Files of networks and what becomes of damaged ones.
#ifndef LOWBIT_TESTS_SUPPORT_NETWORK_FILES_HPP
#define LOWBIT_TESTS_SUPPORT_NETWORK_FILES_HPP

#include "lowbit/io/network.hpp"
#include "support/allocations.hpp"

namespace test {

using file = std::vector<std::byte>;

/// The header's sums and size made right again: what damage behind them must still survive.
inline file repaired(file bytes) {
  using namespace lowbit::detail::io;
  if (bytes.size() < header_bytes) return bytes;
  const std::span<const std::byte> all = bytes;
  put_little(&bytes[16], bytes.size() - header_bytes, 8);
  put_little(&bytes[24], crc32(all.subspan(header_bytes)), 4);
  put_little(&bytes[28], crc32(all.first(28)), 4);
  return bytes;
}

/// The reason for which a file is refused; "" if it is a network, which then saves to the same bytes. Loading may take
/// 64 KiB, and `per_byte` bytes of memory per byte of the file (io/network.hpp).
template <class Network>
std::string refusal(const file& bytes, long per_byte = 320) {
  const long before = allocations.live;
  allocations.peak = before;
  const auto net = lowbit::load<Network>(bytes);
  const long bound = per_byte * static_cast<long>(bytes.size()) + 16 * 4096;
  if (allocations.peak - before > bound) return "too much memory";
  if (!net) return std::string(net.problem()) + "";
  return lowbit::save(*net) == bytes ? "" : "another network";
}
inline bool is_damage(const std::string& why) {
  return why == "too much memory" || why == "another network";
}

}  // namespace test

#endif
