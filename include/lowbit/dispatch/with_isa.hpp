// lowbit/dispatch/with_isa.hpp – the one switch from a CPU to a tag.
//
// with_isa(f) calls f(tag) with the best ISA of this machine; what is called inside is resolved at
// compile time by overload resolution on the tag. The choice is made once per program:
//
//   LOWBIT_ISA=<name> in the environment selects another row of arch/isa.hpp: a name that does not
//   exist, or that this CPU lacks, is an error that lists the names – never a crash, never a silent
//   default. With LOWBIT_STATIC_ARCH defined, the unit's flags decide at compile time instead.
//
// Operations switch once, outside their loops; f is instantiated for every row, so it should do
// little more than call the operation's body.
#ifndef LOWBIT_DISPATCH_WITH_ISA_HPP
#define LOWBIT_DISPATCH_WITH_ISA_HPP

#include <cstdlib>
#include <cstring>

#include "lowbit/core/error.hpp"
#include "lowbit/dispatch/detect.hpp"

LOWBIT_BEGIN

/// A row of the table in arch/isa.hpp.
template <class T>
concept isa_tag = std::is_base_of_v<isa::scalar, T>;

namespace detail::dispatch {

/// Calls f(tag) for each row of the table that this machine has, worst first.
template <class F, class... Tags>
void for_each(F&& f, isa::list<Tags...>) {
  ((available<Tags>() ? static_cast<void>(f(Tags{})) : void()), ...);
}

template <class F, class... Tags>
void for_each_known(F&& f, isa::list<Tags...>) {
  (static_cast<void>(f(Tags{})), ...);
}

/// Comma-separated names into `text`, for error messages.
struct name_list {
  char text[256] = "";
  void add(const char* name) noexcept {
    const std::size_t used = std::strlen(text);
    std::snprintf(text + used, sizeof text - used, "%s%s", used == 0 ? "" : ", ", name);
  }
};

/// The position in isa::all that serves this program.
inline int choose() {
  const char* const wanted = std::getenv("LOWBIT_ISA");
  const bool by_name = wanted != nullptr && *wanted != '\0';
  name_list known, usable;
  int best = 0, named = -1, row = 0;
  bool named_available = false;
  for_each_known(
      [&]<class Tag>(Tag) {
        const bool ok = available<Tag>();
        known.add(Tag::name);
        if (ok) usable.add(Tag::name);
        if (by_name && std::strcmp(wanted, Tag::name) == 0) {
          named = row;
          named_available = ok;
        }
        if (ok) best = row;
        ++row;
      },
      isa::all{});
  if (!by_name) return best;
  if (named < 0)
    fail("LOWBIT_ISA=%s is no known instruction set; known: %s; this CPU has: %s", wanted,
         known.text, usable.text);
  if (!named_available)
    fail("LOWBIT_ISA=%s: this CPU does not have it; this CPU has: %s", wanted, usable.text);
  return named;
}

inline int chosen() {
  static const int row = choose();
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

/// The last row that the unit's flags guarantee.
template <class Best, class... Tags>
consteval auto last_in_flags(Best best, isa::list<Tags...>) {
  if constexpr (sizeof...(Tags) == 0) {
    return best;
  } else {
    return []<class T, class... R>(Best b, isa::list<T, R...>) {
      if constexpr (T::in_flags)
        return last_in_flags(T{}, isa::list<R...>{});
      else
        return last_in_flags(b, isa::list<R...>{});
    }(best, isa::list<Tags...>{});
  }
}

}  // namespace detail::dispatch

/// Calls f(tag) with the chosen ISA and returns its result; f must return one type for every tag.
/// Errors: LOWBIT_ISA names an unknown or unavailable ISA.
template <class F>
decltype(auto) with_isa(F&& f) {
#if LOWBIT_DISPATCH_STATIC
  return f(detail::dispatch::last_in_flags(isa::scalar{}, isa::all{}));
#else
  return detail::dispatch::call_row(detail::dispatch::chosen(), f, isa::all{});
#endif
}

/// Calls f(tag) for every ISA this machine can run, worst first: how tests and benchmarks force them
/// one by one. With LOWBIT_STATIC_ARCH too: the flags' ISA is one of them.
template <class F>
void for_each_isa(F&& f) {
  detail::dispatch::for_each(f, isa::all{});
}

/// The name of the chosen ISA, as in LOWBIT_ISA.
[[nodiscard]] inline const char* active_isa() {
  return with_isa([](isa_tag auto tag) -> const char* { return decltype(tag)::name; });
}

LOWBIT_END

#endif
