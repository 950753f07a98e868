// lowbit/version.hpp – the three numbers of the version; the build system reads them from here.
#ifndef LOWBIT_VERSION_HPP
#define LOWBIT_VERSION_HPP

#define LOWBIT_VERSION_MAJOR 0
#define LOWBIT_VERSION_MINOR 1
#define LOWBIT_VERSION_PATCH 0

#endif
