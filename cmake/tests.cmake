# SPDX-License-Identifier: Apache-2.0
# Tests that belong to no single room; each program links the rooms its sources include. Those on
# the real binary (tests/e2e, tests/crash) are run by tools/test.

# Sets OUT to the libraries of the rooms these sources include.
function(rf_rooms_included out)
  get_property(rooms GLOBAL PROPERTY rf_rooms)
  set(libs)
  foreach(source IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
    file(STRINGS "${source}" includes REGEX "^ *# *include \"[a-z]")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^[^\"]*\"(.*)/[^/]*\".*$" "\\1" room "${include}")
      string(REPLACE "/" "_" room "${room}")
      if(room IN_LIST rooms)
        list(APPEND libs rf_${room})
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES libs)
  set(${out} "${libs}" PARENT_SCOPE)
endfunction()

foreach(kind tables property issues)
  file(GLOB sources CONFIGURE_DEPENDS "tests/${kind}/*.cc")
  if(sources)
    file(GLOB headers CONFIGURE_DEPENDS "tests/${kind}/*.h")
    rf_rooms_included(libs ${sources} ${headers})
    rf_add_test_program(${kind}_test SOURCES ${sources} LIBS ${libs})
  endif()
endforeach()
if(TARGET property_test)
  find_package(rapidcheck REQUIRED)
  target_link_libraries(property_test PRIVATE rapidcheck rf_mock)
  # What stands for every program that a shell line starts; without our flags, as it starts often.
  add_executable(shell_stub tests/property/stub/shell_stub.cc)
  target_link_options(shell_stub PRIVATE -static)
  set_target_properties(shell_stub PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/property")
  add_dependencies(property_test shell_stub)
  target_compile_definitions(property_test PRIVATE "RF_SHELL_STUB=\"$<TARGET_FILE:shell_stub>\"")
endif()

# One program each file of tests/FOLDER, built into a folder of that name.
function(rf_test_programs folder)
  file(GLOB sources CONFIGURE_DEPENDS "tests/${folder}/*.cc")
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    rf_rooms_included(libs "${source}")
    add_executable(${name} "${source}")
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${name} PRIVATE rf_flags rf_version_test ${libs})
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${folder}")
  endforeach()
endfunction()
rf_test_programs(crash)    # what tests/crash/run starts, to kill it and to break its disk
rf_test_programs(interop)  # what tests/e2e holds against other people's implementations

# Each file compiles as it stands and must not with -DMUST_NOT_COMPILE.
file(GLOB must_not_compile CONFIGURE_DEPENDS "tests/must_not_compile/*.cc")
foreach(source IN LISTS must_not_compile)
  cmake_path(GET source STEM name)
  set(syntax "${CMAKE_CXX_COMPILER}" -std=c++23 -fsyntax-only -DFMT_HEADER_ONLY
    "-I${CMAKE_SOURCE_DIR}/src" "${source}")
  add_test(NAME compiles_${name} COMMAND ${syntax})
  add_test(NAME must_not_compile_${name} COMMAND ${syntax} -DMUST_NOT_COMPILE)
  set_tests_properties(must_not_compile_${name} PROPERTIES WILL_FAIL ON)
endforeach()

if(RINGFENCE_FUZZ)
  file(GLOB fuzzers CONFIGURE_DEPENDS "tests/fuzz/*_fuzz.cc")
  foreach(source IN LISTS fuzzers)
    cmake_path(GET source STEM name)
    rf_rooms_included(libs "${source}")
    add_executable(${name} "${source}")
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${name} PRIVATE rf_flags rf_version_test ${libs})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
  endforeach()
endif()
