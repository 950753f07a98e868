// lowbit/epilogue/float_stage.hpp – sums that become floats, and what is done to the floats in the tile.
//
// A network on bits still has operations on floats: the shortcuts of Bi-Real nets, the batch norm before them, and
// activations like RPReLU. If each of them read and wrote memory, it would cost more than the convolution in front
// of it. So they are stages that a register of floats passes through before it is stored:
//
//     sum -> float -> normalise -> add the shortcut -> RPReLU -> store floats, store signs
//
//     float_epilogue(scale, stage, ...)     an epilogue: float(sum * scale) through the stages in order
//     stages(stage, stage, ...)             several stages as one
//
// A stage is any callable stage(x, row, col, count). x points to 16 floats, of which the first `count` belong to
// columns col ... of a row of the result. The stage changes or stores these. If all 16 are valid, count is of a type
// that says so and names the ISA (epilogues::all_lanes_on<isa>). A stage that takes count as a template parameter is
// then compiled for a loop of constant length. A stage that takes an index_t gets 16. The library's stages are in
// epilogue/float_stages.hpp. Float convolutions (convolution/float_conv2d.hpp) end in stages, too.
#ifndef LOWBIT_EPILOGUE_FLOAT_STAGE_HPP
#define LOWBIT_EPILOGUE_FLOAT_STAGE_HPP

#include "lowbit/arch/isa.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/epilogue/lanes.hpp"

LOWBIT_BEGIN

/// What floats can pass through: see the head of this file.
template <class S>
concept float_stage = requires(const S& s, float* x, index_t i) {
  { s(x, i, i, i) }
  noexcept;
};

namespace detail::epilogues {

/// Lets a stage refuse a result of this shape.
template <float_stage S>
void require_stage(const S& stage, index_t rows, index_t cols) {
  if constexpr (requires { stage.require_shape(rows, cols); }) stage.require_shape(rows, cols);
}

}  // namespace detail::epilogues

/// Several stages, one after the other.
template <float_stage... Ss>
class stages {
 public:
  constexpr explicit stages(Ss... parts) : parts_(parts...) {}

  void require_shape(index_t rows, index_t cols) const {
    std::apply([&](const auto&... s) { (detail::epilogues::require_stage(s, rows, cols), ...); },
               parts_);
  }
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t row, index_t col, Count count) const noexcept {
    pass(x, row, col, count, std::index_sequence_for<Ss...>());
  }

 private:
  template <class Count, std::size_t... At>
  LOWBIT_INLINE void pass(float* x, index_t row, index_t col, Count count,
                          std::index_sequence<At...>) const noexcept {
    (std::get<At>(parts_)(x, row, col, count), ...);
  }
  std::tuple<Ss...> parts_;
};

/// An epilogue: every sum times its scale, then through the stages. Scales: one for all columns, one per column, or
/// none (1).
template <float_stage... Ss>
class float_epilogue {
 public:
  static constexpr bool compiled_per_isa = true;  // see epilogue/any_epilogue.hpp

  constexpr explicit float_epilogue(std::span<const float> scale, Ss... parts)
      : scale_(scale), stages_(parts...) {}

  void require_shape(index_t rows, index_t cols) const {
    if (scale_.size() > 1 && static_cast<index_t>(scale_.size()) != cols)
      detail::fail("float_epilogue: %zu scales: it takes none, one, or %td", scale_.size(), cols);
    stages_.require_shape(rows, cols);
  }
  /// Inlined into the function that calls it, so that stages are compiled for its ISA, which the tag names.
  template <class Tag>
  LOWBIT_INLINE void operator()(Tag tag, accumulator_tile tile, tile_place place) const noexcept {
    using namespace detail::epilogues;
    // Stores may alias the members of this object and of arguments by reference. They cannot alias local copies.
    const stages<Ss...> through = stages_;
    const bool each = scale_.size() > 1;
    const float* const scales = each ? scale_.data() + place.col : nullptr;
    float same[stage_lanes];  // one scale is read as sixteen: one loop serves both
    for (float& scale : same) scale = scale_.size() == 1 ? scale_[0] : 1;
    for (index_t r = 0; r < place.rows; ++r) {
      const std::int32_t* const sums = tile.sums + r * tile.row_stride;
      for_each_sixteen(tag, place.cols, [&](index_t c, auto count) LOWBIT_INLINE_LAMBDA {
        const float* const scale = each ? scales + c : same;
        float x[stage_lanes];
        for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA {
          x[i] = scaled_float(sums[c + i], scale[i]);
        });
        through(x, place.row + r, place.col + c, count);
      });
    }
  }
  LOWBIT_INLINE void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    (*this)(isa::scalar{}, tile, place);
  }

 private:
  std::span<const float> scale_;
  stages<Ss...> stages_;
};

LOWBIT_END

#endif
