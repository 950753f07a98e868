# What the programs that train are built from: their main.cpp, other files that they name, and the files beside this one.
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)

function(add_training_program name)
  set(common ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  add_executable(${name} main.cpp ${common}/dataset.cpp ${common}/options.cpp ${common}/progress.cpp
                 ${common}/report.cpp ${common}/scatter.cpp ${common}/training.cpp ${ARGN})
  target_include_directories(${name} PRIVATE ${common})
  # Where the digits are that stand in when Fashion-MNIST is not installed: beside this file, wherever it was copied.
  target_compile_definitions(${name} PRIVATE EXAMPLES_DATA_DIR="${common}/data")
  target_link_libraries(${name} PRIVATE lowbit::eigen ZLIB::ZLIB Threads::Threads)
endfunction()
