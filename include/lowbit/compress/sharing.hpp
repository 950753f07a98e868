// lowbit/compress/sharing.hpp – weight sharing: codes of a few bits and the table of their values.
//
//     auto shared = lowbit::compress::share_weights(w, kept, {.bits = 5});
//     shared.write(w);                                   every weight becomes its centroid
//     lowbit::nn::tied optimizer(sgd, {{&layer.weights(), shared.codes}});        fine-tuning (nn/optimizers/tied.hpp)
//     shared.read(w);                                    the table after fine-tuning
//
// The centroids are those of kmeans<K> (quantize/methods/kmeans.hpp), with a width that is known when the program runs.
// With a mask, code 0 stands for exactly 0 and for the pruned weights only: relative indices need it so. Deep
// Compression shares per layer, with 5 or 6 bits for fully connected layers and 8 for convolutions.
//
// Source: Han, Mao, Dally, "Deep compression", arXiv:1510.00149, section 3.
#ifndef LOWBIT_COMPRESS_SHARING_HPP
#define LOWBIT_COMPRESS_SHARING_HPP

#include <algorithm>
#include <vector>

#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/centroid_start.hpp"
#include "lowbit/quantize/fit/lloyd.hpp"

LOWBIT_BEGIN
namespace compress {

struct sharing_options {
  int bits = 5;  ///< 1 ... 8: 2^bits codes
  centroid_start start = centroid_start::linear;
  std::uint64_t seed = 0;  ///< of the random start
  int most_rounds = 1000;  ///< of Lloyd's iteration
};

/// A code per weight and a value per code.
struct shared_weights {
  std::vector<code_t> codes;
  std::vector<float> codebook;  ///< 2^bits values
  int rounds = 0;               ///< of Lloyd's iteration

  /// w[i] = codebook[codes[i]]. Errors: another number of weights.
  void write(std::span<float> w) const {
    require_as_many(w.size(), "compress::shared_weights::write");
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = codebook[codes[i]];
  }
  /// codebook[codes[i]] = w[i]; codes without weights keep their values. Errors, before anything is written: another
  /// number of weights; two weights of one code differ.
  void read(std::span<const float> w) {
    require_as_many(w.size(), "compress::shared_weights::read");
    std::vector<float> next = codebook;
    std::vector<bool> known(codebook.size());
    for (std::size_t i = 0; i < w.size(); ++i) {
      float& value = next[codes[i]];
      if (known[codes[i]] && bits_of(value) != bits_of(w[i]))
        detail::fail(
            "compress::shared_weights::read: weight %zu is %g, others of its code %d are %g", i,
            static_cast<double>(w[i]), int{codes[i]}, static_cast<double>(value));
      value = w[i];
      known[codes[i]] = true;
    }
    codebook = std::move(next);
  }

 private:
  void require_as_many(std::size_t n, const char* who) const {
    if (n != codes.size())
      detail::fail("%s: %zu weights, %zu codes: one each", who, n, codes.size());
  }
};

/// Shares the weights whose mark in `kept` is not 0; without marks, all. Cost: n log n, then 2^bits log n per round.
/// Errors: bits are not 1 ... 8; fewer than 0 rounds; the lengths differ; a weight is not finite; a weight that is not
/// kept is not 0.
[[nodiscard]] inline shared_weights share_weights(std::span<const float> w,
                                                  std::span<const std::uint8_t> kept = {},
                                                  const sharing_options& options = {}) {
  using namespace detail::quantizers;
  if (options.bits < 1 || options.bits > 8)
    detail::fail("compress::share_weights: codes of %d bits: there must be 1 to 8", options.bits);
  if (options.most_rounds < 0)
    detail::fail("compress::share_weights: at most %d rounds: it cannot be less than 0",
                 options.most_rounds);
  if (!kept.empty() && kept.size() != w.size())
    detail::fail("compress::share_weights: %zu weights with %zu marks: one each", w.size(),
                 kept.size());
  const std::size_t reserved = kept.empty() ? 0 : 1;
  std::vector<float> shared;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (kept.empty() || kept[i] != 0)
      shared.push_back(w[i]);
    else if (place_of(w[i]) != 0)
      detail::fail("compress::share_weights: weight %zu is pruned and is %g, not 0", i,
                   static_cast<double>(w[i]));
  }
  shared_weights out;
  out.codes.resize(w.size());
  out.codebook.resize(std::size_t{1} << options.bits);
  const sorted_sample sample(shared, "compress::share_weights");
  if (sample.size() == 0) return out;
  std::vector<double> level(out.codebook.size() - reserved);
  place_centroids(sample, options.start, options.seed, level);
  out.rounds = lloyd(sample, {0, sample.size()}, level, options.most_rounds);
  std::vector<float> begins;  // of every level but the first
  for (std::size_t j = 0; j < level.size(); ++j) {
    out.codebook[j + reserved] = static_cast<float>(level[j]);
    if (j > 0) begins.push_back(smallest_above((level[j - 1] + level[j]) / 2));
  }
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (!kept.empty() && kept[i] == 0) continue;
    const auto behind = std::upper_bound(begins.begin(), begins.end(), w[i], ascending{});
    out.codes[i] =
        static_cast<code_t>(static_cast<std::size_t>(behind - begins.begin()) + reserved);
  }
  return out;
}

}  // namespace compress
LOWBIT_END

#endif
