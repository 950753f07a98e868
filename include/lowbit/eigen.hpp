// lowbit/eigen.hpp – lowbit with Eigen matrices in and out.
#ifndef LOWBIT_EIGEN_HPP
#define LOWBIT_EIGEN_HPP

#include "lowbit/eigen/interop.hpp"
#include "lowbit/lowbit.hpp"

#endif
