// expect: this Eigen matrix is column-major
#include "lowbit/eigen.hpp"

#ifdef LOWBIT_CONTROL
constexpr int order = Eigen::RowMajor;
#else
constexpr int order = Eigen::ColMajor;
#endif

auto memory_of(Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, order>& x) {
  return lowbit::view(x);
}
