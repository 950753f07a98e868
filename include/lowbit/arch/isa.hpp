// lowbit/arch/isa.hpp – the one table of instruction sets.
//
// A tag is an empty type. An ISA derives from the ISA that it extends, so overload resolution picks the most derived
// body that exists. A missing body falls back along a tree that this file alone decides:
//
//     scalar <- xsimd <- popcnt <- ssse3 <- avx2 <- avx512bw <- avx512vpopcntdq
//               xsimd <- neon <- neon_dotprod
//
// "xsimd" is the portable body, written on xsimd batches of the widest arch that the unit's own flags allow. (A
// batch<T, avx2> does not exist in a unit compiled without -mavx2.) The bodies above it are intrinsics in functions
// with a target attribute, so they need no flag.
//
// A row is a tag with its parent and its name (as in LOWBIT_ISA). It names the xsimd arch with the same registers, the
// CPU features that must all be present, and whether the unit's flags alone guarantee them.
//
// What an ISA computes with is in three places: a row here, its registers in simd/, and a row in kernel/bits/isas.hpp.
// What compilers and CPUs call it takes one or two lines in each of four files. They are config.hpp (target attribute,
// flags), abi.hpp (name of the namespace), arch/run_on.hpp (function with the attribute) and dispatch/detect.hpp
// (feature bit).
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

/// CPU features as bits, so that a row can name all it needs. `dispatch/detect.hpp` fills them.
enum cpu_feature : unsigned {
  cpu_none = 0,
  cpu_popcnt = 1u << 0,
  cpu_ssse3 = 1u << 1,
  cpu_avx2 = 1u << 2,
  cpu_avx512f = 1u << 3,
  cpu_avx512bw = 1u << 4,
  cpu_avx512dq = 1u << 5,
  cpu_avx512vl = 1u << 6,
  cpu_avx512vpopcntdq = 1u << 7,
  cpu_neon = 1u << 8,
  cpu_dotprod = 1u << 9,
  cpu_fma = 1u << 10,
};

/// Plain C++ from the definition: the normative reference, and the only body that must exist.
struct scalar {
  using parent = scalar;
  using xsimd_arch = no_arch;
  static constexpr const char* name = "scalar";
  static constexpr unsigned needs = cpu_none;
  static constexpr bool in_flags = true;
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
struct popcnt : portable {
  using parent = portable;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(sse2);
  static constexpr const char* name = "popcnt";
  static constexpr unsigned needs = cpu_popcnt;
  static constexpr bool in_flags = LOWBIT_FLAGS_POPCNT;
};

/// 16-byte table look-up (pshufb).
struct ssse3 : popcnt {
  using parent = popcnt;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(ssse3);
  static constexpr const char* name = "ssse3";
  static constexpr unsigned needs = popcnt::needs | cpu_ssse3;
  static constexpr bool in_flags = LOWBIT_FLAGS_SSSE3;
};

/// 32-byte vectors, and fused multiply-add for floats: no AVX2 core of Intel or AMD lacks it.
struct avx2 : ssse3 {
  using parent = ssse3;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(avx2);
  static constexpr const char* name = "avx2";
  static constexpr unsigned needs = ssse3::needs | cpu_avx2 | cpu_fma;
  static constexpr bool in_flags = LOWBIT_FLAGS_AVX2;
};

/// 64-byte integer vectors with byte lanes and masks (Skylake-SP: no vector popcount).
struct avx512bw : avx2 {
  using parent = avx2;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(avx512bw);
  static constexpr const char* name = "avx512bw";
  static constexpr unsigned needs =
      avx2::needs | cpu_avx512f | cpu_avx512bw | cpu_avx512dq | cpu_avx512vl;
  static constexpr bool in_flags = LOWBIT_FLAGS_AVX512BW;
};

/// Population count of vector lanes (Ice Lake, Zen 4 and later).
struct avx512vpopcntdq : avx512bw {
  using parent = avx512bw;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(avx512bw);  // xsimd knows no arch for VPOPCNTDQ
  static constexpr const char* name = "avx512vpopcntdq";
  static constexpr unsigned needs = avx512bw::needs | cpu_avx512vpopcntdq;
  static constexpr bool in_flags = LOWBIT_FLAGS_AVX512VPOPCNTDQ;
};

/// AArch64 Advanced SIMD.
struct neon : portable {
  using parent = portable;
  using xsimd_arch = LOWBIT_XSIMD_ARCH(neon64);
  static constexpr const char* name = "neon";
  static constexpr unsigned needs = cpu_neon;
  static constexpr bool in_flags = LOWBIT_FLAGS_NEON;
};

/// AArch64 with the byte dot product (sdot, udot).
struct neon_dotprod : neon {
  using parent = neon;
  static constexpr const char* name = "neon_dotprod";
  static constexpr unsigned needs = neon::needs | cpu_dotprod;
  static constexpr bool in_flags = LOWBIT_FLAGS_NEON_DOTPROD;
};

#undef LOWBIT_XSIMD_ARCH

/// A list of tags.
template <class... Tags>
struct list {};

/// The rows that can run on the CPU family this unit is compiled for, worst first.
#if LOWBIT_X86
using all = list<scalar, portable, popcnt, ssse3, avx2, avx512bw, avx512vpopcntdq>;
#elif LOWBIT_AARCH64
using all = list<scalar, portable, neon, neon_dotprod>;
#else
using all = list<scalar, portable>;
#endif

}  // namespace isa
LOWBIT_END

#endif
