// What the suites include of others, compiled once for all of them. Nothing of lowbit: each test includes what it
// tests.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "lowbit/config.hpp"
#include "support/catch.hpp"
#if LOWBIT_HAS_XSIMD
#include <xsimd/xsimd.hpp>
#endif
