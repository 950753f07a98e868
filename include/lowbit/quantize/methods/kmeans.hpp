// lowbit/quantize/methods/kmeans.hpp – weight sharing of Deep Compression: the nearest of k centroids.
//
// The centroids are Lloyd's (quantize/fit/lloyd.hpp), from one of the paper's three starts
// (quantize/fit/centroid_start.hpp).
//
// A tie goes to the lower centroid; a centroid without weights stays. With `pruned` set, weights that are exactly 0
// stay 0: they have code 0, whose entry is 0, and take no part in the fit. The other weights then have one centroid
// fewer.
//
// Fine-tuning trains the centroids: dL/dc_j = sum of dL/dw over its members. A constant group has equal
// centroids. Cost of a fit: n log n, then k log n per round. The products of codebooks take one
// binary product per centroid (encoding/codebook.hpp).
//
// Source: Han, Mao, Dally, "Deep compression", arXiv:1510.00149, section 3.
#ifndef LOWBIT_QUANTIZE_METHODS_KMEANS_HPP
#define LOWBIT_QUANTIZE_METHODS_KMEANS_HPP

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/centroid_start.hpp"
#include "lowbit/quantize/fit/lloyd.hpp"
#include "lowbit/quantize/fit/staircase.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Up to 2^K centroids, fitted per group (the layer in the paper).
template <int K>
struct kmeans {
  using encoding = codebook<K>;
  static constexpr int most = 1 << K;
  static constexpr std::size_t size = std::size_t{1} << K;
  /// The trained centroids by code, or dL/d each of them.
  struct parameters {
    std::array<float, std::size_t{1} << K> centroid{};
  };

  static constexpr std::array learned_numbers{learned_number{"centroid", most}};

  centroid_start start = centroid_start::linear;
  std::uint64_t seed = 0;  ///< of the random start
  int centroids = most;    ///< 1 ... 2^K, the 0 of pruned weights among them
  bool pruned = false;     ///< exact zeros keep code 0
  int most_rounds = 1000;
  level_table<K> table{};                     ///< fitted
  detail::quantizers::staircase<K> stairs{};  ///< fitted
  int rounds = 0;                             ///< fitted: rounds of Lloyd's iteration

  void validate() const {
    if (centroids < (pruned ? 2 : 1) || centroids > most)
      detail::fail("kmeans: %d centroids in %d bits: there must be %d to %d", centroids, K,
                   pruned ? 2 : 1, most);
    if (most_rounds < 0)
      detail::fail("kmeans: at most %d rounds: it cannot be less than 0", most_rounds);
  }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] kmeans fit(std::span<const float> group) const {
    validate();
    const std::size_t reserved = pruned ? 1 : 0, k = static_cast<std::size_t>(centroids) - reserved;
    buffer<float> kept(static_cast<index_t>(group.size()));
    index_t n = 0;
    for (const float w : group)
      if (!pruned || w != 0) kept[n++] = w;
    const detail::quantizers::sorted_sample sample({kept.data(), static_cast<std::size_t>(n)},
                                                   "kmeans");
    std::array<double, std::size_t{1} << K> level{};
    kmeans q = *this;
    if (n > 0) {
      detail::quantizers::place_centroids(sample, start, seed, {level.data(), k});
      q.rounds = detail::quantizers::lloyd(sample, {0, n}, {level.data(), k}, most_rounds);
    }
    q.table = {};
    q.stairs = {};
    for (std::size_t j = 0; j < k; ++j) {
      const auto code = static_cast<code_t>(j + reserved);
      q.table.table[code] = static_cast<float>(level[j]);
      q.stairs.set(
          j, j == 0 ? 0 : detail::quantizers::smallest_above((level[j - 1] + level[j]) / 2), code);
    }
    return q;
  }
  /// Fine-tuning leaves the assignment to the clusters as it is.
  [[nodiscard]] kmeans refitted(std::span<const float>) const { return *this; }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {table.table}; }
  [[nodiscard]] constexpr kmeans with_learned(const parameters& p) const noexcept {
    kmeans q = *this;
    q.table.table = p.centroid;
    return q;
  }
  /// The 0 of pruned weights stays.
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    if (pruned) p.centroid[0] = 0;
    return p;
  }
  /// What training changes, and the boundaries of the clusters, which no later fit finds again. These are 2^K centroids
  /// by code, then where each cluster but the first begins, then +inf.
  [[nodiscard]] constexpr std::array<float, 2 * size> numbers() const noexcept {
    std::array<float, 2 * size> all{};
    for (std::size_t i = 0; i < size; ++i) {
      all[i] = table.table[i];
      if (i > 0) all[size + i - 1] = stairs.boundary(i);
    }
    return all;
  }
  [[nodiscard]] constexpr kmeans with_numbers(
      const std::array<float, 2 * size>& all) const noexcept {
    kmeans q = *this;
    q.stairs = {};
    const std::size_t reserved = pruned ? 1 : 0, k = static_cast<std::size_t>(centroids) - reserved;
    for (std::size_t i = 0; i < size; ++i) {
      q.table.table[i] = all[i];
      const bool begins = i == 0 ? pruned : is_below(all[size + i - 1], float_of(0x7f800000u));
      if (i < k && begins)
        q.stairs.set(i, i == 0 ? 0 : all[size + i - 1], static_cast<code_t>(i + reserved));
    }
    return q;
  }
  [[nodiscard]] constexpr const level_table<K>& levels() const noexcept { return table; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept requires(K <= 5) {
    auto bits = stairs.planes(w);
    if (pruned)
      for (auto& plane : bits) plane &= w.above(0) | w.below(0);
    return bits;
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float w) const noexcept requires(K > 5) {
    return pruned && (is_nan(w) || place_of(w) == 0) ? code_t{0} : stairs.encode(w);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> w,
                                              std::span<const float> upstream) const noexcept {
    std::array<double, std::size_t{1} << K> sum{};
    for (std::size_t i = 0; i < w.size(); ++i)
      sum[lowbit::encode(*this, w[i])] += static_cast<double>(upstream[i]);
    parameters d;
    for (std::size_t c = 0; c < sum.size(); ++c) d.centroid[c] = static_cast<float>(sum[c]);
    return d;
  }
};

LOWBIT_END

#endif
