// expect: E must be an encoding
#include "lowbit/encoding/binary.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

#ifdef LOWBIT_CONTROL
using element = lowbit::binary;
#else
using element = int;
#endif

lowbit::packed_matrix<element> make() { return {2, 100}; }
