// The loops of every ISA that has panels, as lowbit instantiates them: hot_loops.sh disassembles them.
#include <lowbit/epilogue/threshold.hpp>
#include <lowbit/product/gemm.hpp>

namespace lowbit::detail {

#define PANELS_WITH(Epilogue, Isa, Schedule)                                                 \
  template void product::multiply_part<kernel::panel_body_of<kernel::panels_for<isa::Isa>>>( \
      const kernel::multiplication&, const Schedule&, const product::panel_buffer&,          \
      const product::product_part&, const product::product_blocks&, const Epilogue&);
#define PANELS(Isa, Schedule) PANELS_WITH(epilogues::any_epilogue, Isa, Schedule)
// What an epilogue reads for every tile (bounds) may take registers from the loop.
#define REGISTER_PANELS(Isa, Schedule) \
  PANELS(Isa, Schedule)                \
  PANELS_WITH(store_threshold, Isa, Schedule)

using xor_step = kernel::single_step<bit_operation::bit_xor, 1>;
REGISTER_PANELS(avx512vpopcntdq, xor_step)
REGISTER_PANELS(avx512vpopcntdq, kernel::masked_dot)
REGISTER_PANELS(avx512vpopcntdq, kernel::product_schedule)
PANELS(avx512bw, product_rule)
PANELS(avx2, product_rule)
PANELS(ssse3, product_rule)

}  // namespace lowbit::detail
