// lowbit/product/tiles.hpp – the loop over the strips of one part of a product.
//
// A part is computed block by block, strip by strip (product/partition.hpp); the body computes a strip. The loop does
// not depend on encodings: it is compiled once per body, set of operations and epilogue.
#ifndef LOWBIT_PRODUCT_TILES_HPP
#define LOWBIT_PRODUCT_TILES_HPP

#include "lowbit/product/panels.hpp"
#include "lowbit/product/partition.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// Every tile of one part, once. The panels of a block stay in the L2 cache while all rows of the part are multiplied
/// with them. The rows of a strip stay in the L1 cache for all panels of the block.
template <class Body, kernel::product_loops Loops, class Epilogue>
void multiply_part(const kernel::multiplication& all, const panel_buffer& panels,
                   const product_part& part, const product_blocks& blocks,
                   const Epilogue& epilogue) {
  const index_t width = all.layout.rows, bytes = all.layout.bytes();
  for (index_t c = part.first_col; c < part.end_col; c += blocks.cols) {
    const index_t end_col = min_of(c + blocks.cols, part.end_col);
    for (index_t m = part.first_row; m < part.end_row; m += blocks.rows) {
      const index_t end_row = min_of(m + blocks.rows, part.end_row);
      const std::uint8_t* panel = panels.bytes.data() + c / width * bytes;
      for (index_t n = c; n < end_col; n += width, panel += bytes)
        kernel::run_strip<Body, Loops>(
            kernel::strip{all, m, end_row, n, min_of(n + width, end_col), panel,
                          m == part.first_row && n + width < end_col},
            epilogue);
    }
  }
}

}  // namespace detail::product
LOWBIT_END

#endif
