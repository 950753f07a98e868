// lowbit/epilogue/epilogue.hpp – what becomes of a tile of integer sums.
//
// A product hands every tile of exact int32 sums, once, to an epilogue: f(tile, place). The epilogue writes
// the tile to its destination in its own form: integers, scaled floats or threshold bits. It never reads a
// weight. So a form of the result that was not asked for is never stored.
//
//     store_integers     out(m, n) = sum                          epilogue/integers.hpp
//     add_integers       out(m, n) += sum                         epilogue/integers.hpp
//     store_affine       out(m, n) = sum * scale + bias           epilogue/affine.hpp
//     store_threshold    bit (m, n) = sum on the bit's side       epilogue/threshold.hpp
//     chain(f, g, ...)   f, then g, ... on the same tile          here
//
// Your own epilogue is any callable with that signature. It is called once per tile, and tiles do not overlap.
// Three members are optional:
//
//     require_shape(rows, cols)      called once, before anything is written; it fails if the destination or
//                                    the parameters do not fit a result of that shape
//     lanes(sums, row, col)          the fast path: columns col ... of a row as an array of registers
//                                    (simd/lanes.hpp) of 16 sums each. It must write the same as the call with a
//                                    tile.
//     static constexpr bool compiled_per_isa = true
//                                    for loops that compilers vectorize: see epilogue/any_epilogue.hpp
#ifndef LOWBIT_EPILOGUE_EPILOGUE_HPP
#define LOWBIT_EPILOGUE_EPILOGUE_HPP

#include <concepts>
#include <tuple>

#include "lowbit/core/shape.hpp"

namespace lowbit {

/// Where a tile lies in the result: its first row and column, and its size.
struct tile_place {
  index_t row = 0;
  index_t col = 0;
  index_t rows = 0;
  index_t cols = 0;
};

/// A small row-major block of sums; tile(r, c) belongs to result element (place.row + r, place.col + c).
struct accumulator_tile {
  const std::int32_t* sums = nullptr;
  index_t row_stride = 0;
  [[nodiscard]] LOWBIT_INLINE std::int32_t operator()(index_t r, index_t c) const noexcept {
    return sums[r * row_stride + c];
  }
};

}  // namespace lowbit

LOWBIT_BEGIN

/// Consumes tiles of sums.
template <class F>
concept epilogue = requires(const F& f, const accumulator_tile& tile, tile_place place) {
  { f(tile, place) }
  noexcept;
};

namespace detail {

/// Lets an epilogue refuse a result of this shape.
template <epilogue F>
void require_fit(const F& epilogue, index_t rows, index_t cols) {
  if constexpr (requires { epilogue.require_shape(rows, cols); })
    epilogue.require_shape(rows, cols);
}

/// Has the fast path lanes() for this kind of registers.
template <class F, class Sums>
concept lane_epilogue = requires(const F& f, const Sums (&sums)[1], index_t i) {
  { f.lanes(sums, i, i) }
  noexcept;
};

}  // namespace detail

/// Several epilogues on the same tile, in order.
template <epilogue... Fs>
struct chain {
  std::tuple<Fs...> parts;
  constexpr explicit chain(Fs... fs) : parts(fs...) {}
  void require_shape(index_t rows, index_t cols) const {
    std::apply([&](const auto&... f) { (detail::require_fit(f, rows, cols), ...); }, parts);
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    std::apply([&](const auto&... f) { (f(tile, place), ...); }, parts);
  }
};

LOWBIT_END

#endif
