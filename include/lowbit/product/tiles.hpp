// lowbit/product/tiles.hpp – the loop over the strips of one part of a product.
//
// A part is computed block by block, strip by strip (product/partition.hpp); the body computes a strip. The loop does
// not depend on bodies, encodings or epilogues: it is compiled once, and calls the body through a pointer.
#ifndef LOWBIT_PRODUCT_TILES_HPP
#define LOWBIT_PRODUCT_TILES_HPP

#include <span>

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/product/panels.hpp"
#include "lowbit/product/partition.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// A body on a strip. What a body computes with is compiled here, once per body, set of operations and type of
/// epilogue. That type is any_epilogue, or an epilogue that takes the body's registers.
template <class Body, kernel::product_loops Loops, class Epilogue>
void multiply_strip(const kernel::strip& s, const epilogues::any_epilogue& erased) {
  const auto run = [&](const auto& epilogue) {
    if constexpr (requires { Body::template run<Loops>(s, epilogue); })
      Body::template run<Loops>(s, epilogue);
    else
      Body::run(s, epilogue);
  };
  if constexpr (std::is_same_v<Epilogue, epilogues::any_epilogue>)
    run(erased);
  else
    run(erased.as<Epilogue>());
}

/// The same as a pointer.
using strip_function = void (*)(const kernel::strip& s, const epilogues::any_epilogue& epilogue);

/// A product over some runs, and what gets its tiles.
struct product_step {
  kernel::multiplication all;
  epilogues::any_epilogue epilogue;
};

/// Every tile of one part, once for each step. Steps differ in their runs and in what is added. The panels of a block stay
/// in the L2 cache while all rows of the part are multiplied with them. The rows of a strip stay in the L1 cache for all
/// panels of the block.
inline void multiply_part(std::span<const product_step> steps, strip_function multiply,
                          const panel_buffer& panels, const product_part& part,
                          const product_blocks& blocks) {
  const kernel::panel_layout& layout = steps.front().all.layout;
  const index_t width = layout.rows, bytes = layout.bytes();
  for (index_t c = part.first_col; c < part.end_col; c += blocks.cols) {
    const index_t end_col = min_of(c + blocks.cols, part.end_col);
    for (index_t m = part.first_row; m < part.end_row; m += blocks.rows) {
      const index_t end_row = min_of(m + blocks.rows, part.end_row);
      const std::uint8_t* panel = panels.bytes.data() + c / width * bytes;
      for (index_t n = c; n < end_col; n += width, panel += bytes)
        for (const product_step& step : steps)
          multiply(
              kernel::strip{step.all, m, end_row, n, min_of(n + width, end_col), panel,
                            &step == steps.data() && m == part.first_row && n + width < end_col},
              step.epilogue);
    }
  }
}

}  // namespace detail::product
LOWBIT_END

#endif
