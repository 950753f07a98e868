// Memory between two pages that may not be touched. One byte read or written too far ends the program at once, under
// any compiler and without a sanitizer.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>

namespace test {

/// Which end of the memory the data touches.
enum class edge { end, begin };

/// n elements of T that end (or begin) exactly at a forbidden page. `shift` moves them that many
/// bytes away from that end, for unaligned data.
template <class T>
class guarded_buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit guarded_buffer(std::size_t n, edge where = edge::end, std::size_t shift = 0) : size_(n) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t inside = (n * sizeof(T) + shift + page) / page * page;  // at least one page
    mapped_ = inside + 2 * page;
    void* const all = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) throw std::runtime_error("guarded_buffer: mmap failed");
    begin_ = static_cast<char*>(all);
    if (mprotect(begin_ + page, inside, PROT_READ | PROT_WRITE) != 0)
      throw std::runtime_error("guarded_buffer: mprotect failed");
    first_ = where == edge::begin ? begin_ + page + shift
                                  : begin_ + page + inside - shift - n * sizeof(T);
  }
  explicit guarded_buffer(std::span<const T> source, edge where = edge::end, std::size_t shift = 0)
      : guarded_buffer(source.size(), where, shift) {
    if (!source.empty()) std::memcpy(first_, source.data(), source.size_bytes());
  }
  guarded_buffer(const guarded_buffer&) = delete;
  guarded_buffer& operator=(const guarded_buffer&) = delete;
  ~guarded_buffer() { munmap(begin_, mapped_); }

  T* data() noexcept { return reinterpret_cast<T*>(first_); }
  std::span<T> span() noexcept { return {data(), size_}; }
  std::span<const T> view() noexcept { return {data(), size_}; }

 private:
  char* begin_ = nullptr;
  char* first_ = nullptr;
  std::size_t mapped_ = 0;
  std::size_t size_ = 0;
};

}  // namespace test
