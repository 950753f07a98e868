// lowbit/core/reset_when_moved.hpp – a value that is reset when it is moved from.
//
// A class that owns memory keeps sizes beside it. A defaulted move takes the memory and copies the sizes, so the
// moved-from object claims 8x8 elements and has none. With its sizes in this wrapper a class can default its
// moves: the moved-from object equals a default-constructed one, empty and usable.
#ifndef LOWBIT_CORE_RESET_WHEN_MOVED_HPP
#define LOWBIT_CORE_RESET_WHEN_MOVED_HPP

#include <type_traits>

#include "lowbit/abi.hpp"

namespace lowbit {

/// A T that a move leaves as T{}; a copy leaves it alone. It reads as a const T and is assigned a T.
template <class T>
class reset_when_moved {
  static_assert(std::is_trivially_copyable_v<T>, "lowbit::reset_when_moved<T>: T is a plain value");

 public:
  LOWBIT_INLINE constexpr reset_when_moved(T value = {}) noexcept : value_(value) {}
  LOWBIT_INLINE constexpr reset_when_moved(const reset_when_moved&) = default;
  LOWBIT_INLINE constexpr reset_when_moved(reset_when_moved&& other) noexcept
      : value_(other.value_) {
    other.value_ = T{};
  }
  LOWBIT_INLINE constexpr reset_when_moved& operator=(const reset_when_moved&) = default;
  LOWBIT_INLINE constexpr reset_when_moved& operator=(reset_when_moved&& other) noexcept {
    const T value = other.value_;
    other.value_ = T{};
    value_ = value;  // last: an object may be moved to itself
    return *this;
  }
  LOWBIT_INLINE ~reset_when_moved() = default;

  [[nodiscard]] LOWBIT_INLINE constexpr const T& operator*() const noexcept { return value_; }
  [[nodiscard]] LOWBIT_INLINE constexpr const T* operator->() const noexcept { return &value_; }
  LOWBIT_INLINE constexpr operator const T&() const noexcept { return value_; }

 private:
  T value_;
};

}  // namespace lowbit

#endif
