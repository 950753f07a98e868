// lowbit/config.hpp – which compiler, which CPU family, which flags.
//
// Only this file and abi.hpp ask the preprocessor. The answers are macros that are always defined, to 0 or 1,
// so a misspelt name is an error under -Wundef. The rest of the library reads only these macros.
//
// What a user may set before the first include:
//
//   LOWBIT_STATIC_ARCH   choose the kernels at compile time, from this unit's own flags. Nothing is
//                        detected, LOWBIT_ISA is not read. Without it, flags do not change the choice.
//   LOWBIT_ON_ERROR(t)   what happens on bad input where exceptions are off (t is a const char*; the
//                        statement must not return). Default: print to stderr and abort.
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

// xsimd may be installed on a CPU that it has no arch for; its headers then define almost nothing. Lanes that are
// halves of words need a little-endian machine, as above.
#if __has_include(<xsimd/config/xsimd_config.hpp>)
#include <xsimd/config/xsimd_config.hpp>
#endif
#if defined(XSIMD_VERSION_MAJOR) && !defined(XSIMD_NO_SUPPORTED_ARCHITECTURE) && \
    !(defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#define LOWBIT_HAS_XSIMD 1
#else
#define LOWBIT_HAS_XSIMD 0
#endif

// NEON of a 32-bit Arm takes subnormal floats for 0, whatever the program asks for. No float may be compared there.
#if defined(__ARM_NEON) && !defined(__aarch64__)
#define LOWBIT_VECTORS_FLUSH 1
#else
#define LOWBIT_VECTORS_FLUSH 0
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
// For what only g++ compiles badly.
#if defined(__GNUC__) && !defined(__clang__)
#define LOWBIT_IS_GCC 1
#else
#define LOWBIT_IS_GCC 0
#endif

// The x87 computes with 64 bits of mantissa and drops the extra bits wherever the compiler stores a value. Scales
// and results would differ from those of every other machine.
#if defined(__FLT_EVAL_METHOD__) && (__FLT_EVAL_METHOD__ == 1 || __FLT_EVAL_METHOD__ == 2)
#error \
    "lowbit needs floats and doubles that are rounded to their type: compile with -msse2 -mfpmath=sse"
#endif

// ---- attributes -----------------------------------------------------------------------------

#if defined(__GNUC__)
#define LOWBIT_INLINE [[gnu::always_inline]] inline
#define LOWBIT_INLINE_LAMBDA __attribute__((always_inline))
#define LOWBIT_NOINLINE_COLD [[gnu::noinline, gnu::cold]]
#define LOWBIT_PRINTF_LIKE [[gnu::format(printf, 1, 2)]]
#define LOWBIT_PREFETCH(address) __builtin_prefetch(address)
#define LOWBIT_PREFETCH_L2(address) __builtin_prefetch(address, 0, 2)
#else
#define LOWBIT_INLINE inline
#define LOWBIT_INLINE_LAMBDA
#define LOWBIT_NOINLINE_COLD
#define LOWBIT_PRINTF_LIKE
#define LOWBIT_PREFETCH(address) static_cast<void>(address)
#define LOWBIT_PREFETCH_L2(address) static_cast<void>(address)
#endif

#if defined(__GNUC__) && !LOWBIT_VECTORS_FLUSH
#define LOWBIT_VECTOR_SIZE(bytes, element) element __attribute__((vector_size(bytes)))
#endif

// A function with this attribute is compiled for these features whatever the unit's flags are. It may only be called
// through the dispatch, which knows what the CPU has. arch/isa.hpp has one for each ISA.
#if LOWBIT_X86
#define LOWBIT_X86_TARGET(features) [[gnu::target(features)]]
#else
#define LOWBIT_X86_TARGET(features)
#endif

// With g++ the only way to enable the dot product for one function is to name an architecture, armv8.2-a+dotprod.
// g++ refuses to inline into it any function that was compiled with more features. So the attribute is used only in
// units without Arm feature flags; a unit whose flags include the dot product needs no attribute. clang 14 knows
// the dot product by its flag only. Every other unit runs the code of isa::neon.
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
#define LOWBIT_TARGET_NEON_DOTPROD
#define LOWBIT_HAS_NEON_DOTPROD 0
#endif

// g++ 12 warns inside its own AVX-512 header about registers that are deliberately undefined
// (GCC bug 105593). Intrinsics are written between these two.
#if LOWBIT_IS_GCC
#define LOWBIT_INTRINSICS_BEGIN                                                        \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wuninitialized\"") \
      _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#define LOWBIT_INTRINSICS_END _Pragma("GCC diagnostic pop")
#else
#define LOWBIT_INTRINSICS_BEGIN
#define LOWBIT_INTRINSICS_END
#endif

// Stands before a short loop of constant length that must be unrolled before anything else is decided. A micro-kernel
// keeps its tile in an array of registers. Compilers keep an array in registers only if every index into it is a
// constant. They unroll such loops at -O3 (g++ too late, when the array has a place in memory), but not all of them at
// -O2. It is the difference between 0.4 and 0.9 of the machine's peak. (Lambdas that are called with constants do the
// same, and take twice the time to compile.)
#if defined(__clang__)
#define LOWBIT_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define LOWBIT_UNROLL _Pragma("GCC unroll 16")
#else
#define LOWBIT_UNROLL
#endif

// Stands before a loop of sixteen turns that must be vectorized. Compilers that unroll it first (g++ at -O3,
// clang) find no vectors in the unrolled code. A width of 16 keeps clang from storing halves of a register that
// the next loop loads as a whole.
#if defined(__clang__)
#define LOWBIT_SIXTEEN_LANES _Pragma("clang loop unroll(disable) vectorize_width(16)")
#elif defined(__GNUC__)
#define LOWBIT_SIXTEEN_LANES _Pragma("GCC unroll 1")
#else
#define LOWBIT_SIXTEEN_LANES
#endif

// Without this, clang warns in a user's build where such a loop is not vectorized: under sanitizers, or because of a
// user's own stage. The loop is correct all the same.
#if defined(__clang__)
#define LOWBIT_WARNINGS_BEGIN \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wpass-failed\"")
#define LOWBIT_WARNINGS_END _Pragma("clang diagnostic pop")
#else
#define LOWBIT_WARNINGS_BEGIN
#define LOWBIT_WARNINGS_END
#endif

// Stands before a loop that has fewer turns than a register has lanes. clang would add vector code that is never
// reached.
#if defined(__clang__)
#define LOWBIT_SHORT_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")
#else
#define LOWBIT_SHORT_LOOP
#endif

// Hides from the compiler where an integer or an address comes from. It stands in loops whose next index depends on
// the integer (node = 2 * node + plus), so that no compiler vectorizes them. g++ 12 vectorizes such a loop wrongly,
// and no compiler's vectors are faster.
#if defined(__GNUC__)
#define LOWBIT_HIDE(x) __asm__("" : "+r"(x))
#else
#define LOWBIT_HIDE(x) static_cast<void>(x)
#endif

// True if the compiler defines a macro of its own as 1, which is how it names what the unit's flags allow.
#define LOWBIT_FLAG(macro) (LOWBIT_FLAG_TEXT(macro)[0] == '1')
#define LOWBIT_FLAG_TEXT(macro) #macro

#endif
