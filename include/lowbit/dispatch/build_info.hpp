// lowbit/dispatch/build_info.hpp – what is running, in one line, for logs and bug reports.
#ifndef LOWBIT_DISPATCH_BUILD_INFO_HPP
#define LOWBIT_DISPATCH_BUILD_INFO_HPP

#include <string>

#include "lowbit/dispatch/core.hpp"
#include "lowbit/dispatch/with_isa.hpp"

LOWBIT_BEGIN

/// The flags of this unit that matter, as the name of its namespace: "v_base" without -m flags.
[[nodiscard]] constexpr const char* build_flags() noexcept { return LOWBIT_STRING(LOWBIT_ABI); }

/// Version, compiler, flags, xsimd version and arch, the active ISA and all ISAs of this CPU. For an ISA with
/// vector popcounts also how many of them the core is assumed to start per cycle (dispatch/core.hpp).
[[nodiscard]] inline std::string build_info() {
  detail::dispatch::name_list usable;
  for_each_isa([&](any_isa row) { usable.add(row.name); });
  char text[1024];
#if LOWBIT_HAS_XSIMD
  char portable[64];
  std::snprintf(portable, sizeof portable, "xsimd %d.%d.%d (%s)", XSIMD_VERSION_MAJOR,
                XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH, isa::portable::xsimd_arch::name());
#else
  const char* const portable = "without xsimd";
#endif
  char core[48] = "";
  if (std::strcmp(active_isa(), isa::avx512vpopcntdq::name) == 0)
    std::snprintf(core, sizeof core, ", %d vector popcounts per cycle",
                  detail::dispatch::this_core().popcounts);
  std::snprintf(text, sizeof text, "lowbit %d.%d.%d, %s, %s, %s, isa %s of {%s}%s%s",
                LOWBIT_VERSION_MAJOR, LOWBIT_VERSION_MINOR, LOWBIT_VERSION_PATCH, LOWBIT_COMPILER,
                build_flags(), portable, active_isa(), usable.text,
                LOWBIT_DISPATCH_STATIC ? ", chosen by flags" : "", core);
  return text;
}

LOWBIT_END

#endif
