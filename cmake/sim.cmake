# SPDX-License-Identifier: Apache-2.0
# Whole nodes in simulated time: a library, its tests, and the program that runs many of them.
file(GLOB sources CONFIGURE_DEPENDS "tests/sim/*.cc")
set(tests ${sources})
list(FILTER tests INCLUDE REGEX "_test\\.cc$")
list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$")
file(GLOB models CONFIGURE_DEPENDS "tests/property/ledger_model*.cc")
list(FILTER models EXCLUDE REGEX "_test\\.cc$")
file(GLOB headers CONFIGURE_DEPENDS "tests/sim/*.h" "tests/property/ledger_model*.h" "tests/support/*.h")
rf_rooms_included(libs ${sources} ${models} ${headers})

add_library(rf_sim STATIC ${sources} ${models})
target_include_directories(rf_sim PUBLIC "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}")
target_link_libraries(rf_sim PRIVATE rf_flags PUBLIC ${libs} pkg_sqlite)
rf_add_test_program(sim_test SOURCES ${tests} LIBS rf_sim)

# The files with injected bugs (base/inject.h), compiled once more with the bugs in. A linker takes a
# program's own objects before it looks into a library, so the library's copies of them stay out.
file(GLOB_RECURSE candidates CONFIGURE_DEPENDS "src/*.cc" "src/*.h")
set(buggy)
foreach(source IN LISTS candidates)
  file(STRINGS "${source}" uses REGEX "RF_BUG\\(")
  if(NOT uses OR source MATCHES "/base/inject\\.h$")
    continue()
  endif()
  if(source MATCHES "\\.h$")
    message(FATAL_ERROR "${source}: RF_BUG may stand in .cc files only")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  list(APPEND buggy "${source}")
endforeach()
add_executable(sim tests/sim/main.cc ${buggy})
target_compile_definitions(sim PRIVATE RINGFENCE_INJECT_BUGS)
target_link_libraries(sim PRIVATE rf_flags rf_version rf_sim)
