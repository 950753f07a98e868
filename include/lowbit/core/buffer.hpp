// lowbit/core/buffer.hpp – the only class that allocates.
//
// The alignment is 64 bytes on every machine and under every flag: a type whose alignment follows -march
// corrupts memory when two units disagree. Memory is zeroed, because unused bits of packed tensors are zero.
#ifndef LOWBIT_CORE_BUFFER_HPP
#define LOWBIT_CORE_BUFFER_HPP

#include <cstring>
#include <new>
#include <type_traits>

#include "lowbit/core/checked.hpp"

LOWBIT_BEGIN
namespace detail::core {

inline constexpr std::align_val_t alignment{64};

/// Zeroed, 64-byte aligned memory for n elements of `size` bytes; null for n = 0.
inline void* allocate(index_t n, index_t size) {
  checked_size(n, "buffer: element count");
  const index_t bytes = checked_mul(n, size, "buffer: bytes");
  if (bytes == 0) return nullptr;
  void* memory = ::operator new(static_cast<std::size_t>(bytes), alignment, std::nothrow);
  if (memory == nullptr) fail("buffer: out of memory for %td bytes", bytes);
  std::memset(memory, 0, static_cast<std::size_t>(bytes));
  return memory;
}

inline void* clone(const void* source, index_t n, index_t size) {
  void* memory = allocate(n, size);
  if (memory != nullptr) std::memcpy(memory, source, static_cast<std::size_t>(n * size));
  return memory;
}

inline void release(void* memory) noexcept { ::operator delete(memory, alignment); }

}  // namespace detail::core
LOWBIT_END

namespace lowbit {

/// n elements of a trivial type, zeroed, 64-byte aligned. Copies are deep; a move leaves an empty buffer.
/// Errors: negative n, n * sizeof(T) over 2^63 - 1, out of memory.
template <class T>
class buffer {
  static_assert(std::is_trivially_copyable_v<T>, "lowbit::buffer holds plain numbers only");

 public:
  LOWBIT_INLINE buffer() noexcept {}
  LOWBIT_INLINE explicit buffer(index_t n)
      : data_(static_cast<T*>(detail::core::allocate(n, index_t{sizeof(T)}))), size_(n) {}
  LOWBIT_INLINE buffer(const buffer& other)
      : data_(static_cast<T*>(detail::core::clone(other.data_, other.size_, index_t{sizeof(T)}))),
        size_(other.size_) {}
  LOWBIT_INLINE buffer(buffer&& other) noexcept : data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
  }
  LOWBIT_INLINE buffer& operator=(buffer other) noexcept {
    swap(other);
    return *this;
  }
  LOWBIT_INLINE ~buffer() { detail::core::release(data_); }

  LOWBIT_INLINE void swap(buffer& other) noexcept {
    T* const data = data_;
    const index_t size = size_;
    data_ = other.data_;
    size_ = other.size_;
    other.data_ = data;
    other.size_ = size;
  }

  [[nodiscard]] LOWBIT_INLINE T* data() noexcept { return data_; }
  [[nodiscard]] LOWBIT_INLINE const T* data() const noexcept { return data_; }
  [[nodiscard]] LOWBIT_INLINE index_t size() const noexcept { return size_; }
  [[nodiscard]] LOWBIT_INLINE T& operator[](index_t i) noexcept { return data_[i]; }
  [[nodiscard]] LOWBIT_INLINE const T& operator[](index_t i) const noexcept { return data_[i]; }
  [[nodiscard]] LOWBIT_INLINE T* begin() noexcept { return data_; }
  [[nodiscard]] LOWBIT_INLINE T* end() noexcept { return data_ + size_; }
  [[nodiscard]] LOWBIT_INLINE const T* begin() const noexcept { return data_; }
  [[nodiscard]] LOWBIT_INLINE const T* end() const noexcept { return data_ + size_; }

 private:
  T* data_ = nullptr;
  index_t size_ = 0;
};

}  // namespace lowbit

#endif
