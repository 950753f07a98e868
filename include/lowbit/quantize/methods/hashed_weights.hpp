// lowbit/quantize/methods/hashed_weights.hpp – the hashing trick: a matrix of a few shared numbers.
//
//     w(i, j) = xi(i, j) * theta[h(i, j)]        h: a bucket, xi: a sign, both hashes of (i, j)
//
// Only theta is stored. Codes need no search, only the hash. So a hashed matrix packs as a codebook of K bits: 2^(K-1)
// buckets and a sign bit on top, with table entries +-theta. Buckets are independent. For given weights, the theta of
// least squared error is the mean of the weights in its bucket:
//
//     theta_b = mean of xi w over the bucket        dL/dtheta_b = sum of xi dL/dw over the bucket
//
// The hash of element (i, j) is number i * cols + j of a random_stream: the same on every machine and in every version.
//
// Source: Chen et al., "Compressing neural networks with the hashing trick", arXiv:1504.04788.
#ifndef LOWBIT_QUANTIZE_METHODS_HASHED_WEIGHTS_HPP
#define LOWBIT_QUANTIZE_METHODS_HASHED_WEIGHTS_HPP

#include <array>

#include "lowbit/core/matrix.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// A hashed matrix of 2^(K-1) shared numbers.
template <int K>
struct hashed_weights {
  static_assert(K >= 2 && K <= 8, "lowbit::hashed_weights<K>: the code width K must be 2 to 8");
  using encoding = codebook<K>;
  static constexpr std::size_t buckets = std::size_t{1} << (K - 1);

  std::uint64_t seed = 0;
  std::array<float, buckets> theta{};

  /// The code of element (i, j) of a matrix with `cols` columns: the bucket, and 2^(K-1) for a minus.
  [[nodiscard]] constexpr code_t code(index_t i, index_t j, index_t cols) const noexcept {
    return static_cast<code_t>(random_stream(seed).bits(i * cols + j) >> (32 - K));
  }
  [[nodiscard]] constexpr float real(code_t code) const noexcept {
    const float shared = theta[code % buckets];
    return code >= buckets ? -shared : shared;
  }
  [[nodiscard]] constexpr level_table<K> levels() const noexcept {
    level_table<K> out;
    for (std::size_t c = 0; c < 2 * buckets; ++c) out.table[c] = real(static_cast<code_t>(c));
    return out;
  }
  /// The codes of a matrix, one byte each: pack<codebook<K>>(h.codes(rows, cols)) packs them.
  [[nodiscard]] matrix<code_t> codes(index_t rows, index_t cols) const {
    matrix<code_t> out(rows, cols);
    for (index_t i = 0; i < rows; ++i)
      for (index_t j = 0; j < cols; ++j) out(i, j) = code(i, j, cols);
    return out;
  }
  /// The shared numbers of least squared error for w. Buckets that nothing hashes to are 0. Errors: an
  /// element is not finite.
  [[nodiscard]] hashed_weights fit(matrix_view<const float> w) const {
    const gathered sums = gather(w);
    for (index_t i = 0; i < w.rows(); ++i)
      detail::quantizers::require_finite(w.row(i), "hashed_weights");
    hashed_weights h{seed, {}};
    for (std::size_t b = 0; b < buckets; ++b)
      h.theta[b] = sums.count[b] > 0 ? static_cast<float>(sums.sum[b] / sums.count[b]) : 0;
    return h;
  }
  /// dL/dtheta from dL/dw of the whole matrix.
  [[nodiscard]] std::array<float, buckets> gradient(matrix_view<const float> upstream) const {
    const gathered sums = gather(upstream);
    std::array<float, buckets> out{};
    for (std::size_t b = 0; b < buckets; ++b) out[b] = static_cast<float>(sums.sum[b]);
    return out;
  }

 private:
  /// Of each bucket, how many elements it has and their sum with their signs.
  struct gathered {
    std::array<double, buckets> count{}, sum{};
  };
  [[nodiscard]] gathered gather(matrix_view<const float> w) const noexcept {
    gathered g;
    for (index_t i = 0; i < w.rows(); ++i)
      for (index_t j = 0; j < w.cols(); ++j) {
        const code_t c = code(i, j, w.cols());
        g.count[c % buckets] += 1;
        g.sum[c % buckets] += static_cast<double>(c >= buckets ? -w(i, j) : w(i, j));
      }
    return g;
  }
};

LOWBIT_END

#endif
