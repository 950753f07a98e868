// expect: pass x.cast<float>()
#include "lowbit/eigen.hpp"
#include "lowbit/quantize/methods/sign.hpp"

#ifdef LOWBIT_CONTROL
using number = float;
#else
using number = double;
#endif

auto codes_of(const Eigen::Matrix<number, 1, Eigen::Dynamic>& x) {
  return lowbit::quantize(lowbit::sign{}, x.head(65));
}
