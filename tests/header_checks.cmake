# header_checks, built with the rest: all headers in one file, behind the macros of platforms and of programs. Each
# header stands there twice, in the order of names and in the reverse order. each_header, built by its name alone: every
# header must compile alone, and twice in one file. One translation unit per header; only headers that may name Eigen
# see its path.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/*.hpp)
# The adaptors need their libraries; tests/unit/executor compiles them where these are installed.
list(FILTER headers EXCLUDE REGEX "^lowbit/executor/(openmp|tbb)\\.hpp$")
list(FILTER headers EXCLUDE REGEX "^lowbit/letters_(aside|back)\\.hpp$")  # a pair

set(generated ${CMAKE_CURRENT_BINARY_DIR}/header_checks)
set(plain_checks)
set(eigen_checks)
set(all_headers)
set(reversed_headers)
foreach(header IN LISTS headers)
  file(CONFIGURE OUTPUT ${generated}/${header}.cpp CONTENT "#include <@header@>\n#include <@header@>\n" @ONLY)
  if(header MATCHES "^lowbit/(eigen/|nn/|compress/(allocate|calibrate|clip_q|coded_layer|encode_layer|filter_report|fine_grained|layer_restore|model|output_noise|pipeline|recorded_inputs|recorded_windows|sensitivity|sketch|ternary_student|three_of_four|two_step|variational_quantization|width_search)\\.hpp|eigen\\.hpp|nn\\.hpp|io\\.hpp)")
    list(APPEND eigen_checks ${generated}/${header}.cpp)
  else()
    list(APPEND plain_checks ${generated}/${header}.cpp)
  endif()
  string(APPEND all_headers "#include <${header}>\n")
  string(PREPEND reversed_headers "#include <${header}>\n")
endforeach()
file(CONFIGURE OUTPUT ${generated}/all_headers.hpp CONTENT "@all_headers@@all_headers@" @ONLY)
file(CONFIGURE OUTPUT ${generated}/reversed_headers.cpp CONTENT "@reversed_headers@@reversed_headers@" @ONLY)

add_library(header_checks OBJECT header_checks/platform_macros.cpp  # includes all_headers.hpp
                                 header_checks/letters.cpp ${generated}/reversed_headers.cpp)
target_include_directories(header_checks PRIVATE ${generated})
target_link_libraries(header_checks PRIVATE lowbit::eigen)

add_library(each_plain_header OBJECT EXCLUDE_FROM_ALL ${plain_checks})
add_library(each_eigen_header OBJECT EXCLUDE_FROM_ALL ${eigen_checks})
target_link_libraries(each_eigen_header PRIVATE lowbit::eigen)
add_custom_target(each_header)
add_dependencies(each_header each_plain_header each_eigen_header)

foreach(target IN ITEMS header_checks each_plain_header each_eigen_header)
  target_compile_options(${target} PRIVATE -O0)
  target_link_libraries(${target} PRIVATE lowbit::lowbit lowbit_developer)
endforeach()
