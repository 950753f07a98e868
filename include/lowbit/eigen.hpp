// lowbit/eigen.hpp – lowbit with Eigen matrices in and out.
#ifndef LOWBIT_EIGEN_HPP
#define LOWBIT_EIGEN_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/eigen/interop.hpp"
#include "lowbit/lowbit.hpp"

#include "lowbit/letters_back.hpp"

#endif
