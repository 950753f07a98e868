// The products that nearly every test needs, declared as compiled elsewhere. They are each ISA's loops over tiles, for
// the operations of all rules and the usual epilogues. tests/support/kernels/*.cpp compile them once for all suites,
// where each file would take ten seconds for the same code. Tests with an epilogue of their own still compile their
// own.
#pragma once

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/product/linear.hpp"
#include "lowbit/product/matmul.hpp"

namespace lowbit::detail {

constexpr auto xor_step = kernel::xor_loops | kernel::one_step;
constexpr auto and_step = kernel::and_loops | kernel::one_step;

// One body on a strip: a row body's loops, or a panel body's.
#define LOWBIT_TEST_LOOP(LINKAGE, BODY, LOOPS, EPILOGUE)                \
  LINKAGE template void product::multiply_strip<BODY, LOOPS, EPILOGUE>( \
      const kernel::strip&, const epilogues::any_epilogue&);
#define LOWBIT_TEST_ROWS(LINKAGE, ISA, LOOPS)                                    \
  LOWBIT_TEST_LOOP(LINKAGE, kernel::row_body<kernel::rows_for<isa::ISA>>, LOOPS, \
                   epilogues::any_epilogue)
#define LOWBIT_TEST_PANELS(LINKAGE, ISA, LOOPS, EPILOGUE) \
  LOWBIT_TEST_LOOP(LINKAGE, kernel::panel_body_of<kernel::panels_for<isa::ISA>>, LOOPS, EPILOGUE)

// All that tests use of an ISA's rows, of panels of lanes, and of panels of tables.
#define LOWBIT_TEST_ROW_KERNELS(LINKAGE, ISA)       \
  LOWBIT_TEST_ROWS(LINKAGE, ISA, kernel::and_loops) \
  LOWBIT_TEST_ROWS(LINKAGE, ISA, kernel::xor_loops) \
  LOWBIT_TEST_ROWS(LINKAGE, ISA, kernel::masked_loops)
#define LOWBIT_TEST_LANE_KERNELS(LINKAGE, ISA)                                    \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, xor_step, epilogues::any_epilogue)             \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, and_step, epilogues::any_epilogue)             \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, kernel::masked_loops, epilogues::any_epilogue) \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, kernel::xor_loops, epilogues::any_epilogue)    \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, kernel::and_loops, epilogues::any_epilogue)
// What takes registers of sums is compiled into the kernels that have them.
#define LOWBIT_TEST_REGISTER_KERNELS(LINKAGE, ISA)                  \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, xor_step, add_integers)          \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, kernel::and_loops, add_integers) \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, xor_step, store_affine)          \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, xor_step, store_threshold)       \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, kernel::and_loops, store_threshold)
#define LOWBIT_TEST_TABLE_KERNELS(LINKAGE, ISA) \
  LOWBIT_TEST_PANELS(LINKAGE, ISA, 0, epilogues::any_epilogue)
// The loops of right operands of 1, 2, 3 or 4, 5 to 7 and 8 planes, and those of all.
#define LOWBIT_TEST_BYTES(LINKAGE, ISA, LOOPS) \
  LOWBIT_TEST_LOOP(LINKAGE, kernel::byte_panels::body<isa::ISA>, LOOPS, epilogues::any_epilogue)
#define LOWBIT_TEST_BYTE_KERNELS(LINKAGE, ISA)                                       \
  LOWBIT_TEST_BYTES(LINKAGE, ISA, kernel::one_bit_fields | kernel::seven_bit_bytes)  \
  LOWBIT_TEST_BYTES(LINKAGE, ISA, kernel::two_bit_fields | kernel::seven_bit_bytes)  \
  LOWBIT_TEST_BYTES(LINKAGE, ISA, kernel::four_bit_fields | kernel::seven_bit_bytes) \
  LOWBIT_TEST_BYTES(LINKAGE, ISA, kernel::seven_bit_bytes)                           \
  LOWBIT_TEST_BYTES(LINKAGE, ISA, kernel::whole_bytes)                               \
  LOWBIT_TEST_BYTES(LINKAGE, ISA, kernel::byte_loops)

#define LOWBIT_TEST_LOOKUP_KERNELS(LINKAGE, ISA) \
  LOWBIT_TEST_LOOP(LINKAGE, kernel::value_lookups::body<isa::ISA>, 0, epilogues::any_epilogue)

#if LOWBIT_HAS_XSIMD
#define LOWBIT_TEST_PORTABLE_PANELS(LINKAGE)  \
  LOWBIT_TEST_LANE_KERNELS(LINKAGE, portable) \
  LOWBIT_TEST_BYTE_KERNELS(LINKAGE, portable)
#else
#define LOWBIT_TEST_PORTABLE_PANELS(LINKAGE)
#endif

LOWBIT_TEST_ROW_KERNELS(extern, portable)
LOWBIT_TEST_PORTABLE_PANELS(extern)
#if LOWBIT_X86
LOWBIT_TEST_ROW_KERNELS(extern, popcnt)  // and ssse3, which has no row body of its own
LOWBIT_TEST_TABLE_KERNELS(extern, ssse3)
LOWBIT_TEST_BYTE_KERNELS(extern, ssse3)
LOWBIT_TEST_LOOKUP_KERNELS(extern, ssse3)
LOWBIT_TEST_ROW_KERNELS(extern, avx2)
LOWBIT_TEST_TABLE_KERNELS(extern, avx2)
LOWBIT_TEST_BYTE_KERNELS(extern, avx2)
LOWBIT_TEST_LOOKUP_KERNELS(extern, avx2)
LOWBIT_TEST_BYTE_KERNELS(extern, avxvnni)
LOWBIT_TEST_ROW_KERNELS(extern, avx512bw)
LOWBIT_TEST_TABLE_KERNELS(extern, avx512bw)
LOWBIT_TEST_BYTE_KERNELS(extern, avx512bw)
LOWBIT_TEST_BYTE_KERNELS(extern, avx512vnni)
LOWBIT_TEST_ROW_KERNELS(extern, avx512vpopcntdq)
LOWBIT_TEST_LANE_KERNELS(extern, avx512vpopcntdq)
LOWBIT_TEST_LOOKUP_KERNELS(extern, avx512vpopcntdq)
LOWBIT_TEST_REGISTER_KERNELS(extern, avx512vpopcntdq)
#elif LOWBIT_AARCH64
LOWBIT_TEST_ROW_KERNELS(extern, neon)
LOWBIT_TEST_LANE_KERNELS(extern, neon)
LOWBIT_TEST_BYTE_KERNELS(extern, neon)
LOWBIT_TEST_LOOKUP_KERNELS(extern, neon)
#endif

}  // namespace lowbit::detail
