// Every format that stands for integers, as a value, with what its codes mean by the oracle.
#pragma once

#include <array>
#include <utility>

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/encoding/planes.hpp"
#include "support/oracle.hpp"
#include "support/settings.hpp"

namespace test {

/// A format and its codes.
struct known_format {
  std::string name;
  lowbit::code_format format;
  std::vector<code_t> codes;
  std::array<std::int32_t, 256> meaning{};

  [[nodiscard]] bool has_value(int wanted) const {
    for (const code_t c : codes)
      if (meaning[c] == wanted) return true;
    return false;
  }
  /// Random codes, one per element.
  template <class Generator>
  [[nodiscard]] lowbit::matrix<code_t> random(index_t rows, index_t depth,
                                              Generator& generator) const {
    std::uniform_int_distribution<std::size_t> any(0, codes.size() - 1);
    lowbit::matrix<code_t> out(rows, depth);
    for (index_t r = 0; r < rows; ++r)
      for (index_t k = 0; k < depth; ++k) out(r, k) = codes[any(generator)];
    return out;
  }
  [[nodiscard]] lowbit::matrix<std::int32_t> meanings(const lowbit::matrix<code_t>& of) const {
    lowbit::matrix<std::int32_t> out(of.rows(), of.cols());
    for (index_t r = 0; r < of.rows(); ++r)
      for (index_t k = 0; k < of.cols(); ++k) out(r, k) = meaning[of(r, k)];
    return out;
  }
};

/// The codes of E, which is the encoding of a part of `whole`.
template <class E>
known_format known(const lowbit::code_format& whole) {
  known_format out{
      whole.name + std::to_string(whole.plane_count), whole.part(), all_codes(E{}), {}};
  for (const code_t c : out.codes) out.meaning[c] = meaning(E{}, c);
  return out;
}
template <class E>
known_format known() {
  return known<E>(lowbit::format_of<E>());
}

template <int... K>
std::vector<known_format> all_formats(std::integer_sequence<int, K...>) {
  using namespace lowbit;
  return {known<binary>(),
          known<ternary>(),
          known<unsigned_bits<K + 1>>()...,
          known<signed_bits<K + 1>>()...,
          known<bipolar_bits<K + 1>>()...,
          known<binary>(format_of<planes<3>>()),
          known<unsigned_bits<1>>(format_of<planes<3, plane_kind::unipolar>>()),
          known<unsigned_bits<1>>(format_of<codebook<4>>())};
}
inline std::vector<known_format> all_formats() {
  return all_formats(std::make_integer_sequence<int, 8>{});
}

}  // namespace test
