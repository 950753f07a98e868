// What the golden operations of quantizers share: a quantizer run over the groups of a case. The packed codes of
// encode() on every ISA are held against its encode() of one number.
#pragma once

#include <algorithm>

#include "golden_case.hpp"
#include "lowbit/encode/encode.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/tensor/pack.hpp"

namespace golden {

using namespace lowbit;

/// One row per group, whatever the file calls it: per_tensor is one group.
template <class T>
matrix<T> groups_of(const context& c, const char* name) {
  const std::string grain = c.params.value("granularity", "per_tensor");
  if (grain == "per_channel_axis0") return rows_of<T>(c.in.at(name));
  if (grain != "per_tensor") throw std::runtime_error("granularity " + grain + " is not known");
  const std::vector<T> all = floats<T>(c.in.at(name));
  matrix<T> out(1, static_cast<index_t>(all.size()));
  std::copy(all.begin(), all.end(), out.data());
  return out;
}

/// Row r of a matrix as a matrix.
inline matrix<float> row_of(const matrix<float>& x, index_t r) {
  matrix<float> out(1, x.cols());
  std::copy(x.row(r).begin(), x.row(r).end(), out.data());
  return out;
}

template <class E>
void compare_codes(context& c, const packed_matrix<E>& packed, std::span<const code_t> codes,
                   const char* isa) {
  for (index_t k = 0; k < packed.depth(); ++k)
    if (packed.code(0, k) != codes[static_cast<std::size_t>(k)]) {
      c.failures.push_back(std::string("packed codes differ on ") + isa);
      return;
    }
}

/// The packed codes of every ISA against these.
template <class Q>
void compare_packed(context& c, const Q& q, std::span<const float> x,
                    std::span<const code_t> codes) {
  packed_matrix<typename Q::encoding> packed(1, static_cast<index_t>(x.size()));
  for_each_isa([&](isa_tag auto tag) {
    encode(q, matrix_view<const float>(x.data(), 1, packed.depth()), packed, on(tag));
    compare_codes(c, packed, codes, tag.name);
  });
}

/// Codes and floats of every group; the fitted quantizers. Checks packing on every ISA against encode().
template <class Q>
struct quantized {
  std::vector<Q> fits;
  matrix<code_t> codes;
  matrix<std::int32_t> integers;  ///< of codes that stand for integers
  matrix<float> decoded;

  quantized(context& c, const Q& prototype, const matrix<float>& x)
      : codes(x.rows(), x.cols()), integers(x.rows(), x.cols()), decoded(x.rows(), x.cols()) {
    for (index_t r = 0; r < x.rows(); ++r) {
      Q fit = prototype;
      if constexpr (fitted<Q>) fit = prototype.fit(x.row(r));
      for (index_t k = 0; k < x.cols(); ++k) {
        codes(r, k) = encode(fit, x(r, k));
        if constexpr (plane_code<typename Q::encoding>)
          integers(r, k) = value<typename Q::encoding>(codes(r, k));
        decoded(r, k) = decode(fit, codes(r, k));
      }
      fits.push_back(fit);
    }
    compare_isas(c, x);
  }
  /// Packs the groups on every ISA, in three of the widths. Packing knows no more of a width than its number of planes,
  /// and each width is a set of kernels to compile.
  void compare_isas([[maybe_unused]] context& c, [[maybe_unused]] const matrix<float>& x) const {
    if constexpr (Q::encoding::plane_count <= 2 || Q::encoding::plane_count == 8)
      for (index_t r = 0; r < x.rows(); ++r)
        compare_packed(c, fits[static_cast<std::size_t>(r)], x.row(r), codes.row(r));
  }
  /// A member of every fit.
  std::vector<float> each(float Q::*member) const {
    std::vector<float> out;
    for (const Q& fit : fits) out.push_back(fit.*member);
    return out;
  }
};

/// backward() of every group.
template <class Q>
matrix<float> gradient(const Q& prototype, const matrix<float>& x, const matrix<float>& g) {
  matrix<float> out(x.rows(), x.cols());
  for (index_t r = 0; r < x.rows(); ++r) {
    Q fit = prototype;
    if constexpr (fitted<Q>) fit = prototype.fit(x.row(r));
    backward(fit, x.row(r), g.row(r), out.row(r));
  }
  return out;
}

/// Packed codes of ternary integers.
inline packed_matrix<ternary> pack_ternary(const matrix<std::int32_t>& t) {
  matrix<code_t> codes(t.rows(), t.cols());
  for (index_t k = 0; k < t.cols(); ++k)
    codes(0, k) = t(0, k) == 0 ? ternary::zero : t(0, k) > 0 ? ternary::plus : ternary::minus;
  return pack<ternary>(codes.view());
}

/// P and N of one row of ternary integers, 64 per word.
inline void set_planes(context& c, const matrix<std::int32_t>& t) {
  if (t.rows() != 1) return;
  std::vector<std::uint64_t> p(static_cast<std::size_t>(ceil_div(t.cols(), 64))), n(p.size());
  const auto packed = pack_ternary(t);
  for (std::size_t w = 0; w < p.size(); ++w) {
    const word nonzero = packed.view().plane_row(0, 0)[w],
               negative = packed.view().plane_row(0, 1)[w];
    p[w] = nonzero & ~negative;
    n[w] = negative;
  }
  c.out.words["plane_p"] = p;
  c.out.words["plane_n"] = n;
}

/// f.template operator()<K>() for a bit width known at run time.
template <class F>
void with_width(int k, F f) {
  [&]<int... K>(std::integer_sequence<int, K...>) {
    if (!((k == K + 1 ? (f.template operator()<K + 1>(), true) : false) || ...))
      throw std::runtime_error("bit width " + std::to_string(k) + " is not in 1 ... 8");
  }
  (std::make_integer_sequence<int, 8>{});
}

}  // namespace golden
