// lowbit/epilogue/integers.hpp – the sums as they are, stored or added.
#ifndef LOWBIT_EPILOGUE_INTEGERS_HPP
#define LOWBIT_EPILOGUE_INTEGERS_HPP

#include <cstring>

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN

/// out(m, n) = sum.
struct store_integers {
  matrix_view<std::int32_t> out;
  void require(index_t rows, index_t cols) const {
    detail::require_output("gemm", rows, cols, out.rows(), out.cols());
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    const auto bytes = static_cast<std::size_t>(place.cols) * sizeof(std::int32_t);
    for (index_t r = 0; r < place.rows; ++r)
      std::memcpy(&out(place.row + r, place.col), tile.sums + r * tile.row_stride, bytes);
  }
  template <class Lanes>
  LOWBIT_INLINE void lanes(const Lanes& sums, index_t row, index_t col,
                           index_t count) const noexcept {
    Lanes::store(sums, &out(row, col), count);
  }
};

/// out(m, n) += sum, modulo 2^32: a total that fits an int32 is exact whatever the order.
struct add_integers {
  matrix_view<std::int32_t> out;
  void require(index_t rows, index_t cols) const {
    detail::require_output("gemm", rows, cols, out.rows(), out.cols());
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c) {
        std::int32_t& o = out(place.row + r, place.col + c);
        o = static_cast<std::int32_t>(static_cast<std::uint32_t>(o) +
                                      static_cast<std::uint32_t>(tile(r, c)));
      }
  }
  template <class Lanes>
  LOWBIT_INLINE void lanes(const Lanes& sums, index_t row, index_t col,
                           index_t count) const noexcept {
    Lanes::add_store(sums, &out(row, col), count);
  }
};

LOWBIT_END

#endif
