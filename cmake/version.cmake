# SPDX-License-Identifier: Apache-2.0
# ringfence::version() (base/version.h): rf_version for the programs, rf_version_test for the tests.
set(version_source "${CMAKE_BINARY_DIR}/generated/version.cc")
add_custom_target(rf_version_source
  COMMAND "${CMAKE_COMMAND}" "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}" "-DPROJECT_VERSION=${PROJECT_VERSION}"
    "-DOUTPUT=${version_source}" -P "${CMAKE_SOURCE_DIR}/cmake/write_version.cmake"
  BYPRODUCTS "${version_source}" COMMENT "" VERBATIM)
add_library(rf_version OBJECT EXCLUDE_FROM_ALL "${version_source}")
add_dependencies(rf_version rf_version_source)

set(RINGFENCE_VERSION "${PROJECT_VERSION}+test")
configure_file(cmake/version.cc.in "${CMAKE_BINARY_DIR}/generated/version_test.cc" @ONLY)
add_library(rf_version_test OBJECT EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/generated/version_test.cc")

foreach(library rf_version rf_version_test)
  target_include_directories(${library} PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(${library} PRIVATE rf_flags)
endforeach()
