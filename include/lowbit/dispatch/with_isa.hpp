// lowbit/dispatch/with_isa.hpp – which instruction set serves this program.
//
// chosen_isa() is the best row of arch/isa.hpp that this machine has. The choice is made once per program:
//
//   LOWBIT_ISA=<name> in the environment selects another row. A name that does not exist, or that this CPU
//   lacks, is an error that lists the names. With LOWBIT_STATIC_ARCH defined, the unit's flags decide at
//   compile time instead.
//
// gemm(a, b) runs on chosen_isa(). A caller that decides for itself passes on(isa::avx2{}) or on(any) as the last
// argument (executor/on.hpp).
#ifndef LOWBIT_DISPATCH_WITH_ISA_HPP
#define LOWBIT_DISPATCH_WITH_ISA_HPP

#include <array>
#include <cstdlib>
#include <cstring>

#include "lowbit/core/error.hpp"
#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/dispatch/detect.hpp"

LOWBIT_BEGIN

namespace detail::dispatch {

template <class... Tags>
[[nodiscard]] constexpr auto rows_of(isa::list<Tags...>) noexcept {
  return std::array<any_isa, sizeof...(Tags)>{any_isa(Tags{})...};
}

/// The table's rows as values, worst first.
inline constexpr auto all_rows = rows_of(isa::all{});

/// True if this CPU (and its operating system) can run the row.
[[nodiscard]] inline bool available(any_isa row) {
  return with_isa(row, [](auto tag) { return (decltype(tag)::needs & ~features()) == 0; });
}

/// Comma-separated names into `text`, for error messages.
struct name_list {
  char text[256] = "";
  void add(const char* name) noexcept {
    const std::size_t used = std::strlen(text);
    std::snprintf(text + used, sizeof text - used, "%s%s", used == 0 ? "" : ", ", name);
  }
};

/// The row that serves this program.
[[nodiscard]] inline any_isa choose() {
  const char* const wanted = std::getenv("LOWBIT_ISA");
  const bool by_name = wanted != nullptr && *wanted != '\0';
  name_list known, usable;
  any_isa best = isa::scalar{};
  const any_isa* named = nullptr;
  for (const any_isa& row : all_rows) {
    known.add(row.name);
    if (by_name && std::strcmp(wanted, row.name) == 0) named = &row;
    if (!available(row)) continue;
    usable.add(row.name);
    best = row;
  }
  if (!by_name) return best;
  if (named == nullptr)
    fail("LOWBIT_ISA=%s is no known instruction set; known: %s; this CPU has: %s", wanted,
         known.text, usable.text);
  if (!available(*named))
    fail("LOWBIT_ISA=%s: this CPU does not have it; this CPU has: %s", wanted, usable.text);
  return *named;
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

/// The ISA that serves this program: an any_isa, or with LOWBIT_STATIC_ARCH the tag that the unit's flags
/// guarantee. Errors: LOWBIT_ISA names an unknown or unavailable ISA.
[[nodiscard]] inline isa_tag auto chosen_isa() {
#if LOWBIT_DISPATCH_STATIC
  return detail::dispatch::last_in_flags(isa::scalar{}, isa::all{});
#else
  static const any_isa row = detail::dispatch::choose();
  return row;
#endif
}

/// Calls f(tag) with the tag of the chosen ISA and returns its result; f must return one type for every tag.
/// Errors: as chosen_isa().
template <class F>
decltype(auto) with_isa(F&& f) {
  return with_isa(chosen_isa(), f);
}

/// Calls f with every ISA that this machine can run, as an any_isa, worst first. Tests and benchmarks force ISAs
/// this way.
template <class F>
void for_each_isa(F&& f) {
  for (const any_isa row : detail::dispatch::all_rows)
    if (detail::dispatch::available(row)) f(row);
}

/// The name of the chosen ISA, as in LOWBIT_ISA.
[[nodiscard]] inline const char* active_isa() { return chosen_isa().name; }

LOWBIT_END

#endif
