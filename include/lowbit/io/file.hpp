// lowbit/io/file.hpp – bytes in a file and back.
//
//     lowbit::write_file("net.lbn", lowbit::save(net));
//     auto net = lowbit::load<net_type>(lowbit::read_file("net.lbn"));     no file: an error of load()
#ifndef LOWBIT_IO_FILE_HPP
#define LOWBIT_IO_FILE_HPP

#include <cstdio>
#include <span>
#include <vector>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// Replaces a file. False if that failed; the file may be there in part then.
[[nodiscard]] inline bool write_file(const char* path, std::span<const std::byte> bytes) {
  std::FILE* const file = std::fopen(path, "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return std::fclose(file) == 0 && written;
}

/// The bytes of a file; none if it cannot be read to its end.
[[nodiscard]] inline std::vector<std::byte> read_file(const char* path) {
  std::vector<std::byte> bytes;
  std::FILE* const file = std::fopen(path, "rb");
  if (file == nullptr) return bytes;
  std::byte piece[4096];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, file)) > 0;)
    bytes.insert(bytes.end(), piece, piece + n);
  if (std::ferror(file) != 0) bytes.clear();
  std::fclose(file);
  return bytes;
}

LOWBIT_END

#endif
