// Pieces of JSON, and files.
#pragma once

#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

/// The text as a JSON string.
inline std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

inline std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", x);
  return text;
}

/// [f(item), ...]
template <class Items, class F>
std::string list(const Items& items, const F& f) {
  std::string text = "[";
  for (const auto& item : items) text += (text.size() > 1 ? ", " : "") + f(item);
  return text + ']';
}

/// What Linux calls the processor; empty elsewhere.
inline std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0) {
      const std::size_t colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  return "";
}

/// Writes a file; none without a name.
inline void write_text(const std::string& name, const std::function<void(std::ostream&)>& content) {
  if (name.empty()) return;
  std::ofstream file(name);
  content(file);
  if (!file.flush()) throw std::runtime_error("cannot write " + name);
}
