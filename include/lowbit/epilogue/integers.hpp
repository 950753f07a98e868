// lowbit/epilogue/integers.hpp – the sums as they are, stored or added.
#ifndef LOWBIT_EPILOGUE_INTEGERS_HPP
#define LOWBIT_EPILOGUE_INTEGERS_HPP

#include <cstring>

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/epilogue/lanes.hpp"

LOWBIT_BEGIN

/// out(m, n) = sum.
struct store_integers {
  matrix_view<std::int32_t> out;
  void require_shape(index_t rows, index_t cols) const {
    detail::core::require_same_sizes("store_integers", {"the product", rows, cols},
                                     {"the output", out.rows(), out.cols()});
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    if (place.cols == 1) {  // a call of memcpy takes longer than a sum
      for (index_t r = 0; r < place.rows; ++r) out(place.row + r, place.col) = tile(r, 0);
      return;
    }
    const auto bytes = static_cast<std::size_t>(place.cols) * sizeof(std::int32_t);
    for (index_t r = 0; r < place.rows; ++r)
      std::memcpy(&out(place.row + r, place.col), tile.sums + r * tile.row_stride, bytes);
  }
  /// Kernels may store the sums themselves.
  [[nodiscard]] LOWBIT_INLINE const matrix_view<std::int32_t>& sums_in_place() const noexcept {
    return out;
  }
};

/// out(m, n) += sum, modulo 2^32: a total that fits an int32 is exact in any order.
struct add_integers {
  matrix_view<std::int32_t> out;
  void require_shape(index_t rows, index_t cols) const {
    detail::core::require_same_sizes("add_integers", {"the product", rows, cols},
                                     {"the output", out.rows(), out.cols()});
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c) {
        std::int32_t& o = out(place.row + r, place.col + c);
        o = static_cast<std::int32_t>(static_cast<std::uint32_t>(o) +
                                      static_cast<std::uint32_t>(tile(r, c)));
      }
  }
  template <class Lanes, std::size_t V>
  LOWBIT_INLINE void lanes(const Lanes (&sums)[V], index_t row, index_t col) const noexcept {
    using namespace detail::epilogues;
    for_each_register(sums, col, [&](const Lanes& sum, index_t first) LOWBIT_INLINE_LAMBDA {
      Lanes::add_store(sum, &out(row, first), stage_lanes);
    });
  }
};

LOWBIT_END

#endif
