// expect: the number of planes M must be 1 to 8
#include "lowbit/encoding/planes.hpp"

#ifdef LOWBIT_CONTROL
constexpr int planes = 1;
#else
constexpr int planes = 0;
#endif

int count() { return lowbit::planes<planes>::plane_count; }
