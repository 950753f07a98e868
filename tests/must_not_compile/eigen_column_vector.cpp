// expect: pass x.transpose()
#include "lowbit/eigen.hpp"
#include "lowbit/quantize/methods/sign.hpp"

auto codes_of(const Eigen::VectorXf& x) {
#ifdef LOWBIT_CONTROL
  return lowbit::encode(lowbit::sign{}, x.tail(65).transpose());
#else
  return lowbit::encode(lowbit::sign{}, x.tail(65));
#endif
}
