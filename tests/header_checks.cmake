# Every header must compile alone, and twice in one file: one translation unit per header; all of them must compile
# together behind the macros of platforms and of programs. Only headers that may name Eigen see its path. They are
# built with the rest; there is nothing to run.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/*.hpp)

set(plain_checks)
set(eigen_checks ${CMAKE_CURRENT_LIST_DIR}/header_checks/platform_macros.cpp  # includes all_headers.hpp
                 ${CMAKE_CURRENT_LIST_DIR}/header_checks/letters.cpp)
set(all_headers)
# The adaptors need their libraries; tests/unit/executor compiles them where these are installed.
list(FILTER headers EXCLUDE REGEX "^lowbit/executor/(openmp|tbb)\\.hpp$")
list(FILTER headers EXCLUDE REGEX "^lowbit/letters_(aside|back)\\.hpp$")  # a pair
foreach(header IN LISTS headers)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/header_checks/${header}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include <@header@>\n#include <@header@>\n" @ONLY)
  if(header MATCHES "^lowbit/(eigen/|nn/|eigen\\.hpp|nn\\.hpp|io\\.hpp)")
    list(APPEND eigen_checks ${source})
  else()
    list(APPEND plain_checks ${source})
  endif()
  string(APPEND all_headers "#include <${header}>\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/header_checks/all_headers.hpp CONTENT "@all_headers@" @ONLY)

foreach(kind IN ITEMS plain eigen)
  if(${kind}_checks)
    add_library(header_checks_${kind} OBJECT ${${kind}_checks})
    target_compile_options(header_checks_${kind} PRIVATE -O0)
    target_link_libraries(header_checks_${kind} PRIVATE lowbit::lowbit lowbit_developer)
  endif()
endforeach()
if(TARGET header_checks_eigen)
  target_include_directories(header_checks_eigen PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/header_checks)
  target_link_libraries(header_checks_eigen PRIVATE lowbit::eigen)
endif()
