// lowbit/core/reason.hpp – why parameters are refused, as text with their sizes and values.
//
// Parameters that a program makes are refused with an error (core/error.hpp). Parameters from a file are refused
// with a reason, because load() throws nothing. Both texts are the same. The parameters of a layer check themselves and
// return a reason, which the constructor throws and the loader returns.
//
//     lowbit::reason problem() const noexcept {
//       if (bias.size() != outputs) return lowbit::make_reason("%zu biases for %zu outputs", bias.size(), outputs);
//       return {};
//     }
//
// The text lies in the object: no allocation, so that a loader's memory stays bounded.
#ifndef LOWBIT_CORE_REASON_HPP
#define LOWBIT_CORE_REASON_HPP

#include <cstdarg>
#include <cstdio>

#include "lowbit/core/error.hpp"

LOWBIT_BEGIN

/// A text of at most 255 characters, or none: nothing is wrong.
class reason {
 public:
  reason() noexcept = default;
  /// A text that is copied and cut; null: nothing is wrong.
  reason(const char* text) noexcept {
    for (std::size_t i = 0; text != nullptr && i + 1 < sizeof text_ && text[i] != '\0'; ++i)
      text_[i] = text[i];
  }

  /// Something is wrong.
  [[nodiscard]] explicit operator bool() const noexcept { return text_[0] != '\0'; }
  /// What is wrong, while this object lives; null if nothing is.
  [[nodiscard]] const char* text() const noexcept { return text_[0] != '\0' ? text_ : nullptr; }

 private:
  friend reason make_reason(const char* format, ...) noexcept;

  char text_[256] = {};
};

/// The reason with this printf-style text.
[[nodiscard]] LOWBIT_PRINTF_LIKE inline reason make_reason(const char* format, ...) noexcept {
  reason out;
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(out.text_, sizeof out.text_, format, arguments);
  va_end(arguments);
  return out;
}

namespace detail::core {

/// Reports a reason as an error of `who`, if there is one.
inline void fail_if(const reason& why, const char* who) {
  if (why) fail("%s: %s", who, why.text());
}

}  // namespace detail::core

LOWBIT_END

#endif
