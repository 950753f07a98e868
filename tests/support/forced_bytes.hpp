// Products of bytes wherever an ISA has them, whatever they cost.
#pragma once

#include "lowbit/product/route.hpp"

namespace test {

/// The family "bytes" at no cost.
struct free_bytes : lowbit::family::byte_panels {
  template <class Tag>
  static constexpr double cost(const lowbit::family::factors&, const lowbit::family::product_shape&,
                               const lowbit::family::panel_layout&, bool) noexcept {
    return 0;
  }
};
using forced_bytes =
    lowbit::families<free_bytes, lowbit::family::bit_rows, lowbit::family::reference>;

}  // namespace test
