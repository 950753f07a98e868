// What the golden operations of quantizers share: a quantizer run over the groups of a case, with
// the packed codes of encode() on every ISA held against its encode() of one number.
#pragma once

#include <algorithm>

#include "golden_case.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/ops/encode.hpp"
#include "lowbit/tensor/pack.hpp"

namespace golden {

using namespace lowbit;

/// One row a group, whatever the file calls it: per_tensor is one group.
template <class T>
matrix<T> groups_of(const context& c, const char* name) {
  const std::string grain = c.params.value("granularity", "per_tensor");
  if (grain == "per_channel_axis0") return rows_of<T>(c.in.at(name));
  if (grain != "per_tensor") throw std::runtime_error("granularity " + grain + " is not known");
  const std::vector<T> all = numbers<T>(c.in.at(name));
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

/// Codes and reals of every group; the fitted quantizers. Checks packing on every ISA against encode().
template <class Q>
struct quantized {
  std::vector<Q> fits;
  matrix<code_t> codes;
  matrix<std::int32_t> integers;  ///< of codes that stand for integers
  matrix<float> reals;

  quantized(context& c, const Q& prototype, const matrix<float>& x)
      : codes(x.rows(), x.cols()), integers(x.rows(), x.cols()), reals(x.rows(), x.cols()) {
    for (index_t r = 0; r < x.rows(); ++r) {
      Q fit = prototype;
      if constexpr (fitted<Q>) fit = prototype.fit(x.row(r));
      for (index_t k = 0; k < x.cols(); ++k) {
        codes(r, k) = fit.encode(x(r, k));
        if constexpr (plane_code<typename Q::encoding>)
          integers(r, k) = value<typename Q::encoding>(codes(r, k));
        reals(r, k) = decode(fit, codes(r, k));
      }
      fits.push_back(fit);
    }
    constexpr int bits = Q::encoding::plane_count;
    if constexpr (bits <= 4 || bits == 8)
      compare_isas(c, x);  // the others would only take longer to compile
  }
  /// Packs the groups on every ISA.
  void compare_isas(context& c, const matrix<float>& x) const {
    packed_matrix<typename Q::encoding> packed(1, x.cols());
    for_each_isa([&](isa_tag auto tag) {
      for (index_t r = 0; r < x.rows(); ++r) {
        encode(tag, fits[static_cast<std::size_t>(r)],
               matrix_view<const float>(x.row(r).data(), 1, x.cols()), packed);
        compare_group(c, packed, r, decltype(tag)::name);
      }
    });
  }
  void compare_group(context& c, const packed_matrix<typename Q::encoding>& packed, index_t r,
                     const char* isa) const {
    for (index_t k = 0; k < packed.depth(); ++k)
      if (packed.code(0, k) != codes(r, k)) {
        c.failures.push_back(std::string("packed codes differ on ") + isa);
        return;
      }
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

/// P and N of one row of ternary integers, 64 a word.
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
