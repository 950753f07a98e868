// lowbit/core/error.hpp – what happens on bad input.
//
// Every public function validates its arguments once, before it writes anything. The text has the shapes or
// values in it: "gemm: lhs is 5x100, rhs is 7x96: depth differs". With exceptions a lowbit::error is
// thrown. Without them LOWBIT_ON_ERROR(text) runs; it must not return, and its definition must be the same
// in all units. Inner functions are noexcept and trust these checks.
#ifndef LOWBIT_CORE_ERROR_HPP
#define LOWBIT_CORE_ERROR_HPP

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "lowbit/abi.hpp"

#ifndef LOWBIT_ON_ERROR
#define LOWBIT_ON_ERROR(text) (std::fprintf(stderr, "lowbit: %s\n", text), std::abort())
#endif

LOWBIT_BEGIN

/// Bad input. what() names the function, then the offending shapes or values, then the rule.
/// Thrown before anything was written. Across units with different compiler flags catch
/// std::runtime_error (see config.hpp).
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

/// The only place that reports an error. printf-style; texts over 1023 characters are cut.
[[noreturn]] LOWBIT_NOINLINE_COLD LOWBIT_PRINTF_LIKE inline void fail(const char* format, ...) {
  char text[1024];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
#if LOWBIT_HAS_EXCEPTIONS
  throw error(text);
#else
  LOWBIT_ON_ERROR(text);
  std::abort();
#endif
}

}  // namespace detail

LOWBIT_END

#endif
