// A weight matrix from a file of NumPy.
#pragma once

#include <lowbit/core/matrix.hpp>
#include <string>

/// The array in a .npy file of format 1 or 2: little-endian float32 or float64 in C order, with at least one
/// dimension. Dimensions behind the first are columns of one row (a kernel of a convolution is a row).
/// Throws std::runtime_error with the file and what is wrong with it.
lowbit::matrix<float> load_npy(const std::string& file);
