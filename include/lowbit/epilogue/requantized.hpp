// lowbit/epilogue/requantized.hpp – integer sums to bytes of the next layer: scale, zero point, saturation.
//
//     out(m, n) = clip(zero_point + rescale(sum + bias(n), n), lowest, highest)
//
// Two ways to rescale are in use, and networks were trained with each of them:
//
//     fixed_rescale   fixed_multiplier (core/fixed_multiplier.hpp): integers only, rounded twice as gemmlowp does
//     float_rescale   round_half_even(float(sum) * scale): one product of floats, as ONNX's QLinearMatMul and QLinearConv
//
// Both take one multiplier for all channels, or one per channel. For codes of at most 4 bits a staircase of integer
// comparisons is faster, and any function gives one (epilogue/multi_threshold.hpp).
//
//     lowbit::matrix<std::int8_t> y(m, n);
//     lowbit::gemm_with(a, w, lowbit::store_requantized{y.view(), lowbit::fixed_rescale{multipliers}, bias, zero_point});
//
// Source: Jacob et al., arXiv:1712.05877, eq. 5-7; ONNX operators QLinearMatMul, QLinearConv.
#ifndef LOWBIT_EPILOGUE_REQUANTIZED_HPP
#define LOWBIT_EPILOGUE_REQUANTIZED_HPP

#include <concepts>
#include <span>

#include "lowbit/core/fixed_multiplier.hpp"
#include "lowbit/core/matrix_view.hpp"
#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// The element of a span with one for all channels, or one per channel.
template <class T>
[[nodiscard]] LOWBIT_INLINE const T& of_channel(std::span<const T> each, index_t channel) noexcept {
  return each.size() == 1 ? each[0] : each[static_cast<std::size_t>(channel)];
}

}  // namespace detail::epilogues

/// Rescales by integers alone. `multipliers`: one, or one per channel; they must outlive this object.
struct fixed_rescale {
  std::span<const fixed_multiplier> multipliers;
  [[nodiscard]] std::size_t channels() const noexcept { return multipliers.size(); }
  [[nodiscard]] LOWBIT_INLINE std::int64_t operator()(std::int32_t sum,
                                                      index_t channel) const noexcept {
    return detail::epilogues::of_channel(multipliers, channel)(sum);
  }
};

/// Rescales by a product of floats, ties to even. `scales`: one, or one per channel; they must outlive this object.
/// Sums above 2^24 in magnitude are rounded to float first.
struct float_rescale {
  std::span<const float> scales;
  [[nodiscard]] std::size_t channels() const noexcept { return scales.size(); }
  [[nodiscard]] LOWBIT_INLINE std::int64_t operator()(std::int32_t sum,
                                                      index_t channel) const noexcept {
    const float product =
        static_cast<float>(sum) * detail::epilogues::of_channel(scales, channel) + 0.0f;
    return round_half_even(static_cast<double>(product));
  }
};

/// A way to rescale sums.
template <class R>
concept rescaling = requires(const R& r, std::int32_t sum, index_t channel) {
  { r(sum, channel) } -> std::convertible_to<std::int64_t>;
  { r.channels() } -> std::convertible_to<std::size_t>;
};

/// Stores requantized sums as bytes, signed or unsigned. sum + bias must fit an int32. `lowest` and `highest` narrow
/// the range of T: the bounds of a ReLU that is part of the layer, or of codes of fewer bits. Errors of a product with
/// this epilogue: an output of another shape; multipliers or biases that are neither one (biases: none) nor one per
/// channel; a zero point or bounds that T does not have.
template <class T, rescaling R>
struct store_requantized {
  static_assert(std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t>,
                "lowbit::store_requantized: the output is a matrix of std::int8_t or std::uint8_t");

  matrix_view<T> out;
  R rescale;
  std::span<const std::int32_t> bias = {};
  int zero_point = 0;
  int lowest = std::numeric_limits<T>::lowest();
  int highest = (std::numeric_limits<T>::max)();

  store_requantized(matrix_view<T> to, R how, std::span<const std::int32_t> biases = {},
                    int zero = 0, int from = std::numeric_limits<T>::lowest(),
                    int up_to = (std::numeric_limits<T>::max)()) noexcept
      : out(to), rescale(how), bias(biases), zero_point(zero), lowest(from), highest(up_to) {}

  void require_shape(index_t rows, index_t cols) const {
    constexpr int least = std::numeric_limits<T>::lowest(), most = (std::numeric_limits<T>::max)();
    detail::core::require_same_sizes("store_requantized", {"the product", rows, cols},
                                     {"the output", out.rows(), out.cols()});
    require_count("multipliers", rescale.channels(), cols);
    if (bias.size() != 0) require_count("biases", bias.size(), cols);
    if (zero_point < least || zero_point > most)
      detail::fail("store_requantized: a zero point of %d: it must be in %d ... %d", zero_point,
                   least, most);
    if (lowest < least || highest > most || lowest > highest)
      detail::fail("store_requantized: bounds of %d ... %d: they must be in %d ... %d", lowest,
                   highest, least, most);
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c) {
        const index_t n = place.col + c;
        const std::int32_t add = bias.size() == 0 ? 0 : detail::epilogues::of_channel(bias, n);
        const std::int64_t y = zero_point + std::int64_t{rescale(tile(r, c) + add, n)};
        out(place.row + r, n) = static_cast<T>(y < lowest ? lowest : y > highest ? highest : y);
      }
  }

 private:
  static void require_count(const char* what, std::size_t count, index_t wanted) {
    if (count != 1 && static_cast<index_t>(count) != wanted)
      detail::fail("store_requantized: %zu %s: it takes one, or %td", count, what, wanted);
  }
};

LOWBIT_END

#endif
