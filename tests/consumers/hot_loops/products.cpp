// The loops of every ISA that has panels, as lowbit instantiates them: hot_loops.sh disassembles them.
#include <lowbit/ops/gemm.hpp>

namespace lowbit::detail {

#define PANELS(Isa, Schedule)                                                        \
  template void ops::multiply_panels<kernel::panels_##Isa>(                          \
      const ops::panel_product<Schedule, store_integers>&, const ops::product_part&, \
      const ops::product_blocks&);

using xor_step = kernel::single_step<bit_operation::differ, 1>;
PANELS(avx512vpopcntdq, xor_step)
PANELS(avx512vpopcntdq, kernel::gated_dot)
PANELS(avx512vpopcntdq, kernel::product_schedule)
PANELS(avx512bw, product_rule)
PANELS(avx2, product_rule)
PANELS(ssse3, product_rule)

}  // namespace lowbit::detail
