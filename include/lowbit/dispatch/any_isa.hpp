// lowbit/dispatch/any_isa.hpp – an instruction set as a value, and how it becomes a type again.
//
// Operations are templates of the ISA that they run on. Their checks, plans and memory are the same on every ISA;
// only their loops have a body per ISA. So an operation gets a tag of arch/isa.hpp if the caller knows the ISA,
// or an any_isa if it is known when the program runs. Both are an isa_tag, and both have a `name`. With an any_isa
// the operation is compiled once, and where a loop begins
//
//     with_isa(isa, [&](auto tag) { loop(tag, ...); })
//
// calls the body: at no cost for a tag, by a jump for an any_isa. A loop over short rows, for which one jump per
// row costs too much, fetches the address of its function once (bit_sum_on()).
//
// dispatch/with_isa.hpp says which rows this machine has, and which one LOWBIT_ISA chooses.
#ifndef LOWBIT_DISPATCH_ANY_ISA_HPP
#define LOWBIT_DISPATCH_ANY_ISA_HPP

#include <concepts>

#include "lowbit/arch/isa.hpp"

LOWBIT_BEGIN

class any_isa;

/// A row of the table in arch/isa.hpp: its tag, or an any_isa.
template <class T>
concept isa_tag = std::is_base_of_v<isa::scalar, T> || std::same_as<T, any_isa>;

namespace detail::dispatch {

/// The position of Tag in the list; -1 if it is not there.
template <class Tag, class... Tags>
[[nodiscard]] consteval int row_of(isa::list<Tags...>) noexcept {
  int row = -1, next = 0;
  ((row = std::same_as<Tag, Tags> ? next : row, ++next), ...);
  return row;
}

/// f(tag) for row number `row`; every branch returns the same type.
template <class F, class Tag, class... Rest>
decltype(auto) call_row(int row, F&& f, isa::list<Tag, Rest...>) {
  if constexpr (sizeof...(Rest) == 0) {
    return f(Tag{});
  } else {
    if (row == 0) return f(Tag{});
    return call_row(row - 1, f, isa::list<Rest...>{});
  }
}

}  // namespace detail::dispatch

/// One row of isa::all, whether this machine has it or not.
class any_isa {
 public:
  /// The row of a tag that this CPU family knows.
  template <class Tag>
  requires(detail::dispatch::row_of<Tag>(isa::all{}) >= 0) constexpr any_isa(Tag) noexcept
      : name(Tag::name), row_(detail::dispatch::row_of<Tag>(isa::all{})) {}

  const char* name;  ///< as in LOWBIT_ISA

  friend constexpr bool operator==(any_isa a, any_isa b) noexcept { return a.row_ == b.row_; }

 private:
  template <isa_tag Isa, class F>
  friend decltype(auto) with_isa(Isa tag, F&& f);

  int row_;
};

/// Returns f(tag) with the tag itself, or with the tag of an any_isa's row; f must return one type for every
/// tag. For an any_isa f is compiled for every row, so it should do little more than call a loop.
template <isa_tag Isa, class F>
decltype(auto) with_isa(Isa tag, F&& f) {
  if constexpr (std::same_as<Isa, any_isa>)
    return detail::dispatch::call_row(tag.row_, f, isa::all{});
  else
    return f(tag);
}

/// True if the ISA is the reference, which computes from the definition.
template <isa_tag Isa>
[[nodiscard]] bool is_reference(Isa tag) noexcept {
  return with_isa(tag, [](auto row) { return std::same_as<decltype(row), isa::scalar>; });
}

LOWBIT_END

#endif
