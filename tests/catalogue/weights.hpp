// The promise that every quantizer multiplies. Weights of each catalogue entry, fitted per row, times activations of
// one kind are compared with the product of the dequantized numbers. The integers are compared exactly with the sums of
// the values. Quantizers of one encoding share its products, so the weights are quantized in one unit (weights.cpp) and
// kept by encoding. Each times_*.cpp multiplies them, on the ISA whose loops know encodings at run time only. (The
// scalar loops would be compiled again for each pair.)
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/product/matmul.hpp"
#include "lowbit/quantize/catalogue.hpp"
#include "support/catch.hpp"
#include "support/kernels.hpp"

namespace test {

/// Weights that a quantizer of the catalogue has packed.
template <class E>
struct named_weights {
  std::string name;
  lowbit::quantized_matrix<E> matrix;
};

/// Those with encoding E, once pack_catalogue() has run.
template <class E>
std::vector<named_weights<E>>& weights_of() {
  static std::vector<named_weights<E>> all;
  return all;
}
/// Quantizes the same rows of normal numbers with every entry; once.
void pack_catalogue();

/// Rows of normal numbers.
lowbit::matrix<float> normal_rows(lowbit::index_t rows, lowbit::index_t cols, std::uint64_t salt);

/// quantize() per row where the method fits, with what it needs besides the numbers.
template <class Q>
auto quantized_rows(const Q& q, lowbit::matrix_view<const float> x) {
  using namespace lowbit;
  const auto all = [&](const auto& what) {
    if constexpr (stochastic_quantizer<Q>)
      return quantize(what, x, random_stream(7), on(isa::scalar{}));
    else
      return quantize(what, x, on(isa::scalar{}));
  };
  if constexpr (fitted<Q>)
    return all(per_group(q, per::row));
  else
    return all(q);
}

template <class... E>
struct encodings {};

/// The encodings of these entries, each once.
template <class... E>
constexpr auto encodings_of(encodings<E...> found, std::tuple<>*) {
  return found;
}
template <class... E, class Q, class... Rest>
constexpr auto encodings_of(encodings<E...>, std::tuple<lowbit::catalogue_entry<Q>, Rest...>*) {
  using encoding = typename Q::encoding;
  using known = std::conditional_t<(std::is_same_v<E, encoding> || ...), encodings<E...>,
                                   encodings<E..., encoding>>;
  return encodings_of(known{}, static_cast<std::tuple<Rest...>*>(nullptr));
}

/// |y - sum of terms| <= 1e-5 of the terms' magnitudes, for y = a b^T.
void check_floats(const lowbit::matrix<float>& y, const lowbit::matrix<float>& a,
                  const lowbit::matrix<float>& b);
/// c = a b^T.
void check_integers(const lowbit::matrix<std::int32_t>& c, const lowbit::matrix<std::int32_t>& a,
                    const lowbit::matrix<std::int32_t>& b);

template <class E>
lowbit::matrix<float> floats_of(const lowbit::quantized_matrix<E>& x) {
  lowbit::matrix<float> out(x.rows(), x.depth());
  for (lowbit::index_t r = 0; r < x.rows(); ++r)
    for (lowbit::index_t k = 0; k < x.depth(); ++k) out(r, k) = x.real(r, k);
  return out;
}
template <class E>
lowbit::matrix<std::int32_t> integers_of(const lowbit::quantized_matrix<E>& x) {
  lowbit::matrix<std::int32_t> out(x.rows(), x.depth());
  for (lowbit::index_t r = 0; r < x.rows(); ++r)
    for (lowbit::index_t k = 0; k < x.depth(); ++k)
      out(r, k) = lowbit::value<E>(x.codes().code(r, k));
  return out;
}

/// Every entry as weights, times activations by q.
template <class Activations>
void check_products_with(const Activations& q) {
  using namespace lowbit;
  using A = typename Activations::encoding;
  pack_catalogue();
  const auto a = quantized_rows(q, normal_rows(2, 131, 500).view());
  const auto check_all_of = [&]<class E>(std::type_identity<E>) {
    for (const named_weights<E>& w : weights_of<E>()) {
      INFO(w.name);
      check_floats(matmul(a, w.matrix, on(isa::portable{})), floats_of(a), floats_of(w.matrix));
      if constexpr (plane_code<A> && plane_code<E>)
        check_integers(gemm(a.codes(), w.matrix.codes(), on(isa::portable{})), integers_of(a),
                       integers_of(w.matrix));
    }
  };
  [&]<class... E>(encodings<E...>) {
    (check_all_of(std::type_identity<E>{}), ...);
  }(encodings_of(encodings<>{}, static_cast<std::remove_const_t<decltype(catalogue)>*>(nullptr)));
}

}  // namespace test
