# header_checks, built with the rest: all headers in one file, behind the macros of platforms and of programs. Each
# header stands there twice, in the order of names and in the reverse order. each_header, built by its name alone: every
# header must compile alone, and twice in one file. One translation unit per header; only headers that may name Eigen
# see its path.
#
# Most of each_header's time would be the same headers again, so five bases are precompiled. A header that includes a base
# is compiled behind it, which is what the header has when alone: the base's own files are headers that are checked
# themselves, and no header includes anything behind its first declaration. All other headers see no base.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/*.hpp)
# The adaptors need their libraries; tests/unit/executor compiles them where these are installed.
list(FILTER headers EXCLUDE REGEX "^lowbit/executor/(openmp|tbb)\\.hpp$")
list(FILTER headers EXCLUDE REGEX "^lowbit/letters_(aside|back)\\.hpp$")  # a pair

# From the largest to the smallest: a header takes the first that it includes.
set(bases lowbit/nn/layers/conv_layer.hpp lowbit/eigen/interop.hpp lowbit/network/values.hpp lowbit/kernel/bits/isas.hpp
          lowbit/quantize/quantizer.hpp)
# find_bases(<header>): the property bases_<header> becomes the list of bases that the header includes, through whatever.
function(find_bases header)
  get_property(known GLOBAL PROPERTY bases_${header} SET)
  if(known)
    return()
  endif()
  set_property(GLOBAL PROPERTY bases_${header} "")
  set(found)
  file(STRINGS ${PROJECT_SOURCE_DIR}/include/${header} lines REGEX "^# *include \"lowbit/")
  list(TRANSFORM lines REPLACE "^# *include \"([^\"]+)\".*" "\\1")
  foreach(included IN LISTS lines)
    find_bases(${included})
    get_property(theirs GLOBAL PROPERTY bases_${included})
    list(APPEND found ${theirs})
    if(included IN_LIST bases)
      list(APPEND found ${included})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES found)
  set_property(GLOBAL PROPERTY bases_${header} "${found}")
endfunction()

set(generated ${CMAKE_CURRENT_BINARY_DIR}/header_checks)
set(each_header_groups)
set(all_headers)
set(reversed_headers)
foreach(header IN LISTS headers)
  file(CONFIGURE OUTPUT ${generated}/${header}.cpp CONTENT "#include <@header@>\n#include <@header@>\n" @ONLY)
  set(needs plain)
  set(own_bases ${bases})
  if(header MATCHES "^lowbit/(eigen/|nn/|compress/(allocate|calibrate|clip_q|coded_layer|encode_layer|filter_report|fine_grained|layer_restore|model|output_noise|pipeline|recorded_inputs|recorded_windows|sensitivity|sketch|ternary_student|three_of_four|two_step|variational_quantization|width_search)\\.hpp|eigen\\.hpp|nn\\.hpp|io\\.hpp)")
    set(needs eigen)
    list(FILTER own_bases INCLUDE REGEX "^lowbit/(eigen|nn)/")
  endif()
  find_bases(${header})
  get_property(found GLOBAL PROPERTY bases_${header})
  set(base)
  foreach(candidate IN LISTS own_bases)
    if(candidate IN_LIST found)
      set(base ${candidate})
      break()
    endif()
  endforeach()
  string(MAKE_C_IDENTIFIER "each_${needs}_header_${base}" group)
  list(APPEND each_header_groups ${group})
  set(base_of_${group} ${base})
  list(APPEND headers_of_${group} ${generated}/${header}.cpp)
  string(APPEND all_headers "#include <${header}>\n")
  string(PREPEND reversed_headers "#include <${header}>\n")
endforeach()
file(CONFIGURE OUTPUT ${generated}/all_headers.hpp CONTENT "@all_headers@@all_headers@" @ONLY)
file(CONFIGURE OUTPUT ${generated}/reversed_headers.cpp CONTENT "@reversed_headers@@reversed_headers@" @ONLY)

add_library(header_checks OBJECT header_checks/platform_macros.cpp  # includes all_headers.hpp
                                 header_checks/letters.cpp ${generated}/reversed_headers.cpp)
target_include_directories(header_checks PRIVATE ${generated})
target_link_libraries(header_checks PRIVATE lowbit::eigen)

add_custom_target(each_header)
list(REMOVE_DUPLICATES each_header_groups)
foreach(group IN LISTS each_header_groups)
  add_library(${group} OBJECT EXCLUDE_FROM_ALL ${headers_of_${group}})
  if(group MATCHES "^each_eigen")
    target_link_libraries(${group} PRIVATE lowbit::eigen)
  endif()
  if(base_of_${group})
    target_precompile_headers(${group} PRIVATE <${base_of_${group}}>)
  endif()
  add_dependencies(each_header ${group})
endforeach()

foreach(target IN LISTS each_header_groups ITEMS header_checks)
  target_compile_options(${target} PRIVATE -O0)
  target_link_libraries(${target} PRIVATE lowbit::lowbit lowbit_developer)
endforeach()
