// The loops of every ISA that has panels, as lowbit instantiates them: hot_loops.sh disassembles them.
#include <lowbit/epilogue/threshold.hpp>
#include <lowbit/product/gemm.hpp>

namespace lowbit::detail {

#define PANELS_WITH(Epilogue, Isa, Loops)                                                        \
  template void                                                                                  \
  product::multiply_strip<kernel::panel_body_of<kernel::panels_for<isa::Isa>>, Loops, Epilogue>( \
      const kernel::strip&, const epilogues::any_epilogue&);
#define PANELS(Isa, Loops) PANELS_WITH(epilogues::any_epilogue, Isa, Loops)
// What an epilogue reads for every tile (bounds) may take registers from the loop.
#define REGISTER_PANELS(Isa, Loops) \
  PANELS(Isa, Loops)                \
  PANELS_WITH(store_threshold, Isa, Loops)

constexpr auto xor_step = kernel::xor_loops | kernel::one_step;
REGISTER_PANELS(avx512vpopcntdq, xor_step)
REGISTER_PANELS(avx512vpopcntdq, kernel::masked_loops)
REGISTER_PANELS(avx512vpopcntdq, kernel::xor_loops)
REGISTER_PANELS(avx512vpopcntdq, kernel::and_loops)
PANELS(avx512bw, 0)
PANELS(avx2, 0)
PANELS(ssse3, 0)

}  // namespace lowbit::detail
