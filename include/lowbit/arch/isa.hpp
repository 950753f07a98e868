// lowbit/arch/isa.hpp – the one table of instruction sets.
//
// A tag is an empty type. An ISA derives from the ISA that it extends, so overload resolution picks the most derived
// body that exists. A missing body falls back along a tree that this file alone decides:
//
//     scalar <- xsimd <- popcnt <- ssse3 <- avx2 <- avx512bw <- avx512vnni <- avx512vpopcntdq
//                                           avx2 <- avxvnni
//               xsimd <- neon <- neon_dotprod
//
// "xsimd" is the portable body, written on xsimd batches of the widest arch that the unit's own flags allow. (A
// batch<T, avx2> does not exist in a unit compiled without -mavx2.) The bodies above it are intrinsics in functions
// with a target attribute, so they need no flag.
//
// A row is a tag with its parent and its name (as in LOWBIT_ISA). It names the xsimd arch with the same registers, the
// CPU features that must all be present, and whether the unit's flags alone guarantee them. Above the row stands the
// attribute of functions that are compiled for the ISA; its run_on() is such a function (arch/run_on.hpp).
//
// A new ISA takes three files: a row here, its registers in simd/, and a row in the table of the family that uses them
// (kernel/bits/isas.hpp, kernel/bytes/panel_family.hpp). A compiler's flag
// that abi.hpp lacks gets a token there.
#ifndef LOWBIT_ARCH_ISA_HPP
#define LOWBIT_ARCH_ISA_HPP

#include "lowbit/core/types.hpp"

#if LOWBIT_HAS_XSIMD
#include <xsimd/xsimd.hpp>
#endif

LOWBIT_BEGIN
namespace isa {

#if LOWBIT_HAS_XSIMD
using no_arch = ::xsimd::unavailable;
#define LOWBIT_XSIMD_ARCH(name) ::xsimd::name
#else
struct no_arch {};
#define LOWBIT_XSIMD_ARCH(name) no_arch
#endif

/// CPU features: the name for __builtin_cpu_supports() and a bit of ours; on AArch64 the bit of the auxiliary vector
/// and the compiler's macro, too. clang 14 has no name for some features: these have their bit in EAX of
/// CPUID's leaf 7, subleaf 1. The function that looks for all features is in dispatch/detect.hpp.
// clang-format off
#define LOWBIT_X86_FEATURES(F)                                    \
  F(popcnt, 0) F(ssse3, 1) F(avx2, 2) F(fma, 3)                   \
  F(avx512f, 4) F(avx512bw, 5) F(avx512dq, 6) F(avx512vl, 7)      \
  F(avx512vpopcntdq, 8) F(avx512vnni, 11) F(avx512vbmi, 13)
#define LOWBIT_X86_LEAF_7_1_FEATURES(F) F(avxvnni, 12, 4)
#define LOWBIT_AARCH64_FEATURES(F) \
  F(neon, 9, 1, __ARM_NEON) F(dotprod, 10, 20, __ARM_FEATURE_DOTPROD)
// clang-format on

/// The same as bits, so that a row can name all it needs.
enum cpu_feature : unsigned {
  cpu_none = 0,
#define LOWBIT_FEATURE(name, bit, ...) cpu_##name = 1u << bit,
  LOWBIT_X86_FEATURES(LOWBIT_FEATURE) LOWBIT_X86_LEAF_7_1_FEATURES(LOWBIT_FEATURE)
      LOWBIT_AARCH64_FEATURES(LOWBIT_FEATURE)
#undef LOWBIT_FEATURE
};

/// f() in a function with this attribute.
#define LOWBIT_RUN_ON(target)                       \
  template <class F>                                \
  target static decltype(auto) run_on(const F& f) { \
    return f();                                     \
  }

/// Plain C++ from the definition: the normative reference, and the only body that must exist.
struct scalar {
  using parent = scalar;
  using vectors = scalar;  ///< the root-most ISA with the same float and integer registers
  using xsimd_arch = no_arch;
  static constexpr const char* name = "scalar";
  static constexpr unsigned needs = cpu_none;
  static constexpr bool in_flags = true;
  LOWBIT_RUN_ON()
};

/// xsimd batches of the widest arch the unit's flags allow (SSE2, NEON, WASM, RVV, ...).
struct portable : scalar {
  using parent = scalar;
#if LOWBIT_HAS_XSIMD
  using xsimd_arch = ::xsimd::default_arch;
#endif
  static constexpr const char* name = "xsimd";
};

/// The scalar popcnt instruction on 64-bit words (x86-64-v2).
#define LOWBIT_TARGET_POPCNT LOWBIT_X86_TARGET("popcnt")
struct popcnt : portable {
  using parent = portable;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(sse2);
  static constexpr const char* name = "popcnt";
  static constexpr unsigned needs = cpu_popcnt;
  static constexpr bool in_flags = LOWBIT_X86 != 0 && LOWBIT_FLAG(__POPCNT__);
  LOWBIT_RUN_ON(LOWBIT_TARGET_POPCNT)
};

/// 16-byte table look-up (pshufb).
#define LOWBIT_TARGET_SSSE3 LOWBIT_X86_TARGET("ssse3,popcnt")
struct ssse3 : popcnt {
  using parent = popcnt;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(ssse3);
  static constexpr const char* name = "ssse3";
  static constexpr unsigned needs = popcnt::needs | cpu_ssse3;
  static constexpr bool in_flags = popcnt::in_flags && LOWBIT_FLAG(__SSSE3__);
  LOWBIT_RUN_ON(LOWBIT_TARGET_SSSE3)
};

/// 32-byte vectors, and fused multiply-add for floats: no AVX2 core of Intel or AMD lacks it.
#define LOWBIT_TARGET_AVX2 LOWBIT_X86_TARGET("avx2,fma,popcnt")
struct avx2 : ssse3 {
  using parent = ssse3;
  using vectors = avx2;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(avx2);
  static constexpr const char* name = "avx2";
  static constexpr unsigned needs = ssse3::needs | cpu_avx2 | cpu_fma;
  static constexpr bool in_flags = ssse3::in_flags && LOWBIT_FLAG(__AVX2__);
  LOWBIT_RUN_ON(LOWBIT_TARGET_AVX2)
};

/// Dot products of bytes in 32-byte vectors, in the encoding of AVX2 (Alder Lake and its successors without AVX-512).
#define LOWBIT_TARGET_AVXVNNI LOWBIT_X86_TARGET("avx2,fma,popcnt,avxvnni")
struct avxvnni : avx2 {
  using parent = avx2;
  static constexpr const char* name = "avxvnni";
  static constexpr unsigned needs = avx2::needs | cpu_avxvnni;
  static constexpr bool in_flags = avx2::in_flags && LOWBIT_FLAG(__AVXVNNI__);
  LOWBIT_RUN_ON(LOWBIT_TARGET_AVXVNNI)
};

/// 64-byte integer vectors with byte lanes and masks (Skylake-SP: no vector popcount).
#define LOWBIT_TARGET_AVX512BW \
  LOWBIT_X86_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,popcnt")
struct avx512bw : avx2 {
  using parent = avx2;
  using vectors = avx512bw;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(avx512bw);
  static constexpr const char* name = "avx512bw";
  static constexpr unsigned needs =
      avx2::needs | cpu_avx512f | cpu_avx512bw | cpu_avx512dq | cpu_avx512vl;
  static constexpr bool in_flags = avx2::in_flags && LOWBIT_FLAG(__AVX512F__) &&
                                   LOWBIT_FLAG(__AVX512BW__) && LOWBIT_FLAG(__AVX512DQ__) &&
                                   LOWBIT_FLAG(__AVX512VL__);
  LOWBIT_RUN_ON(LOWBIT_TARGET_AVX512BW)
};

/// Dot products of bytes (Cascade Lake: no vector popcount).
#define LOWBIT_TARGET_AVX512VNNI \
  LOWBIT_X86_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,popcnt")
struct avx512vnni : avx512bw {
  using parent = avx512bw;
  static constexpr const char* name = "avx512vnni";
  static constexpr unsigned needs = avx512bw::needs | cpu_avx512vnni;
  static constexpr bool in_flags = avx512bw::in_flags && LOWBIT_FLAG(__AVX512VNNI__);
  LOWBIT_RUN_ON(LOWBIT_TARGET_AVX512VNNI)
};

/// Population count of vector lanes (Ice Lake, Zen 4 and later). All CPUs that have it and byte lanes have dot products
/// of bytes, and shuffles of 64 bytes (VBMI).
#define LOWBIT_TARGET_AVX512VPOPCNTDQ                                                               \
  LOWBIT_X86_TARGET(                                                                                \
      "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512vpopcntdq,avx2,fma,popcnt")
struct avx512vpopcntdq : avx512vnni {
  using parent = avx512vnni;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(avx512bw);  // xsimd knows no arch for VPOPCNTDQ
  static constexpr const char* name = "avx512vpopcntdq";
  static constexpr unsigned needs = avx512vnni::needs | cpu_avx512vbmi | cpu_avx512vpopcntdq;
  static constexpr bool in_flags = avx512vnni::in_flags && LOWBIT_FLAG(__AVX512VBMI__) &&
                                   LOWBIT_FLAG(__AVX512VPOPCNTDQ__);
  LOWBIT_RUN_ON(LOWBIT_TARGET_AVX512VPOPCNTDQ)
};

/// AArch64 Advanced SIMD.
struct neon : portable {
  using parent = portable;
  using vectors = neon;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(neon64);
  static constexpr const char* name = "neon";
  static constexpr unsigned needs = cpu_neon;
  static constexpr bool in_flags = LOWBIT_AARCH64 != 0;
};

/// AArch64 with the byte dot product (sdot, udot). config.hpp has its attribute: compilers differ.
struct neon_dotprod : neon {
  using parent = neon;
  static constexpr const char* name = "neon_dotprod";
  static constexpr unsigned needs = neon::needs | cpu_dotprod;
  static constexpr bool in_flags = neon::in_flags && LOWBIT_FLAG(__ARM_FEATURE_DOTPROD);
  LOWBIT_RUN_ON(LOWBIT_TARGET_NEON_DOTPROD)
};

#undef LOWBIT_XSIMD_ARCH
#undef LOWBIT_RUN_ON

/// A list of tags.
template <class... Tags>
struct list {};

/// The rows that can run on the CPU family this unit is compiled for, worst first.
#if LOWBIT_X86
using all =
    list<scalar, portable, popcnt, ssse3, avx2, avxvnni, avx512bw, avx512vnni, avx512vpopcntdq>;
#elif LOWBIT_AARCH64
using all = list<scalar, portable, neon, neon_dotprod>;
#else
using all = list<scalar, portable>;
#endif

}  // namespace isa
LOWBIT_END

#endif
