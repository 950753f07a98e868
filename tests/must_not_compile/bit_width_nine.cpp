// expect: the bit width K must be 1 to 8
#include "lowbit/encoding/integer_bits.hpp"

#ifdef LOWBIT_CONTROL
constexpr int width = 8;
#else
constexpr int width = 9;
#endif

int planes() { return lowbit::unsigned_bits<width>::plane_count; }
