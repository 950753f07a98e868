#include "roofline.hpp"

#include <cstdint>

#include "lowbit/dispatch/with_isa.hpp"

#if LOWBIT_X86
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace bench {
namespace {

#if LOWBIT_X86

constexpr long turns_of_loop = 4096;

// Twelve chains: a dot product of latency five on two ports needs ten. Register \i is accumulator 0 ... 11,
// 12 holds what is found on the way, 14 and 15 are operands. All are zero at the start where they hold
// floats, so that none is denormal.
#define BENCH_REGISTER_LOOP(START, BODY, END)                                                  \
  long left = turns_of_loop;                                                                   \
  asm volatile(START "\n1:\n.irp i, 0,1,2,3,4,5,6,7,8,9,10,11\n" BODY                          \
                     "\n.endr\n dec %0; jnz 1b;" END                                           \
               : "+r"(left)                                                                    \
               :                                                                               \
               : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", \
                 "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15")

[[gnu::target("avx512f,avx512vpopcntdq")]] void xor_popcnt_512() {
  BENCH_REGISTER_LOOP("vzeroall",
                      "vpxord %%zmm14, %%zmm15, %%zmm12; vpopcntd %%zmm12, %%zmm12;"
                      "vpaddd %%zmm12, %%zmm\\i, %%zmm\\i",
                      "vzeroupper");
}
// Two products added to a third bit and their carry counted (kernel/bits/fused_adder.hpp): the copies are renamed, not
// executed.
[[gnu::target("avx512f,avx512vpopcntdq")]] void add_products_512() {
  BENCH_REGISTER_LOOP("vzeroall",
                      "vmovdqa64 %%zmm15, %%zmm12; vpternlogd $0x96, %%zmm14, %%zmm15, %%zmm12;"
                      "vmovdqa64 %%zmm12, %%zmm13; vpternlogd $0x96, %%zmm14, %%zmm15, %%zmm13;"
                      "vpternlogd $0x74, %%zmm13, %%zmm15, %%zmm12; vpopcntd %%zmm12, %%zmm12;"
                      "vpaddd %%zmm12, %%zmm\\i, %%zmm\\i",
                      "vzeroupper");
}
[[gnu::target("avx512f,avx512bw")]] void lookup_512() {
  BENCH_REGISTER_LOOP("vzeroall",
                      "vpshufb %%zmm14, %%zmm15, %%zmm12; vpaddb %%zmm12, %%zmm\\i, %%zmm\\i",
                      "vzeroupper");
}
[[gnu::target("avx2")]] void lookup_256() {
  BENCH_REGISTER_LOOP("vzeroall",
                      "vpshufb %%ymm14, %%ymm15, %%ymm12; vpaddb %%ymm12, %%ymm\\i, %%ymm\\i",
                      "vzeroupper");
}
[[gnu::target("ssse3")]] void lookup_128() {
  BENCH_REGISTER_LOOP(
      "", "movdqa %%xmm15, %%xmm12; pshufb %%xmm14, %%xmm12; paddb %%xmm12, %%xmm\\i", "");
}
[[gnu::target("avx512f,avx512vnni")]] void dot_int8_512() {
  BENCH_REGISTER_LOOP("vzeroall", "vpdpbusd %%zmm14, %%zmm15, %%zmm\\i", "vzeroupper");
}
[[gnu::target("avx512f")]] void fma_512() {
  BENCH_REGISTER_LOOP("vzeroall", "vfmadd231ps %%zmm14, %%zmm15, %%zmm\\i", "vzeroupper");
}
[[gnu::target("avx2,fma")]] void fma_256() {
  BENCH_REGISTER_LOOP("vzeroall", "vfmadd231ps %%ymm14, %%ymm15, %%ymm\\i", "vzeroupper");
}
#define BENCH_SCALAR_STEP(value, bits, sum) \
  "xor %%rsi, %%" value "; popcnt %%" value ", %%" bits "; add %%" bits ", %%" sum ";"
[[gnu::target("popcnt")]] void xor_popcnt_64() {
  long left = turns_of_loop;
  asm volatile("1:" BENCH_SCALAR_STEP("r8", "r12", "rax") BENCH_SCALAR_STEP("r9", "r13", "rcx")
                   BENCH_SCALAR_STEP("r10", "r14", "rdx")
                       BENCH_SCALAR_STEP("r11", "r15", "rdi") "dec %0; jnz 1b"
               : "+r"(left)
               :
               : "cc", "rax", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",
                 "r14", "r15");
}

/// Eight tiles, the largest of each kind: 16 rows of 64 bytes. Four accumulate, two pairs are multiplied.
struct tile_configuration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
[[gnu::target("amx-tile,amx-int8")]] void dot_int8_tile() {
  const tile_configuration configuration;
  long left = turns_of_loop / 16;
  asm volatile(
      "ldtilecfg %1\n.irp i, 0,1,2,3,4,5,6,7\n tilezero %%tmm\\i\n.endr\n1:\n"
      "tdpbusd %%tmm6, %%tmm4, %%tmm0; tdpbusd %%tmm7, %%tmm4, %%tmm1;"
      "tdpbusd %%tmm6, %%tmm5, %%tmm2; tdpbusd %%tmm7, %%tmm5, %%tmm3;"
      "dec %0; jnz 1b; tilerelease"
      : "+r"(left)
      : "m"(configuration)
      : "cc");
}

/// The CPU has int8 tiles, and the kernel lets this process use them.
bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned amx_tile = 1u << 24, amx_int8 = 1u << 25;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  if ((d & amx_tile) == 0 || (d & amx_int8) == 0) return false;
#if defined(__linux__) && defined(SYS_arch_prctl)
  constexpr long request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

template <class Tag>
bool has() {
  return lowbit::detail::dispatch::available(Tag{});
}
bool has_vnni() { return __builtin_cpu_supports("avx512vnni") != 0; }
bool has_fma() { return has<lowbit::isa::avx2>() && __builtin_cpu_supports("fma") != 0; }

constexpr double steps = 12.0 * turns_of_loop;

#endif

}  // namespace

const std::vector<instruction_mix>& instruction_mixes() {
  static const std::vector<instruction_mix> mixes = {
#if LOWBIT_X86
    {"vfmadd231ps, 32 bytes", "fp32 FMA, AVX2", "", 8 * steps, fma_256, has_fma},
    {"vfmadd231ps, 64 bytes", "fp32 FMA, AVX-512", "", 16 * steps, fma_512,
     has<lowbit::isa::avx512bw>},
    {"xor + popcnt + add, 64-bit scalar", "scalar popcnt", "popcnt", 64 * 4.0 * turns_of_loop,
     xor_popcnt_64, has<lowbit::isa::popcnt>},
    {"pshufb + paddb, 16 bytes", "look-up, SSSE3", "ssse3", 64 * steps, lookup_128,
     has<lowbit::isa::ssse3>},
    {"vpdpbusd, 64 bytes", "int8 VNNI", "", 64 * steps, dot_int8_512, has_vnni},
    {"vpshufb + vpaddb, 32 bytes", "look-up, AVX2", "avx2", 128 * steps, lookup_256,
     has<lowbit::isa::avx2>},
    {"vpshufb + vpaddb, 64 bytes", "look-up, AVX-512BW", "avx512bw", 256 * steps, lookup_512,
     has<lowbit::isa::avx512bw>},
    {"vpxord + vpopcntd + vpaddd, 64 bytes", "xor + popcount, AVX-512", "avx512vpopcntdq",
     512 * steps, xor_popcnt_512, has<lowbit::isa::avx512vpopcntdq>},
    {"3 vpternlogd + vpopcntd + vpaddd, 64 bytes twice", "fused adders, AVX-512", "",
     2 * 512 * steps, add_products_512, has<lowbit::isa::avx512vpopcntdq>},
    {"tdpbusd, 16 x 16 tiles", "int8 AMX", "", 16 * 16 * 64 * 4.0 * (turns_of_loop / 16),
     dot_int8_tile, has_tiles},
#endif
  };
  return mixes;
}

const instruction_mix* roof_of(const std::string& isa) {
  for (const instruction_mix& mix : instruction_mixes())
    if (isa == mix.isa) return &mix;
  return nullptr;
}

const instruction_mix* roof_of_kernel(const std::string& kernel, const std::string& isa) {
  if (kernel.find(" bytes") == std::string::npos) return roof_of(isa);
  if (kernel.rfind("avx512vnni", 0) != 0) return nullptr;
  for (const instruction_mix& mix : instruction_mixes())
    if (std::string(mix.short_name) == "int8 VNNI") return &mix;
  return nullptr;
}

}  // namespace bench
