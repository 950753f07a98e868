// The row of two threads (two_threads.hpp): the same product on one and on two, timed by the wall.
#pragma once

#include "integer_product.hpp"
#include "rounds.hpp"
#include "row.hpp"

namespace bench {

/// W1A1 on the ISA of this program, rhs prepared. Errors: two threads give other integers than one.
[[nodiscard]] row measure_two_threads(const product_shape& shape, effort how);

}  // namespace bench
