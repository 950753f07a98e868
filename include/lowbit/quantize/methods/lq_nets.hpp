// lowbit/quantize/methods/lq_nets.hpp – learned quantization: levels are the sums of a learned basis.
//
//     levels = { sum_j v_j b_j }     b in {-1, 1}^K for weights (lq_weight), {0, 1}^K for activations
//                                    (lq_activation)
//     code(x) = b of the level that is nearest to x; a tie goes to the lower one
//
// The basis v is fitted by quantization error minimization, two steps by turns, neither of which can
// raise the squared error:
//
//     1  v fixed:  sort the 2^K levels; each x belongs to the stretch between two midpoints
//     2  b fixed:  v <- (B^T B + r I)^-1 (B^T x + r v)         r = ridge, 1e-4 in the authors' code
//
// The ridge holds an entry that no data touches where it was (a plane that is constant, levels that
// coincide). Entries may turn negative or change places; levels are sorted each time. Cost of a fit:
// n log n for sorting the group once, then 2^K log n a round.
//
// In training the authors take one round per batch and a moving average:
//
//     q = q.moved_towards(q.fit(x), 0.1f);         with q.rounds = 1
//
// Backward: weights identity; activations 1[0 < x <= largest level]. The authors quantize what a rectifier gives. Its
// derivative is part of this one, because layers here have no other rectifier. No gradient reaches v. K = 1 on weights
// is BWN: v = mean |w|.
//
// A new quantizer starts with zeros, and then fit() starts from the data. v_j = 2^j mean |x| / 2^(K-1) for weights, 2^j
// 2 mean |x| / (2^K - 1) for activations (for a Gaussian close to the paper's start).
//
// Source: Zhang, Yang, Ye, Hua, "LQ-Nets", arXiv:1807.10029, eq. 3-7, algorithm 1.
#ifndef LOWBIT_QUANTIZE_METHODS_LQ_NETS_HPP
#define LOWBIT_QUANTIZE_METHODS_LQ_NETS_HPP

#include "lowbit/quantize/fit/plane_coefficients.hpp"
#include "lowbit/quantize/fit/sorted_sample.hpp"
#include "lowbit/quantize/fit/staircase.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// 2^K levels from K basis numbers. bipolar: weights; unipolar: activations.
template <int K, plane_kind Kind = plane_kind::bipolar>
struct lq_nets {
  using encoding = lowbit::planes<K, Kind>;
  static constexpr bool activations_alone = Kind == plane_kind::unipolar;
  using basis_type = std::array<float, static_cast<std::size_t>(K)>;

  int rounds = 20;                            ///< of QEM in a fit; 0: the start as it is
  float ridge = 1e-4f;                        ///< r above, >= 0
  basis_type start{};                         ///< of a fit; all 0: from the data
  basis_type basis{};                         ///< fitted
  detail::quantizers::staircase<K> stairs{};  ///< fitted: made from the basis

  void validate() const {
    if (rounds < 0) detail::fail("lq_nets: %d rounds: there cannot be fewer than 0", rounds);
    if (!is_finite(ridge) || is_negative(ridge))
      detail::fail("lq_nets: ridge is %g: it must be finite and not negative",
                   static_cast<double>(ridge));
    for (const float v : start)
      detail::quantizers::require_number(v, "lq_nets", "a number of the start");
  }
  /// The same options with this basis, which is also where a fit starts from now on. Errors: v is not finite.
  [[nodiscard]] lq_nets with_basis(const basis_type& v) const {
    for (const float x : v)
      detail::quantizers::require_number(x, "lq_nets", "a number of the basis");
    lq_nets q = *this;
    q.start = q.basis = v;
    q.stairs = sorted_levels(exact_double(v)).stairs();
    return q;
  }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] lq_nets fit(std::span<const float> group) const {
    validate();
    const detail::quantizers::sorted_sample sample(group, "lq_nets");
    vector v = start == basis_type{} ? start_for(group) : exact_double(start);
    for (int round = 0; round < rounds && sample.size() > 0; ++round)
      v = detail::quantizers::best_coefficients<encoding>(sorted_levels(v).moments_of(sample),
                                                          static_cast<std::size_t>(K),
                                                          static_cast<double>(ridge), v);
    lq_nets q = *this;
    q.basis = detail::quantizers::rounded(v);
    q.stairs = sorted_levels(v).stairs();
    return q;
  }
  /// v <- (1 - rate) v + rate * fit's v: one step of the moving average. Errors: rate is not in [0, 1].
  [[nodiscard]] lq_nets moved_towards(const lq_nets& fit, float rate = 0.1f) const {
    if (is_nan(rate) || !(rate >= 0 && rate <= 1))
      detail::fail("lq_nets: rate is %g: it must be in [0, 1]", static_cast<double>(rate));
    basis_type v{};
    for (std::size_t j = 0; j < v.size(); ++j)
      v[j] = static_cast<float>((1 - static_cast<double>(rate)) * static_cast<double>(basis[j]) +
                                static_cast<double>(rate) * static_cast<double>(fit.basis[j]));
    return with_basis(v);
  }
  /// The moving average after one more batch, as the authors take it: one round from the basis so far, a tenth of
  /// the way. Errors: those of fit().
  [[nodiscard]] lq_nets observed(std::span<const float> batch) const {
    lq_nets once = with_basis(basis);
    once.rounds = 1;
    lq_nets q = once.moved_towards(once.fit(batch));
    q.rounds = rounds;
    return q;
  }
  /// What training changes.
  [[nodiscard]] constexpr basis_type numbers() const noexcept { return basis; }
  [[nodiscard]] lq_nets with_numbers(const basis_type& v) const { return with_basis(v); }
  [[nodiscard]] constexpr plane_levels<K> levels() const noexcept { return {basis}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept requires(K <= 5) {
    return stairs.planes(x);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept requires(K > 5) {
    return stairs.encode(x);
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    if constexpr (Kind == plane_kind::bipolar) return upstream;
    return x > 0 && x <= largest_level() ? upstream : 0;
  }
  /// The largest level: what activations are clipped at.
  [[nodiscard]] constexpr float largest_level() const noexcept {
    return float_of<encoding>(levels(), stairs.codes.back());
  }

 private:
  using vector = detail::quantizers::vector_of<static_cast<std::size_t>(K)>;
  static constexpr std::size_t level_count = std::size_t{1} << K;

  /// The levels of a basis in ascending order; equal ones in the order of their codes.
  struct sorted_levels {
    std::array<double, level_count> level{};  ///< by rank
    std::array<code_t, level_count> code{};   ///< by rank

    explicit sorted_levels(const vector& v) noexcept {
      for (std::size_t c = 0; c < level_count; ++c) {
        double sum = 0;
        for (std::size_t j = 0; j < v.size(); ++j)
          sum += (c >> j & 1) != 0 ? v[j] : Kind == plane_kind::bipolar ? -v[j] : 0;
        std::size_t rank = c;  // insertion keeps equal levels in order
        for (; rank > 0 && level[rank - 1] > sum; --rank) {
          level[rank] = level[rank - 1];
          code[rank] = code[rank - 1];
        }
        level[rank] = sum;
        code[rank] = static_cast<code_t>(c);
      }
    }
    [[nodiscard]] double midpoint_below(std::size_t rank) const noexcept {
      return (level[rank - 1] + level[rank]) / 2;
    }
    [[nodiscard]] detail::quantizers::staircase<K> stairs() const noexcept {
      detail::quantizers::staircase<K> s;
      s.set(0, 0, code[0]);
      for (std::size_t rank = 1; rank < level_count; ++rank)
        s.set(rank, detail::quantizers::smallest_above(midpoint_below(rank)), code[rank]);
      return s;
    }
    [[nodiscard]] detail::quantizers::code_moments<K> moments_of(
        const detail::quantizers::sorted_sample& sample) const noexcept {
      detail::quantizers::code_moments<K> m;
      index_t first = 0;
      for (std::size_t rank = 0; rank < level_count; ++rank) {
        const index_t last =
            rank + 1 == level_count ? sample.size() : sample.end_of(first, [&](float x) {
              return static_cast<double>(x) <= midpoint_below(rank + 1);
            });
        const auto here = sample.over({first, last});
        m.count[code[rank]] = static_cast<double>(here.count);
        m.sum[code[rank]] = here.sum;
        first = last;
      }
      return m;
    }
  };

  [[nodiscard]] static vector exact_double(const basis_type& v) noexcept {
    vector out{};
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = static_cast<double>(v[j]);
    return out;
  }
  [[nodiscard]] static vector start_for(std::span<const float> group) {
    const double unit = detail::quantizers::mean_abs(group, "lq_nets") *
                        (Kind == plane_kind::bipolar ? 2 / static_cast<double>(level_count)
                                                     : 2 / static_cast<double>(level_count - 1));
    vector v{};
    for (std::size_t j = 0; j < v.size(); ++j)
      v[j] = unit * static_cast<double>(std::size_t{1} << j);
    return v;
  }
};

/// Weights: b in {-1, 1}^K.
template <int K>
using lq_weight = lq_nets<K, plane_kind::bipolar>;
/// Activations: b in {0, 1}^K.
template <int K>
using lq_activation = lq_nets<K, plane_kind::unipolar>;

LOWBIT_END

#endif
