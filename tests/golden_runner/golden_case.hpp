// One case of a golden file: named arrays in, named arrays out. A file is {"cases": [{"name", "op", "params", "in",
// "out", "exact", "tol", "sign"}]}. An array is {"dtype", "shape", "data"} with row-major data. Text stands for nan,
// inf, -inf and for 64-bit words in hexadecimal.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lowbit/core/matrix.hpp"

namespace golden {

using lowbit::index_t;
using nlohmann::json;

inline double number(const json& x) {
  if (!x.is_string()) return x.get<double>();
  const std::string text = x.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  throw std::runtime_error("golden: no number: " + text);
}

template <class T>
std::vector<T> floats(const json& array) {
  std::vector<T> out;
  for (const json& x : array.at("data")) out.push_back(static_cast<T>(number(x)));
  return out;
}

inline std::vector<std::uint64_t> words(const json& array) {
  std::vector<std::uint64_t> out;
  for (const json& x : array.at("data"))
    out.push_back(std::strtoull(x.get<std::string>().c_str(), nullptr, 16));
  return out;
}

/// The array as a matrix: its first axis is rows, all others together are columns; one axis is one
/// row.
template <class T>
lowbit::matrix<T> rows_of(const json& array) {
  const std::vector<T> data = floats<T>(array);
  const std::vector<index_t> shape = array.at("shape").get<std::vector<index_t>>();
  const index_t rows = shape.size() < 2 ? 1 : shape[0];
  lowbit::matrix<T> out(rows, rows == 0 ? 0 : static_cast<index_t>(data.size()) / rows);
  for (index_t i = 0; i < static_cast<index_t>(data.size()); ++i)
    out.data()[i] = data[static_cast<std::size_t>(i)];
  return out;
}

inline bool is_words(const json& array) {
  return array.is_object() && array.value("dtype", "") == "u64";
}

/// The arrays of a case. A case without a gradient gets zeros in the shape of what is quantized: its forward is
/// checked all the same.
inline json inputs_of(const json& test) {
  json in = test.at("in");
  for (const char* const quantized : {"x", "w", "v", "y"}) {
    if (!in.contains(quantized)) continue;
    json zeros = in.at(quantized);
    zeros["dtype"] = "f32";
    for (json& number : zeros.at("data")) number = 0;
    for (const char* const gradient : {"g", "grad"})
      if (!in.contains(gradient)) in[gradient] = zeros;
    break;
  }
  return in;
}

/// The options of a case: its params, and its field `sign`.
inline json params_of(const json& test) {
  json params = test.contains("params") ? test.at("params") : json::object();
  if (test.contains("sign")) params["sign"] = test.at("sign");
  return params;
}

/// What an operation gave: numbers or words under the names of the file's output fields.
struct outcome {
  std::map<std::string, std::vector<double>> numbers;
  std::map<std::string, std::vector<std::uint64_t>> words;

  template <class T>
  void set(const std::string& field, const std::vector<T>& values) {
    numbers[field].assign(values.begin(), values.end());
  }
  template <class T>
  void set(const std::string& field, const lowbit::matrix<T>& values) {
    numbers[field].assign(values.data(), values.data() + values.rows() * values.cols());
  }
  void set(const std::string& field, double value) { numbers[field] = {value}; }
};

/// An operation: reads in and params of a case, fills the outcome. `failures` collects what is
/// wrong besides, such as an ISA that disagrees.
struct context {
  const json& in;
  const json& params;
  outcome out;
  std::vector<std::string> failures;

  template <class T>
  T param(const char* name) const {
    return params.at(name).get<T>();
  }
};

using operation = void (*)(context&);

/// The operations that the library has, by the "op" of the files. A .cpp file adds its own by an
/// object of this type: const operations registered{{"twn", twn}, ...};
class operations {
 public:
  operations(std::initializer_list<std::pair<const char*, operation>> own) {
    for (const auto& [name, run] : own)
      if (!table().emplace(name, run).second) duplicates().push_back(name);
  }
  /// The operation of this name; nullptr if there is none.
  static operation find(const std::string& name) {
    const auto found = table().find(name);
    return found == table().end() ? nullptr : found->second;
  }
  /// Names that two files added.
  static std::vector<std::string>& duplicates() {
    static std::vector<std::string> names;
    return names;
  }

 private:
  static std::map<std::string, operation>& table() {
    static std::map<std::string, operation> all;
    return all;
  }
};

}  // namespace golden
