# SPDX-License-Identifier: Apache-2.0
# The programs of bench/: what is measured in process, the load, and comparators. Each bench/*.cc but
# the harness and its tests is one program under build/<preset>/bench, linked with the rooms it includes. Not built
# with sanitizers: a figure from there says nothing.
if(RINGFENCE_SANITIZE)
  return()
endif()

set(bench_harness bench/harness.cc bench/closed_loop.cc bench/http_answer.cc)
add_library(rf_bench STATIC ${bench_harness})
target_include_directories(rf_bench PUBLIC "${CMAKE_SOURCE_DIR}/bench" "${CMAKE_SOURCE_DIR}/src")
target_link_libraries(rf_bench PRIVATE rf_flags pkg_cli11 PUBLIC rf_base rf_version_test)

# What single programs link besides. One whose library is not installed is not built; its workload
# then says so.
set(bench_uses_sqlite_commit SQLite::SQLite3)
set(bench_uses_postgres_rows PostgreSQL::PostgreSQL)
find_package(PostgreSQL QUIET)

add_custom_target(bench_programs)
file(GLOB sources RELATIVE "${CMAKE_SOURCE_DIR}" CONFIGURE_DEPENDS "bench/*.cc")
list(REMOVE_ITEM sources ${bench_harness})
set(bench_tests ${sources})
list(FILTER bench_tests INCLUDE REGEX "_test\\.cc$")
list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
rf_add_test_program(bench_test SOURCES ${bench_tests} LIBS rf_bench)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  if(bench_uses_${name} AND NOT TARGET ${bench_uses_${name}})
    continue()
  endif()
  set(target bench_${name})
  rf_rooms_included(libs "${CMAKE_SOURCE_DIR}/${source}")
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE rf_flags rf_bench ${libs}
    ${bench_uses_${name}})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  add_dependencies(bench_programs ${target})
endforeach()

# What a workload preloads a server with.
add_library(bench_slow_disk MODULE tests/support/slow_disk.cc)
target_link_libraries(bench_slow_disk PRIVATE rf_flags)
set_target_properties(bench_slow_disk PROPERTIES OUTPUT_NAME slow_disk PREFIX ""
  LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
add_dependencies(bench_programs bench_slow_disk)
