# Installs the headers and the CMake package. The package goes to share/, because nothing in it depends on the
# architecture, and cross builds look there.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/lowbit)
set(generated ${CMAKE_CURRENT_BINARY_DIR}/package)

install(DIRECTORY include/lowbit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(TARGETS lowbit EXPORT lowbitTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT lowbitTargets NAMESPACE lowbit:: DESTINATION ${package_dir})

configure_package_config_file(cmake/lowbitConfig.cmake.in ${generated}/lowbitConfig.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${generated}/lowbitConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)  # 0.x: a minor may break
install(FILES ${generated}/lowbitConfig.cmake ${generated}/lowbitConfigVersion.cmake
              cmake/lowbit_dependencies.cmake DESTINATION ${package_dir})

# The same package in the build tree: for lowbit_DIR, and for projects around this one that export what they link.
export(EXPORT lowbitTargets NAMESPACE lowbit:: FILE ${generated}/lowbitTargets.cmake)
configure_file(cmake/lowbit_dependencies.cmake ${generated}/lowbit_dependencies.cmake COPYONLY)
