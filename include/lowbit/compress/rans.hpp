// lowbit/compress/rans.hpp – the model and the stream of rANS (kernel/compressed/rans.hpp).
//
// Counts become frequencies of sum 2^precision, none of them 0 where the count is not. Each slot that is left goes to
// the symbol that saves most bits by it. A few more bits of precision make the model better and its table larger;
// rans_model_of() takes the precision of fewest bits in all. On weights of networks the stream stays within 0.5 % of the
// entropy of its symbols.
#ifndef LOWBIT_COMPRESS_RANS_HPP
#define LOWBIT_COMPRESS_RANS_HPP

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "lowbit/kernel/compressed/rans.hpp"

LOWBIT_BEGIN
namespace compress {

/// A frequency per symbol; their sum is 2^precision.
struct rans_model {
  std::vector<std::uint16_t> frequencies;
  int precision = detail::kernel::least_rans_precision;

  /// Bits of the table in a file: 4 for the width of a frequency, then the frequency without its leading 1.
  [[nodiscard]] index_t table_bits() const noexcept {
    index_t bits = 0;
    for (const std::uint16_t f : frequencies) bits += 4 + (f > 1 ? std::bit_width(f) - 1 : 0);
    return bits;
  }
};

/// Counts as frequencies of sum 2^precision. If no symbol occurs, symbol 0 has all slots. Errors: the alphabet is not
/// 1 ... 256, the precision not 8 ... 14.
[[nodiscard]] inline rans_model rans_model_of(std::span<const std::uint64_t> counts,
                                              int precision) {
  using namespace detail::kernel;
  if (counts.empty() || counts.size() > most_symbols)
    detail::fail("compress::rans_model_of: an alphabet of %zu symbols: there must be 1 to %zu",
                 counts.size(), most_symbols);
  if (precision < least_rans_precision || precision > most_rans_precision)
    detail::fail("compress::rans_model_of: 2^%d slots: there must be 2^%d to 2^%d", precision,
                 least_rans_precision, most_rans_precision);
  const std::uint32_t total = std::uint32_t{1} << precision;
  std::vector<double> share(counts.begin(), counts.end());
  double all = 0;
  for (const double x : share) all += x;
  rans_model out{std::vector<std::uint16_t>(counts.size()), precision};
  if (all == 0) {
    out.frequencies[0] = static_cast<std::uint16_t>(total);
    return out;
  }
  std::vector<std::uint32_t> f(counts.size());
  std::uint32_t sum = 0;
  for (std::size_t s = 0; s < f.size(); ++s) {
    share[s] *= total / all;
    f[s] = share[s] > 0 ? (std::max)(std::uint32_t{1}, static_cast<std::uint32_t>(share[s])) : 0;
    sum += f[s];
  }
  // What one slot more saves, and what one slot less costs. Savings shrink with every slot, so exchanging single slots
  // ends at the best frequencies.
  const auto saved = [&](std::size_t s) { return share[s] * std::log2((f[s] + 1.0) / f[s]); };
  const auto lost = [&](std::size_t s) { return share[s] * std::log2(f[s] / (f[s] - 1.0)); };
  for (;;) {
    std::size_t gains = f.size(), gives = f.size();
    for (std::size_t s = 0; s < f.size(); ++s) {
      if (f[s] > 0 && (gains == f.size() || saved(s) > saved(gains))) gains = s;
      if (f[s] > 1 && (gives == f.size() || lost(s) < lost(gives))) gives = s;
    }
    const bool exchange = gains != gives && gives < f.size() && saved(gains) > lost(gives);
    if (sum == total && !exchange) break;
    if (sum <= total) ++f[gains];
    if (sum >= total) --f[gives];
    sum = sum < total ? sum + 1 : sum > total ? sum - 1 : sum;
  }
  for (std::size_t s = 0; s < f.size(); ++s) out.frequencies[s] = static_cast<std::uint16_t>(f[s]);
  return out;
}

/// Bits that symbols with these counts take under a model, without the ends of streams. Errors: the alphabets differ.
[[nodiscard]] inline double rans_bits(std::span<const std::uint64_t> counts,
                                      const rans_model& model) {
  if (counts.size() != model.frequencies.size())
    detail::fail("compress::rans_bits: %zu counts, %zu frequencies: one each", counts.size(),
                 model.frequencies.size());
  double bits = 0;
  for (std::size_t s = 0; s < counts.size(); ++s)
    if (counts[s] > 0)
      bits += static_cast<double>(counts[s]) *
              (model.precision - std::log2(static_cast<double>(model.frequencies[s])));
  return bits;
}

/// The model of fewest bits, stream and table together. Errors: the alphabet is not 1 ... 256.
[[nodiscard]] inline rans_model rans_model_of(std::span<const std::uint64_t> counts) {
  using namespace detail::kernel;
  rans_model best = rans_model_of(counts, least_rans_precision);
  const auto size = [&](const rans_model& m) {
    return rans_bits(counts, m) + static_cast<double>(m.table_bits());
  };
  for (int precision = least_rans_precision + 1; precision <= most_rans_precision; ++precision) {
    rans_model next = rans_model_of(counts, precision);
    if (size(next) < size(best)) best = std::move(next);
  }
  return best;
}

/// The stream of some symbols. Errors: the model is none; a symbol has no frequency.
[[nodiscard]] inline std::vector<std::byte> rans_encode(std::span<const code_t> symbols,
                                                        const rans_model& model) {
  using namespace detail::kernel;
  detail::core::fail_if(rans_problem(model.frequencies, model.precision), "compress::rans_encode");
  std::vector<std::uint32_t> first(model.frequencies.size());
  for (std::size_t s = 1; s < first.size(); ++s) first[s] = first[s - 1] + model.frequencies[s - 1];
  std::vector<std::byte> out;  // the last word first, and its high byte first
  std::uint32_t state = 0;
  const auto push_word = [&] {
    out.push_back(static_cast<std::byte>(state >> 8 & 255));
    out.push_back(static_cast<std::byte>(state & 255));
    state >>= 16;
  };
  for (std::size_t i = symbols.size(); i-- > 0;) {
    const std::size_t s = symbols[i];
    if (s >= first.size() || model.frequencies[s] == 0)
      detail::fail("compress::rans_encode: symbol %zu is %zu, which has no frequency", i, s);
    const std::uint32_t f = model.frequencies[s];
    // The next state would leave 32 bits. For f = 2^precision it cannot.
    const auto most = (std::uint64_t{rans_low >> model.precision} << 16) * f;
    if (state >= most) push_word();
    state = ((state / f) << model.precision) + state % f + first[s];
  }
  while (state >= 256) push_word();
  if (state > 0) out.push_back(static_cast<std::byte>(state));
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace compress
LOWBIT_END

#endif
