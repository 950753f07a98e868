// lowbit/epilogue/any_epilogue.hpp – a type-erased reference to an epilogue, with a column offset.
//
// A kernel is compiled once per epilogue type. Some products cannot hand over whole registers: groups of
// channels may begin at any column, and the rows of a transposed convolution are strided in the result.
// Their sums go through memory in small tiles. A call through a pointer costs little there, and it spares
// the program one copy of every kernel per epilogue.
//
// A long epilogue sets `static constexpr bool outlined = true`. It is then compiled once per ISA, in a
// function with that ISA's attribute, instead of once per kernel: for a chain of stages the code that is
// saved is worth more than the call. If its call operator takes an ISA tag first, it gets the current one.
#ifndef LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP
#define LOWBIT_EPILOGUE_ANY_EPILOGUE_HPP

#include <concepts>

#include "lowbit/arch/run_on.hpp"
#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// Calls operator() of an epilogue, which must outlive this object. Column 0 here is column `first` there.
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

/// Is compiled as one function per ISA instead of a copy in every kernel.
template <class F>
concept epilogue_outlined = requires {
  requires F::outlined;
};

/// What the kernels of an ISA are compiled with: f itself, or a reference that calls f. f must outlive it.
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
