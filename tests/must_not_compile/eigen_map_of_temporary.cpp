// expect: deleted function
#include "lowbit/eigen.hpp"

#ifdef LOWBIT_CONTROL
lowbit::matrix<float>& result();
#else
lowbit::matrix<float> result();
#endif

float first() { return lowbit::map(result())(0, 0); }
