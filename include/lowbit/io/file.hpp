// lowbit/io/file.hpp – bytes in a file and back.
//
//     if (!lowbit::write_file("net.lbn", lowbit::save(net))) std::perror("net.lbn");
//     auto net = lowbit::load<net_type>(lowbit::read_file("net.lbn"));
//     if (!net) std::puts(net.problem());      "the file cannot be opened: no file has this name"
//
// Only the C library is used: all this works without exceptions and RTTI, and on every system.
#ifndef LOWBIT_IO_FILE_HPP
#define LOWBIT_IO_FILE_HPP

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>
#include <vector>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// The bytes of a file, or none and the reason. A vector of bytes in every other respect.
class file_bytes : public std::vector<std::byte> {
 public:
  file_bytes() = default;
  /// No bytes, for this reason; `code` is the errno of the failure, 0 if the system gave none.
  file_bytes(const char* problem, int code) noexcept : problem_(problem), code_(code) {}

  /// Why the file could not be read, a text that lives as long as the program; null if it was read.
  [[nodiscard]] const char* problem() const noexcept { return problem_; }
  /// The errno of the failure, for failures that problem() has no text for; else 0.
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  const char* problem_ = nullptr;
  int code_ = 0;
};

namespace detail::io {

/// What an errno means for a file that should be read; `otherwise` if the errno is not known here.
/// Not strerror(): its text is not safe among threads everywhere, and does not live on.
[[nodiscard]] constexpr const char* why_not_read(int code, const char* otherwise) noexcept {
  switch (code) {
    case ENOENT:
      return "the file cannot be opened: no file has this name";
    case ENOTDIR:
      return "the file cannot be opened: a part of its path is not a directory";
    case ENAMETOOLONG:
      return "the file cannot be opened: its name is too long";
    case ELOOP:
      return "the file cannot be opened: its path has too many symbolic links";
    case EACCES:
    case EPERM:
      return "the file cannot be opened: permission denied";
    case EMFILE:
    case ENFILE:
      return "the file cannot be opened: too many files are open";
    case EISDIR:
      return "the file cannot be read: it is a directory";
    case EIO:
      return "the file cannot be read: the device reports an error";
    default:
      return otherwise;
  }
}

}  // namespace detail::io

/// Replaces a file. False if that failed; errno says why. If the file could be opened and not written
/// to its end, it is emptied: no part of a network stays behind.
[[nodiscard]] inline bool write_file(const char* path, std::span<const std::byte> bytes) {
  std::FILE* const file = std::fopen(path, "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  int code = errno;
  const bool closed = std::fclose(file) == 0;  // writes what is still in the buffer
  if (written && closed) return true;
  if (written) code = errno;
  if (std::FILE* const emptied = std::fopen(path, "wb")) std::fclose(emptied);
  errno = code;
  return false;
}

/// Replaces a file by a complete one, or not at all: the bytes are written beside it, to "<path>.new", which then takes
/// its name. False if that failed; errno says why, and the old file is as it was.
[[nodiscard]] inline bool replace_file(const char* path, std::span<const std::byte> bytes) {
  std::vector<char> beside(std::strlen(path) + sizeof ".new");
  std::snprintf(beside.data(), beside.size(), "%s.new", path);
  const bool replaced = write_file(beside.data(), bytes) && std::rename(beside.data(), path) == 0;
  const int code = errno;
  if (!replaced) std::remove(beside.data());
  errno = code;
  return replaced;
}

/// The bytes of a file; none, and why, if the file cannot be read to its end.
[[nodiscard]] inline file_bytes read_file(const char* path) {
  errno = 0;
  std::FILE* const file = std::fopen(path, "rb");
  if (file == nullptr) return {detail::io::why_not_read(errno, "the file cannot be opened"), errno};
  file_bytes bytes;
  std::byte piece[4096];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, file)) > 0;)
    bytes.insert(bytes.end(), piece, piece + n);
  if (std::ferror(file) != 0)  // many systems open a directory and refuse to read it
    bytes = {detail::io::why_not_read(errno, "the file cannot be read to its end"), errno};
  std::fclose(file);
  return bytes;
}

LOWBIT_END

#endif
