// The loops of every ISA that has panels, as lowbit instantiates them: hot_loops.sh disassembles them.
#include <lowbit/epilogue/threshold.hpp>
#include <lowbit/product/gemm.hpp>

namespace lowbit::detail {

#define PANELS_WITH(Epilogue, Isa, Schedule)                                           \
  template void product::multiply_panels<kernel::panels_##Isa>(                        \
      const product::panel_product<Schedule, Epilogue>&, const product::product_part&, \
      const product::product_blocks&);
// What an epilogue reads for every tile (bounds) may take registers from the loop.
#define PANELS(Isa, Schedule)                \
  PANELS_WITH(store_integers, Isa, Schedule) \
  PANELS_WITH(store_threshold, Isa, Schedule)

using xor_step = kernel::single_step<bit_operation::bit_xor, 1>;
PANELS(avx512vpopcntdq, xor_step)
PANELS(avx512vpopcntdq, kernel::masked_dot)
PANELS(avx512vpopcntdq, kernel::product_schedule)
PANELS(avx512bw, product_rule)
PANELS(avx2, product_rule)
PANELS(ssse3, product_rule)

}  // namespace lowbit::detail
