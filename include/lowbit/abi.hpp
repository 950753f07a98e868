// lowbit/abi.hpp – the namespace named by the flags: LOWBIT_BEGIN opens it, LOWBIT_END closes it.
//
// Suppose one unit compiles an inline function with -mavx2 and another without. The function has one symbol,
// and the linker keeps either body: the program may then run AVX2 code on a CPU that has none. So
// functions and policies live in an inline namespace whose name depends on the flags. Users never write it.
//
// Plain data types (views, tensors, encodings) live outside it, in `lowbit` itself, so that units can
// exchange them. Their members are always inlined and leave no symbol. Two things follow:
//
//   - A `lowbit::error` that was thrown in a unit with other flags is caught as std::runtime_error.
//   - A tensor with static storage duration leaves a symbol for its destructor.
#ifndef LOWBIT_ABI_HPP
#define LOWBIT_ABI_HPP

#include "lowbit/config.hpp"

// One token per flag that changes code generation. A level implies the levels below it.

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

#define LOWBIT_BEGIN    \
  LOWBIT_WARNINGS_BEGIN \
  namespace lowbit {    \
  inline namespace LOWBIT_ABI {
#define LOWBIT_END \
  }                \
  }                \
  LOWBIT_WARNINGS_END

#endif
