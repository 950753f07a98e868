// What the suites include of others and the products that most of them run, compiled once for all of them. A test still
// includes what it tests.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/kernels.hpp"
