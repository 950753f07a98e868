// lowbit/epilogue/any_epilogue.hpp – some epilogue, its type forgotten, in columns of the result that may
// begin anywhere.
//
// A kernel is compiled once for every epilogue. Where a product's columns are no register's (groups of
// channels that begin anywhere in the result), or its rows lie apart in it (transposed convolution), sums
// go through memory and tiles are small: there a call through a pointer costs little, and saves a program
// another copy of every kernel for every epilogue.
//
// Long epilogues say themselves that they want it (`static constexpr bool apart = true`): a chain of real stages
// is longer than what saving a call brings. It is then compiled once for every ISA, in a function with that
// ISA's attribute, and not in each of its kernels; one that has a call with a tag in front is told which ISA.
#ifndef LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP
#define LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP

#include <concepts>

#include "lowbit/arch/run_on.hpp"
#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// Calls the tile door of an epilogue that outlives it; column 0 is its column `first`.
class any_epilogue {
 public:
  template <epilogue F>
  explicit any_epilogue(const F& f, index_t first = 0) noexcept
      : any_epilogue(isa::scalar{}, f, first) {}
  /// Compiled for an ISA.
  template <std::derived_from<isa::scalar> Tag, epilogue F>
  any_epilogue(Tag, const F& f, index_t first = 0) noexcept
      : object_(&f),
        call_([](const void* object, const accumulator_tile& tile, const tile_place& place) {
          arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
            const F& epilogue = *static_cast<const F*>(object);
            if constexpr (requires { epilogue(Tag{}, tile, place); })
              epilogue(Tag{}, tile, place);
            else
              epilogue(tile, place);
          });
        }),
        first_(first) {}
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    place.col += first_;
    call_(object_, tile, place);
  }

 private:
  const void* object_;
  void (*call_)(const void*, const accumulator_tile&, const tile_place&);
  index_t first_;
};

/// Wants a function of its own instead of a copy in every kernel.
template <class F>
concept epilogue_outlined = requires {
  requires F::outlined;
};

/// What the kernels of an ISA are compiled with: f, or a call of it. f outlives it.
template <std::derived_from<isa::scalar> Tag, epilogue F>
[[nodiscard]] decltype(auto) for_kernels(Tag tag, const F& f) noexcept {
  if constexpr (epilogue_outlined<F>)
    return any_epilogue(tag, f);
  else
    return (f);
}

}  // namespace detail::epilogues
LOWBIT_END

#endif
