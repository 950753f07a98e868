// lowbit/convolution/sliding_rows.hpp – memory for a few rows at a time of an image that is never whole.
//
//     all rows     . . . . . [ first ......... end ) . . . . .      moves on, never back
//                              |  kept  |  made now
//     memory       [ first ......... end ) room                     always the same, so it stays in a cache
//
// One pass over an image writes rows that the next pass reads. These rows go to the L3 cache and back, if the image is
// larger than the L2. Both ways are saved if a thread makes the rows of a band just before reading them, always in the
// same memory. Windows overlap, so some of the last rows are read again: these rows move to the front of the memory.
#ifndef LOWBIT_CONVOLUTION_SLIDING_ROWS_HPP
#define LOWBIT_CONVOLUTION_SLIDING_ROWS_HPP

#include <cstring>
#include <type_traits>

#include "lowbit/executor/executor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// At most room() rows of `length` numbers each. The caller numbers the rows.
template <class T>
class sliding_rows {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  sliding_rows(T* memory, index_t room, index_t length) noexcept
      : memory_(memory), room_(room), length_(length) {}

  [[nodiscard]] index_t room() const noexcept { return room_; }
  [[nodiscard]] index_t length() const noexcept { return length_; }
  /// Where row r is, which must be held; the next rows follow it.
  [[nodiscard]] T* row(index_t r) const noexcept { return memory_ + (r - first_) * length_; }

  /// From now on rows first ... end - 1 are held, at most room(). Rows that are held already move to the front;
  /// make(r, end) makes the others, rows r ... end - 1.
  template <class F>
  void hold(index_t first, index_t end, const F& make) {
    const bool overlap = first_ <= first && first < end_ && end_ <= end;
    const index_t kept = overlap ? end_ - first : 0;
    if (kept * length_ > 0 && first > first_)
      std::memmove(memory_, row(first), static_cast<std::size_t>(kept * length_) * sizeof(T));
    first_ = first;
    end_ = end;
    if (first + kept < end) make(first + kept, end);
  }

 private:
  T* memory_;
  index_t room_, length_;
  index_t first_ = 0, end_ = 0;  ///< what the memory holds
};

/// The rows of part `part` in a shared buffer of `rows` rows: an equal share, at most `fit` (what a cache holds), at
/// least `needed`.
template <class T>
[[nodiscard]] sliding_rows<T> share_of_rows(T* memory, index_t rows, index_t length, index_t part,
                                            index_t parts, index_t needed, index_t fit) noexcept {
  const index_t first = share_begin(rows, part, parts);
  const index_t room = share_begin(rows, part + 1, parts) - first;
  return {memory + first * length, fit < needed ? needed : fit < room ? fit : room, length};
}

}  // namespace detail::convolution
LOWBIT_END

#endif
