// lowbit/io.hpp – saved networks; needs no Eigen. Includes only.
#ifndef LOWBIT_IO_HPP
#define LOWBIT_IO_HPP

#include "lowbit/letters_aside.hpp"

#include "lowbit/io/crc32.hpp"
#include "lowbit/io/file.hpp"
#include "lowbit/io/network.hpp"

#include "lowbit/letters_back.hpp"

#endif
