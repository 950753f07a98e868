// JSON, written and never read: just what the report needs.
//
//     json list = json::array();
//     list.add(1.5).add("text").add(json::object().add("key", true));
//     list.text();
#pragma once

#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "text.hpp"

namespace bench {

/// A JSON value.
class json {
 public:
  json(std::string_view text) : value_(quoted(text)) {}
  json(const std::string& text) : json(std::string_view(text)) {}
  json(const char* text) : json(std::string_view(text)) {}
  json(std::same_as<bool> auto value) : value_(value ? "true" : "false") {}
  json(int value) : value_(std::to_string(value)) {}
  json(long value) : value_(std::to_string(value)) {}
  /// Six digits; JSON has no infinities and no NaN: they become null.
  json(double value) : value_("null") {
    if (std::isfinite(value)) value_ = format("%.6g", value);
  }
  [[nodiscard]] static json object() { return json('{', '}'); }
  [[nodiscard]] static json array() { return json('[', ']'); }

  /// One more member of an object.
  json& add(std::string_view key, const json& value) {
    members_.push_back(quoted(key) + ": " + value.text());
    return *this;
  }
  /// One more element of an array.
  json& add(const json& value) {
    members_.push_back(value.text());
    return *this;
  }

  /// The value, short objects and arrays on one line.
  [[nodiscard]] std::string text() const {
    if (open_ == 0) return value_;
    const std::string flat = joined(", ");
    if (flat.size() < 100 && flat.find('\n') == std::string::npos) return wrapped(flat);
    std::string indented = std::string("\n").append(joined(",\n"));
    for (std::size_t at = 0; (at = indented.find('\n', at)) != std::string::npos; at += 3)
      indented.insert(at + 1, "  ");
    return wrapped(indented + "\n");
  }

 private:
  json(char open, char close) : open_(open), close_(close) {}

  [[nodiscard]] std::string wrapped(const std::string& inside) const {
    std::string out(1, open_);
    return out.append(inside).append(1, close_);
  }
  [[nodiscard]] std::string joined(const char* between) const {
    std::string all;
    for (const std::string& member : members_) all += (all.empty() ? "" : between) + member;
    return all;
  }
  [[nodiscard]] static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      if (static_cast<unsigned char>(c) < ' ') {
        out += format("\\u%04x", static_cast<unsigned>(c));
      } else {
        out += c;
      }
    }
    return out + '"';
  }

  std::string value_;
  std::vector<std::string> members_;
  char open_ = 0, close_ = 0;
};

}  // namespace bench
