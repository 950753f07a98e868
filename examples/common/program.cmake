# What the programs that train are built from: their main.cpp, other files that they name, and the files beside this one.
# These are compiled once for all programs of a build with the same flags.
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)

# add_training_program(<name> [FLAGS <compiler's flag>...] [<file>...])
function(add_training_program name)
  cmake_parse_arguments(with "" "" FLAGS ${ARGN})
  set(common ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  string(MAKE_C_IDENTIFIER "training_common${with_FLAGS}" library)
  if(NOT TARGET ${library})
    add_library(${library} STATIC ${common}/dataset.cpp ${common}/options.cpp ${common}/progress.cpp
                                  ${common}/report.cpp ${common}/scatter.cpp ${common}/training.cpp)
    target_include_directories(${library} PUBLIC ${common})
    # Where the digits are that stand in when Fashion-MNIST is not installed: beside this file, wherever it was copied.
    target_compile_definitions(${library} PRIVATE EXAMPLES_DATA_DIR="${common}/data")
    target_compile_options(${library} PUBLIC ${with_FLAGS})
    target_link_libraries(${library} PUBLIC lowbit::eigen ZLIB::ZLIB Threads::Threads)
  endif()
  add_executable(${name} main.cpp ${with_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${library})
endfunction()
