// lowbit/io.hpp – saved networks; needs no Eigen. Includes only.
#ifndef LOWBIT_IO_HPP
#define LOWBIT_IO_HPP

#include "lowbit/io/crc32.hpp"
#include "lowbit/io/file.hpp"
#include "lowbit/io/network.hpp"

#endif
