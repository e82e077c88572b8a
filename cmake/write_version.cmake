# SPDX-License-Identifier: Apache-2.0
# Run at each build (cmake -P): writes the version's source, and only when the text changed.
# In: SOURCE_DIR, PROJECT_VERSION, OUTPUT, SETTINGS (a file: how this tree compiles).
include("${SETTINGS}")
execute_process(COMMAND git -C "${SOURCE_DIR}" describe --always --dirty=.dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE RINGFENCE_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR NOT RINGFENCE_COMMIT)
  set(RINGFENCE_COMMIT "")
  set(RINGFENCE_COMMIT_DATE "")
  set(RINGFENCE_VERSION "${PROJECT_VERSION}")
else()
  execute_process(COMMAND git -C "${SOURCE_DIR}" show -s --format=%cs HEAD
    OUTPUT_VARIABLE RINGFENCE_COMMIT_DATE OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(RINGFENCE_VERSION "${PROJECT_VERSION}+g${RINGFENCE_COMMIT}")
endif()
configure_file("${SOURCE_DIR}/cmake/version.cc.in" "${OUTPUT}" @ONLY)
