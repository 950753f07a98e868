// Numbers in text, as printf writes them.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <string>

namespace bench {

/// What printf would print, up to 2000 characters.
[[gnu::format(printf, 1, 2)]] inline std::string format(const char* pattern, ...) {
  char text[2001];
  std::va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text, sizeof text, pattern, arguments);
  va_end(arguments);
  return text;
}

}  // namespace bench
