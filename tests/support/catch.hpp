// Catch2 3 and Catch2 2 under one name. Write plain Approx, TEST_CASE, TEMPLATE_TEST_CASE,
// GENERATE: both have them.
#pragma once

#define CATCH_CONFIG_FAST_COMPILE  // no try block around each assertion: a third less to compile

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
