# SPDX-License-Identifier: Apache-2.0
# The build of tools/mutants: the rooms below RINGFENCE_MUTANTS are compiled from the copies that lie there, and their headers
# are found there first, by whoever links them.
set(RINGFENCE_MUTANTS "" CACHE PATH "Where tools/mutants wrote its copies of rooms")

function(rf_mutate target room)
  if(NOT RINGFENCE_MUTANTS OR NOT IS_DIRECTORY "${RINGFENCE_MUTANTS}/${room}")
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(TRANSFORM sources REPLACE "^.*src/" "${RINGFENCE_MUTANTS}/")
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
  # Everything else keeps the flags of `release`, and so is compiled once for both.
  target_compile_options(${target} PUBLIC "SHELL:-iquote ${RINGFENCE_MUTANTS}"
    "SHELL:-iquote ${CMAKE_SOURCE_DIR}/tests/mutants" -O0 -g0 -w)
endfunction()
