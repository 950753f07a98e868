// ContainsSubstring under the name that Catch2 3 gives it, for Catch2 2 as well.
#pragma once

#include <string>

#include "support/catch.hpp"

#if __has_include(<catch2/catch_all.hpp>)
using Catch::Matchers::ContainsSubstring;
#else
inline auto ContainsSubstring(const std::string& part) { return Catch::Matchers::Contains(part); }
#endif
