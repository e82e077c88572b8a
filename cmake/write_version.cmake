# SPDX-License-Identifier: Apache-2.0
# Run at each build (cmake -P): writes the version's source, and only when the text changed.
# In: SOURCE_DIR, PROJECT_VERSION, OUTPUT.
execute_process(COMMAND git -C "${SOURCE_DIR}" describe --always --dirty=.dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR NOT commit)
  set(RINGFENCE_VERSION "${PROJECT_VERSION}")
else()
  set(RINGFENCE_VERSION "${PROJECT_VERSION}+g${commit}")
endif()
configure_file("${SOURCE_DIR}/cmake/version.cc.in" "${OUTPUT}" @ONLY)
