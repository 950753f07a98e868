// Headers of platforms define macros with common names, and programs may include them before lowbit. So all headers of
// lowbit are read behind all these macros at once. Two kinds of headers come first, because they are not ours to mend:
// the standard library's and those of Eigen and xsimd. Every use of an object-like macro is an error. So is every call
// by the name of a function-like macro, because they all take five arguments.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <iomanip>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>
#if __has_include(<sys/auxv.h>)
#include <sys/auxv.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#include <Eigen/Core>
#if __has_include(<xsimd/xsimd.hpp>)
#include <xsimd/xsimd.hpp>
#endif

// clang-format off
#define WRONG )platform macro(

// windows.h and what it includes
#undef min
#undef max
#define min(a, b, c, d, e) WRONG
#define max(a, b, c, d, e) WRONG
#define far
#define near
#define FAR
#define NEAR
#define small WRONG
#define hyper WRONG
#define interface WRONG
#define pascal WRONG
#define cdecl WRONG
#define IN
#define OUT
#define OPTIONAL
#define CONST WRONG
#define VOID WRONG
#define ERROR WRONG
#define TRUE WRONG
#define FALSE WRONG
#define DELETE WRONG
#define STRICT WRONG
#define ABSOLUTE WRONG
#define RELATIVE WRONG
#define TRANSPARENT WRONG
#define OPAQUE WRONG
#define DIFFERENCE WRONG
#define THIS WRONG
#define rad1 WRONG

// X11/X.h, X11/Xlib.h, X11/Xlibint.h
#define None WRONG
#define Bool WRONG
#define Status WRONG
#define True WRONG
#define False WRONG
#define Always WRONG
#define Success WRONG
#define Complex WRONG
#define Convex WRONG
#define Nonconvex WRONG
#define Unsorted WRONG
#define Above WRONG
#define Below WRONG
#define Opposite WRONG
#define Absolute WRONG
#define CurrentTime WRONG
#define KeyPress WRONG

// complex.h, sys/sysmacros.h, termios.h, ctype.h of newlib, gnu++20 itself
#undef I
#undef major
#undef minor
#undef makedev
#undef unix
#undef linux
#define I WRONG
#define major(a, b, c, d, e) WRONG
#define minor(a, b, c, d, e) WRONG
#define makedev(a, b, c, d, e) WRONG
#define unix WRONG
#define linux WRONG
#define B0 WRONG
#define B50 WRONG
#define ECHO WRONG
#define CR1 WRONG
#define NL1 WRONG
#define _B WRONG
#define _C WRONG
#define _L WRONG
#define _N WRONG
#define _P WRONG
#define _S WRONG
#define _U WRONG
#define _X WRONG

// Arduino.h
#define PI WRONG
#define HALF_PI WRONG
#define TWO_PI WRONG
#define EULER WRONG
#define HIGH WRONG
#define LOW WRONG
#define CHANGE WRONG
#define FALLING WRONG
#define RISING WRONG
#define DEFAULT WRONG
#define EXTERNAL WRONG
#define INTERNAL WRONG
#define SERIAL WRONG
#define DISPLAY WRONG
#define B1 WRONG
#define B00 WRONG
#define F(a, b, c, d, e) WRONG
#define bit(a, b, c, d, e) WRONG
#define abs(a, b, c, d, e) WRONG
#define round(a, b, c, d, e) WRONG
#define constrain(a, b, c, d, e) WRONG
#define sq(a, b, c, d, e) WRONG
#define word(a, b, c, d, e) WRONG
#define lowByte(a, b, c, d, e) WRONG
#define bitRead(a, b, c, d, e) WRONG
#define bitSet(a, b, c, d, e) WRONG
#define radians(a, b, c, d, e) WRONG
#define degrees(a, b, c, d, e) WRONG

// qobjectdefs.h
#define signals WRONG
#define slots WRONG
#define emit WRONG
#define foreach(a, b, c, d, e) WRONG
#define forever WRONG

// AssertMacros.h and objc.h of Apple
#define check(a, b, c, d, e) WRONG
#define verify(a, b, c, d, e) WRONG
#define require(a, b, c, d, e) WRONG
#define nil WRONG
#define Nil WRONG
#define YES WRONG
#define NO WRONG

// curses.h, what assertions and loggers are called
#define padding(a, b, c, d, e) WRONG
#define likely(a, b, c, d, e) WRONG
#define unlikely(a, b, c, d, e) WRONG
#define ASSERT WRONG
#define LOG WRONG
#define INFO WRONG
#define WARNING WRONG
#define CHECK WRONG
// clang-format on

#include "all_headers.hpp"
