# How lowbit finds xsimd and Eigen. The build tree and the installed package run this same file. Both packages
# are searched without a version, because their version files refuse other majors, and compared afterwards.
# With LOWBIT_FETCH_DEPS what is not installed is downloaded; only headers are used, so nothing of it is built.

# lowbit_fetch_headers(<package> <repository> <tag> <variable>): the package's source directory.
function(lowbit_fetch_headers package repository tag variable)
  include(FetchContent)
  FetchContent_Declare(${package} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON
                       SOURCE_SUBDIR headers_only)  # a folder that does not exist: download, do not configure
  FetchContent_MakeAvailable(${package})
  set(${variable} ${${package}_SOURCE_DIR} PARENT_SCOPE)
endfunction()

# lowbit_target_headers(<target> <variable>): the include directories of a target, imported or of this build.
function(lowbit_target_headers target variable)
  set(directories)
  if(TARGET ${target})
    get_target_property(directories ${target} INTERFACE_INCLUDE_DIRECTORIES)
    string(REGEX REPLACE "\\$<BUILD_INTERFACE:([^>]*)>" "\\1" directories "${directories}")
    string(GENEX_STRIP "${directories}" directories)
  endif()
  set(${variable} ${directories} PARENT_SCOPE)
endfunction()

# lowbit_provide_xsimd(<target>): adds xsimd's headers (8.1 or later) to the target. Only their path is taken:
# the CMake target of xsimd 8.1 also asks the linker for a library that does not exist. Without xsimd lowbit
# still works, on its own kernels.
function(lowbit_provide_xsimd target)
  find_package(xsimd CONFIG QUIET)
  lowbit_target_headers(xsimd hints)
  find_path(LOWBIT_XSIMD_INCLUDE_DIR xsimd/xsimd.hpp HINTS ${hints}
            DOC "The directory that holds xsimd/xsimd.hpp")
  mark_as_advanced(LOWBIT_XSIMD_INCLUDE_DIR)
  set(directory ${LOWBIT_XSIMD_INCLUDE_DIR})
  if(directory)
    file(STRINGS ${directory}/xsimd/config/xsimd_config.hpp version REGEX "define XSIMD_VERSION_(MAJOR|MINOR|PATCH) ")
    list(TRANSFORM version REPLACE ".*_(MAJOR|MINOR|PATCH) +([0-9]+).*" "\\2")
    list(JOIN version "." version)
    if(version VERSION_LESS 8.1)
      message(STATUS "lowbit: xsimd ${version} in ${directory} is too old (8.1 is needed)")
      set(directory)
    endif()
  endif()
  if(NOT directory AND LOWBIT_FETCH_DEPS)
    set(version 14.3.0)
    lowbit_fetch_headers(xsimd https://github.com/xtensor-stack/xsimd.git ${version} source)
    set(directory ${source}/include)
  endif()
  if(directory)
    message(STATUS "lowbit: xsimd ${version} in ${directory}")
    target_include_directories(${target} SYSTEM INTERFACE $<BUILD_INTERFACE:${directory}>)
  else()
    message(STATUS "lowbit: no xsimd, its portable kernels are left out")
  endif()
endfunction()

# lowbit_provide_eigen(): defines lowbit::eigen, which is lowbit::lowbit and Eigen's headers (3.4 or later),
# when Eigen is there.
function(lowbit_provide_eigen)
  if(TARGET lowbit::eigen)
    return()
  endif()
  find_package(Eigen3 CONFIG QUIET)
  set(version ${Eigen3_VERSION})
  lowbit_target_headers(Eigen3::Eigen directories)
  if(version AND version VERSION_LESS 3.4)
    message(STATUS "lowbit: Eigen ${version} is too old (3.4 is needed)")
    set(directories)
  endif()
  if(NOT directories AND LOWBIT_FETCH_DEPS)
    set(version 3.4.0)
    lowbit_fetch_headers(eigen https://gitlab.com/libeigen/eigen.git ${version} directories)
  endif()
  if(directories)
    message(STATUS "lowbit: Eigen ${version} in ${directories}")
    add_library(lowbit::eigen INTERFACE IMPORTED GLOBAL)
    target_link_libraries(lowbit::eigen INTERFACE lowbit::lowbit)
    target_include_directories(lowbit::eigen SYSTEM INTERFACE ${directories})
  else()
    message(STATUS "lowbit: no Eigen, lowbit::eigen is not defined")
  endif()
endfunction()
