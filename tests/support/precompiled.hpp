// What the suites include of others, compiled once for all of them, and for clang the products that most of them run:
// g++ forgets which warnings a precompiled header switched off around intrinsics. A test still includes what it tests.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "lowbit/config.hpp"
#include "support/catch.hpp"
#if defined(__clang__)
#include "support/kernels.hpp"
#elif LOWBIT_HAS_XSIMD
#include <xsimd/xsimd.hpp>
#endif
