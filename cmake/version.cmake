# SPDX-License-Identifier: Apache-2.0
# ringfence::version() and build_info() (base/): rf_version for the programs, rf_version_test for the tests.

# How every file of ours is compiled and linked, for build_info(). A path of this machine is not told.
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
separate_arguments(compile_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
separate_arguments(link_flags UNIX_COMMAND "${CMAKE_EXE_LINKER_FLAGS} ${CMAKE_EXE_LINKER_FLAGS_${type}}")
list(APPEND compile_flags ${CMAKE_CXX_COMPILE_OPTIONS_PIE} ${CMAKE_CXX23_STANDARD_COMPILE_OPTION})
get_target_property(options rf_flags INTERFACE_COMPILE_OPTIONS)
list(APPEND compile_flags ${options})
list(FILTER compile_flags EXCLUDE REGEX "^-ffile-prefix-map=")
get_target_property(definitions rf_flags INTERFACE_COMPILE_DEFINITIONS)
list(TRANSFORM definitions PREPEND "-D")
list(APPEND compile_flags ${definitions})
get_target_property(options rf_flags INTERFACE_LINK_OPTIONS)
list(TRANSFORM options REPLACE "^LINKER:" "-Wl,")
list(APPEND link_flags ${options})
foreach(list compile_flags link_flags)
  list(JOIN ${list} " " ${list})
endforeach()
set(RINGFENCE_BUILD_TYPE "${CMAKE_BUILD_TYPE}")
set(RINGFENCE_COMPILER "${CMAKE_CXX_COMPILER_ID}")
set(RINGFENCE_COMPILER_VERSION "${CMAKE_CXX_COMPILER_VERSION}")
set(RINGFENCE_COMPILE_FLAGS "${compile_flags}")
set(RINGFENCE_LINK_FLAGS "${link_flags}")
set(settings "${CMAKE_BINARY_DIR}/generated/build_settings.cmake")
set(text "")
foreach(name BUILD_TYPE COMPILER COMPILER_VERSION COMPILE_FLAGS LINK_FLAGS)
  string(APPEND text "set(RINGFENCE_${name} [==[${RINGFENCE_${name}}]==])\n")
endforeach()
file(CONFIGURE OUTPUT "${settings}" CONTENT "${text}" @ONLY)

set(version_source "${CMAKE_BINARY_DIR}/generated/version.cc")
add_custom_target(rf_version_source
  COMMAND "${CMAKE_COMMAND}" "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}" "-DPROJECT_VERSION=${PROJECT_VERSION}"
    "-DOUTPUT=${version_source}" "-DSETTINGS=${settings}" -P "${CMAKE_SOURCE_DIR}/cmake/write_version.cmake"
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
