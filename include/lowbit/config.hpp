// lowbit/config.hpp – the preprocessor's room: the only file that asks which compiler, which CPU
// family and which flags. Everything it finds is a macro that is always defined, to 0 or 1, so a
// misspelt name is an error under -Wundef; the rest of the library reads only these macros.
//
// What a user may set before the first include:
//
//   LOWBIT_STATIC_ARCH   choose the kernels at compile time, from this unit's own flags. Nothing is
//                        detected, LOWBIT_ISA is not read. Without it, flags do not change the choice.
//   LOWBIT_ON_ERROR(t)   what happens on bad input where exceptions are off (t is a const char*; the
//                        statement must not return). Default: print to stderr and abort.
//
// Why functions live in a namespace named by the flags. An inline function compiled with -mavx2 in
// one unit and without in another has one symbol, and the linker keeps either body: the program may
// then run AVX2 code on a CPU that has none. So functions and policies live in an inline namespace
// that is different for different flags; users never write its name. Plain data types (views,
// tensors, encodings) live outside it, in `lowbit` itself, so that units can exchange them; their
// members are always inlined and so leave no symbol. Two things follow from the same rule: an
// exception of type `lowbit::error` thrown in a unit with other flags is caught as
// std::runtime_error, and a tensor with static storage duration leaves a symbol for its destructor.
#ifndef LOWBIT_CONFIG_HPP
#define LOWBIT_CONFIG_HPP

#include "lowbit/version.hpp"

// ---- compiler and CPU family ----------------------------------------------------------------

#if defined(__x86_64__) && defined(__GNUC__)
#define LOWBIT_X86 1
#else
#define LOWBIT_X86 0
#endif

// Little-endian only: the kernels take halves of words where they lie.
#if defined(__aarch64__) && defined(__GNUC__) && !defined(__AARCH64EB__)
#define LOWBIT_AARCH64 1
#else
#define LOWBIT_AARCH64 0
#endif

#if defined(__cpp_exceptions)
#define LOWBIT_HAS_EXCEPTIONS 1
#else
#define LOWBIT_HAS_EXCEPTIONS 0
#endif

#if __has_include(<xsimd/xsimd.hpp>)
#define LOWBIT_HAS_XSIMD 1
#else
#define LOWBIT_HAS_XSIMD 0
#endif

#ifdef LOWBIT_STATIC_ARCH
#define LOWBIT_DISPATCH_STATIC 1
#else
#define LOWBIT_DISPATCH_STATIC 0
#endif

#if defined(__clang__)
#define LOWBIT_COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define LOWBIT_COMPILER "g++ " __VERSION__
#else
#define LOWBIT_COMPILER "unknown compiler"
#endif

// ---- attributes -----------------------------------------------------------------------------

#if defined(__GNUC__)
#define LOWBIT_INLINE [[gnu::always_inline]] inline
#define LOWBIT_INLINE_LAMBDA __attribute__((always_inline))
#define LOWBIT_NOINLINE_COLD [[gnu::noinline, gnu::cold]]
#define LOWBIT_PRINTF_LIKE [[gnu::format(printf, 1, 2)]]
#else
#define LOWBIT_INLINE inline
#define LOWBIT_INLINE_LAMBDA
#define LOWBIT_NOINLINE_COLD
#define LOWBIT_PRINTF_LIKE
#endif

// A function with one of these is compiled for that ISA whatever the unit's flags are. It may only
// be reached through the dispatch, after the CPU was asked.
#if LOWBIT_X86
#define LOWBIT_TARGET_POPCNT [[gnu::target("popcnt")]]
#define LOWBIT_TARGET_SSSE3 [[gnu::target("ssse3,popcnt")]]
#define LOWBIT_TARGET_AVX2 [[gnu::target("avx2,popcnt")]]
#define LOWBIT_TARGET_AVX512BW [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,popcnt")]]
#define LOWBIT_TARGET_AVX512VPOPCNTDQ \
  [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,popcnt")]]
#endif

// g++ names the whole architecture to add the dot product to it, and inlines nothing into such a function that was
// compiled for more: so only units without Arm flags have one, and of course those whose flags include it. clang 14
// knows the dot product under the flag alone. All others do with what they have for isa::neon.
#if LOWBIT_AARCH64 && defined(__ARM_FEATURE_DOTPROD)
#define LOWBIT_TARGET_NEON_DOTPROD
#define LOWBIT_HAS_NEON_DOTPROD 1
#elif LOWBIT_AARCH64 && !defined(__clang__) && __ARM_ARCH == 8 && !defined(__ARM_FEATURE_CRC32) && \
    !defined(__ARM_FEATURE_ATOMICS) && !defined(__ARM_FEATURE_QRDMX) &&                            \
    !defined(__ARM_FEATURE_AES) && !defined(__ARM_FEATURE_SHA2) &&                                 \
    !defined(__ARM_FEATURE_FP16_SCALAR_ARITHMETIC)
#define LOWBIT_TARGET_NEON_DOTPROD [[gnu::target("arch=armv8.2-a+dotprod")]]
#define LOWBIT_HAS_NEON_DOTPROD 1
#else
#define LOWBIT_HAS_NEON_DOTPROD 0
#endif

// g++ 12 warns inside its own AVX-512 header about registers that are deliberately undefined
// (GCC bug 105593). Intrinsics are written between these two.
#if defined(__GNUC__) && !defined(__clang__)
#define LOWBIT_INTRINSICS_BEGIN                                                        \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wuninitialized\"") \
      _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#define LOWBIT_INTRINSICS_END _Pragma("GCC diagnostic pop")
#else
#define LOWBIT_INTRINSICS_BEGIN
#define LOWBIT_INTRINSICS_END
#endif

// Stands before a short loop of constant length that must become straight code. clang does that by
// itself at -O2 and warns about the pragma; g++ does it only at -O3.
#if defined(__GNUC__) && !defined(__clang__)
#define LOWBIT_UNROLL _Pragma("GCC unroll 16")
#else
#define LOWBIT_UNROLL
#endif

// ---- what this unit's flags allow (only LOWBIT_STATIC_ARCH and build_info() read these) ---------

#if LOWBIT_X86 && defined(__POPCNT__)
#define LOWBIT_FLAGS_POPCNT 1
#else
#define LOWBIT_FLAGS_POPCNT 0
#endif
#if LOWBIT_FLAGS_POPCNT && defined(__SSSE3__)
#define LOWBIT_FLAGS_SSSE3 1
#else
#define LOWBIT_FLAGS_SSSE3 0
#endif
#if LOWBIT_FLAGS_SSSE3 && defined(__AVX2__)
#define LOWBIT_FLAGS_AVX2 1
#else
#define LOWBIT_FLAGS_AVX2 0
#endif
#if LOWBIT_FLAGS_AVX2 && defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && \
    defined(__AVX512VL__)
#define LOWBIT_FLAGS_AVX512BW 1
#else
#define LOWBIT_FLAGS_AVX512BW 0
#endif
#if LOWBIT_FLAGS_AVX512BW && defined(__AVX512VPOPCNTDQ__)
#define LOWBIT_FLAGS_AVX512VPOPCNTDQ 1
#else
#define LOWBIT_FLAGS_AVX512VPOPCNTDQ 0
#endif
#if LOWBIT_AARCH64
#define LOWBIT_FLAGS_NEON 1
#else
#define LOWBIT_FLAGS_NEON 0
#endif
#if LOWBIT_AARCH64 && defined(__ARM_FEATURE_DOTPROD)
#define LOWBIT_FLAGS_NEON_DOTPROD 1
#else
#define LOWBIT_FLAGS_NEON_DOTPROD 0
#endif

// ---- the namespace named by the flags -----------------------------------------------------------
// One token per flag that changes code generation; a level implies the ones below it.

#if defined(__AVX512F__)
#define LOWBIT_ABI_LEVEL v_avx512f
#elif defined(__AVX2__)
#define LOWBIT_ABI_LEVEL v_avx2
#elif defined(__AVX__)
#define LOWBIT_ABI_LEVEL v_avx
#elif defined(__SSE4_2__)
#define LOWBIT_ABI_LEVEL v_sse42
#elif defined(__SSE4_1__)
#define LOWBIT_ABI_LEVEL v_sse41
#elif defined(__SSSE3__)
#define LOWBIT_ABI_LEVEL v_ssse3
#elif defined(__SSE3__)
#define LOWBIT_ABI_LEVEL v_sse3
#elif defined(__ARM_FEATURE_SVE)
#define LOWBIT_ABI_LEVEL v_sve
#elif defined(__ARM_FEATURE_DOTPROD)
#define LOWBIT_ABI_LEVEL v_dotprod
#else
#define LOWBIT_ABI_LEVEL v_base
#endif

#if defined(__POPCNT__) && !defined(__SSE4_2__)
#define LOWBIT_ABI_POPCNT _popcnt
#else
#define LOWBIT_ABI_POPCNT
#endif
#if defined(__FMA__)
#define LOWBIT_ABI_FMA _fma
#else
#define LOWBIT_ABI_FMA
#endif
#if defined(__BMI2__)
#define LOWBIT_ABI_BMI _bmi2
#elif defined(__BMI__)
#define LOWBIT_ABI_BMI _bmi
#else
#define LOWBIT_ABI_BMI
#endif
#if defined(__LZCNT__)
#define LOWBIT_ABI_LZCNT _lzcnt
#else
#define LOWBIT_ABI_LZCNT
#endif
#if defined(__MOVBE__)
#define LOWBIT_ABI_MOVBE _movbe
#else
#define LOWBIT_ABI_MOVBE
#endif
#if defined(__F16C__)
#define LOWBIT_ABI_F16C _f16c
#else
#define LOWBIT_ABI_F16C
#endif
#if defined(__AVX512BW__)
#define LOWBIT_ABI_BW _bw
#else
#define LOWBIT_ABI_BW
#endif
#if defined(__AVX512DQ__)
#define LOWBIT_ABI_DQ _dq
#else
#define LOWBIT_ABI_DQ
#endif
#if defined(__AVX512VL__)
#define LOWBIT_ABI_VL _vl
#else
#define LOWBIT_ABI_VL
#endif
#if defined(__AVX512VBMI2__)
#define LOWBIT_ABI_VBMI _vbmi2
#elif defined(__AVX512VBMI__)
#define LOWBIT_ABI_VBMI _vbmi
#else
#define LOWBIT_ABI_VBMI
#endif
#if defined(__AVX512VPOPCNTDQ__)
#define LOWBIT_ABI_VPOPCNTDQ _vpopcntdq
#else
#define LOWBIT_ABI_VPOPCNTDQ
#endif
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
#define LOWBIT_ABI_VNNI _vnni
#else
#define LOWBIT_ABI_VNNI
#endif
#if defined(__AVX512FP16__)
#define LOWBIT_ABI_FP16 _fp16
#else
#define LOWBIT_ABI_FP16
#endif
#if defined(__AVX512CD__)
#define LOWBIT_ABI_CD _cd
#else
#define LOWBIT_ABI_CD
#endif
#if defined(__AVX512BITALG__)
#define LOWBIT_ABI_BITALG _bitalg
#else
#define LOWBIT_ABI_BITALG
#endif
#if defined(__AVX512IFMA__)
#define LOWBIT_ABI_IFMA _ifma
#else
#define LOWBIT_ABI_IFMA
#endif
#if defined(__AVX512BF16__)
#define LOWBIT_ABI_BF16 _bf16
#else
#define LOWBIT_ABI_BF16
#endif
#if defined(__GFNI__)
#define LOWBIT_ABI_GFNI _gfni
#else
#define LOWBIT_ABI_GFNI
#endif
#if defined(__FMA4__) || defined(__XOP__) || defined(__TBM__)
#define LOWBIT_ABI_AMD _fma4
#else
#define LOWBIT_ABI_AMD
#endif
#if defined(__ARM_FEATURE_ATOMICS) || defined(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC) || \
    defined(__ARM_FEATURE_MATMUL_INT8)
#define LOWBIT_ABI_ARM _arm
#else
#define LOWBIT_ABI_ARM
#endif
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#define LOWBIT_ABI_FAST _fastmath
#else
#define LOWBIT_ABI_FAST
#endif
#if LOWBIT_DISPATCH_STATIC
#define LOWBIT_ABI_STATIC _static
#else
#define LOWBIT_ABI_STATIC
#endif
#if !LOWBIT_HAS_EXCEPTIONS
#define LOWBIT_ABI_NOEXC _noexc
#else
#define LOWBIT_ABI_NOEXC
#endif
#if !LOWBIT_HAS_XSIMD
#define LOWBIT_ABI_NOXSIMD _noxsimd
#else
#define LOWBIT_ABI_NOXSIMD
#endif

#define LOWBIT_PASTE_RAW(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, \
                         y)                                                                      \
  a##b##c##d##e##f##g##h##i##j##k##l##m##n##o##p##q##r##s##t##u##v##w##x##y
#define LOWBIT_PASTE(...) LOWBIT_PASTE_RAW(__VA_ARGS__)
#define LOWBIT_ABI                                                                                \
  LOWBIT_PASTE(LOWBIT_ABI_LEVEL, LOWBIT_ABI_POPCNT, LOWBIT_ABI_FMA, LOWBIT_ABI_BMI,               \
               LOWBIT_ABI_LZCNT, LOWBIT_ABI_MOVBE, LOWBIT_ABI_F16C, LOWBIT_ABI_BW, LOWBIT_ABI_DQ, \
               LOWBIT_ABI_VL, LOWBIT_ABI_VBMI, LOWBIT_ABI_VPOPCNTDQ, LOWBIT_ABI_VNNI,             \
               LOWBIT_ABI_FP16, LOWBIT_ABI_FAST, LOWBIT_ABI_STATIC, LOWBIT_ABI_NOEXC,             \
               LOWBIT_ABI_NOXSIMD, LOWBIT_ABI_CD, LOWBIT_ABI_BITALG, LOWBIT_ABI_IFMA,             \
               LOWBIT_ABI_BF16, LOWBIT_ABI_GFNI, LOWBIT_ABI_AMD, LOWBIT_ABI_ARM)
#define LOWBIT_STRING_RAW(x) #x
#define LOWBIT_STRING(x) LOWBIT_STRING_RAW(x)

#define LOWBIT_BEGIN \
  namespace lowbit { \
  inline namespace LOWBIT_ABI {
#define LOWBIT_END \
  }                \
  }

#endif
