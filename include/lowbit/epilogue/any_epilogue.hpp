// lowbit/epilogue/any_epilogue.hpp – a type-erased reference to an epilogue: what kernels are compiled for.
//
// A kernel is compiled once, not once per epilogue type, except where an epilogue takes its registers directly
// (in_registers below). The sums of a tile are stored on the stack, where they stay in the L1 cache. The epilogue takes
// them through a function pointer. That costs one store and one load per register of sums, compared with its hundreds
// of products. It saves one copy of every kernel of every ISA.
//
// The function behind the pointer is compiled for the targets that make it faster:
//
//     an epilogue with lanes()                    AVX-512 or NEON, register by register (simd/lanes.hpp), and the base target
//     one that sets `compiled_per_isa = true`     every target of arch/run_on.hpp; if its call operator takes an ISA
//                                                 tag first, it gets the current one
//     every other                                 the base target
//
// An epilogue that only stores sums says where (sums_in_place()). Kernels then store the sums there themselves.
#ifndef LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP
#define LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP

#include <concepts>
#include <type_traits>

#include "lowbit/arch/run_on.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/epilogue/lanes.hpp"
#include "lowbit/simd/lanes.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// Is compiled for every target of arch/run_on.hpp.
template <class F>
concept compiled_per_isa = requires {
  requires F::compiled_per_isa;
};

/// Registers of sums on an ISA.
template <class Tag>
using sums_on = decltype(simd::register_sums(Tag{}));

/// Takes the registers of an ISA that has some.
template <class F, class Tag>
concept takes_registers =
    !std::same_as<sums_on<Tag>, simd::no_sums> && lane_epilogue<F, sums_on<Tag>>;

/// The target that an epilogue is compiled for where `Tag` is asked for.
template <class Tag, class F>
using epilogue_target = std::conditional_t<compiled_per_isa<F> || takes_registers<F, Tag>,
                                           arch::vectors_on<Tag>, isa::scalar>;

/// Passes a tile to an epilogue that has lanes(): sixteen columns at a time, and the last columns as a tile.
template <class Tag, class F>
LOWBIT_INLINE void pass_registers(const F& epilogue, const accumulator_tile& tile,
                                  const tile_place& place) noexcept {
  const index_t whole = place.cols / stage_lanes * stage_lanes;
  for (index_t r = 0; r < place.rows; ++r)
    for (index_t c = 0; c < whole; c += stage_lanes) {
      sums_on<Tag> sums[1];
      sums_on<Tag>::load(sums[0], tile.sums + r * tile.row_stride + c);
      epilogue.lanes(sums, place.row + r, place.col + c);
    }
  if (whole < place.cols)
    epilogue(accumulator_tile{tile.sums + whole, tile.row_stride},
             tile_place{place.row, place.col + whole, place.rows, place.cols - whole});
}

/// Passes a tile to an epilogue, in a function that is compiled for an ISA.
template <class Tag, class F>
void pass_tile(const void* object, const accumulator_tile& tile, const tile_place& place) noexcept {
  arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
    // The epilogue's stores may alias its own members. They cannot alias a local copy.
    using own = std::conditional_t<std::is_trivially_copyable_v<F>, const F, const F&>;
    own epilogue = *static_cast<const F*>(object);
    if constexpr (requires { epilogue(Tag{}, tile, place); })
      epilogue(Tag{}, tile, place);
    else if constexpr (takes_registers<F, Tag>)
      pass_registers<Tag>(epilogue, tile, place);
    else
      epilogue(tile, place);
  });
}

/// A reference to an epilogue, which must outlive this object. Column 0 of a tile is column `first` of the epilogue. If
/// that is no multiple of 16, the epilogue gets tiles and no registers.
class any_epilogue {
 public:
  template <epilogue F>
  explicit any_epilogue(const F& f, index_t first = 0) noexcept
      : any_epilogue(isa::scalar{}, f, first) {}
  /// Compiled for an ISA, if that makes the epilogue faster.
  template <std::derived_from<isa::scalar> Tag, epilogue F>
  any_epilogue(Tag, const F& f, index_t first = 0) noexcept
      : object_(&f), call_(&pass_tile<epilogue_target<Tag, F>, F>), first_(first) {
    if constexpr (requires { f.sums_in_place(); }) {
      sums_ = f.sums_in_place().data() + first;
      row_stride_ = f.sums_in_place().row_stride();
    }
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    place.col += first_;
    call_(object_, tile, place);
  }

  /// The same reference; column 0 of a tile is column `first` of this one.
  [[nodiscard]] any_epilogue from_column(index_t first) const noexcept {
    any_epilogue out = *this;
    out.first_ += first;
    if (sums_ != nullptr) out.sums_ += first;
    return out;
  }

  /// The epilogue, which is an F.
  template <class F>
  [[nodiscard]] const F& as() const noexcept {
    return *static_cast<const F*>(object_);
  }

  /// True if the epilogue only stores sums. Then a kernel may store them itself, from at(row, column) on, in rows at a
  /// distance of row_stride(), without a call.
  [[nodiscard]] LOWBIT_INLINE bool stores_in_place() const noexcept { return sums_ != nullptr; }
  [[nodiscard]] LOWBIT_INLINE std::int32_t* at(index_t row, index_t col) const noexcept {
    return sums_ + row * row_stride_ + col;
  }
  [[nodiscard]] LOWBIT_INLINE index_t row_stride() const noexcept { return row_stride_; }

 private:
  const void* object_;
  void (*call_)(const void*, const accumulator_tile&, const tile_place&) noexcept;
  index_t first_;
  std::int32_t* sums_ = nullptr;  ///< null: the epilogue must be called
  index_t row_stride_ = 0;
};

/// True if the kernels of an ISA are compiled for F, because F takes the registers in which they count. All other
/// kernels call an any_epilogue.
template <class F, class Tag>
inline constexpr bool in_registers = takes_registers<F, Tag>&& simd::counts_in_registers<Tag>;

}  // namespace detail::epilogues
LOWBIT_END

#endif
