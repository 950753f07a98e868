# What the tests need beyond lowbit: Catch2 (2.13 or 3), nlohmann-json, Eigen. Defines lowbit_catch, which brings
# Catch2 and its main(), and lowbit_discovery, the options of catch_discover_tests that this Catch2 knows.
find_package(Catch2 QUIET)
find_package(nlohmann_json QUIET)

if(LOWBIT_FETCH_DEPS AND NOT (Catch2_FOUND AND nlohmann_json_FOUND))
  include(FetchContent)
  set(JSON_BuildTests OFF)
  FetchContent_Declare(Catch2 GIT_REPOSITORY https://github.com/catchorg/Catch2.git GIT_TAG v3.5.2 GIT_SHALLOW ON)
  FetchContent_Declare(nlohmann_json GIT_REPOSITORY https://github.com/nlohmann/json.git GIT_TAG v3.11.3 GIT_SHALLOW ON)
  if(NOT Catch2_FOUND)
    FetchContent_MakeAvailable(Catch2)
    list(APPEND CMAKE_MODULE_PATH ${Catch2_SOURCE_DIR}/extras)
    set(Catch2_VERSION 3.5.2)
  endif()
  if(NOT nlohmann_json_FOUND)
    FetchContent_MakeAvailable(nlohmann_json)
  endif()
endif()

foreach(target IN ITEMS Catch2::Catch2 nlohmann_json::nlohmann_json lowbit::eigen)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "the tests need ${target} (Debian: catch2, nlohmann-json3-dev, libeigen3-dev); "
                        "-DLOWBIT_BUILD_TESTS=OFF leaves them out")
  endif()
endforeach()
include(Catch)

# Catch2 3 has a compiled main(); so has Debian's Catch2 2, for its own architecture only.
if(TARGET Catch2::Catch2WithMain AND NOT CMAKE_CROSSCOMPILING)
  add_library(lowbit_catch INTERFACE)
  target_link_libraries(lowbit_catch INTERFACE Catch2::Catch2WithMain)
else()
  add_library(lowbit_catch STATIC ${PROJECT_SOURCE_DIR}/tests/support/catch_main.cpp)
  target_compile_features(lowbit_catch PUBLIC cxx_std_20)
  target_link_libraries(lowbit_catch PUBLIC Catch2::Catch2)
endif()

set(lowbit_discovery EXTRA_ARGS -w NoTests)  # a name that CMake garbled, and so no test has, is a failure
if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
  list(APPEND lowbit_discovery DISCOVERY_MODE PRE_TEST)
endif()
