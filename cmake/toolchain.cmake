# SPDX-License-Identifier: Apache-2.0
# Compiler and linker: ccache, the fastest linker there is, warnings, hardening, sanitizers.
# Everything lands on the interface target rf_flags, which every target of ours links privately.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths are hashed relative to the tree: clones and build folders share what they compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE}")
endif()

add_library(rf_flags INTERFACE)

function(rf_compile_flags)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "have${flag}" known)
    check_cxx_compiler_flag("-Werror ${flag}" ${known})
    if(${known})
      target_compile_options(rf_flags INTERFACE "${flag}")
    endif()
  endforeach()
endfunction()

function(rf_link_flags)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "have${flag}" known)
    check_linker_flag(CXX "${flag}" ${known})
    if(${known})
      target_link_options(rf_flags INTERFACE "${flag}")
    endif()
  endforeach()
endfunction()

find_program(MOLD mold)
find_program(LLD NAMES ld.lld ld.lld-19)
if(MOLD)
  target_link_options(rf_flags INTERFACE -fuse-ld=mold)
elseif(LLD)
  target_link_options(rf_flags INTERFACE -fuse-ld=lld)
endif()

# A build must not remember where it was made. ccache turns absolute paths into relative ones, hence two.
file(RELATIVE_PATH up "${CMAKE_BINARY_DIR}" "${CMAKE_SOURCE_DIR}/")
target_compile_options(rf_flags INTERFACE "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=."
  "-ffile-prefix-map=${up}=./")

set(warnings -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Wformat=2 -Wformat-security
    -Wimplicit-fallthrough -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wundef -Wvla)
target_compile_options(rf_flags INTERFACE ${warnings})
rf_compile_flags(-Wbidi-chars=any -Wtrampolines -Wduplicated-cond)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 in the standard library's own inlined code (GCC bugs 105651, 105562, 107138).
  target_compile_options(rf_flags INTERFACE -Wno-restrict -Wno-error=maybe-uninitialized -Wno-error=array-bounds
    -Wno-error=stringop-overflow -Wno-error=stringop-overread -Wno-error=free-nonheap-object
    -Wno-mismatched-new-delete)
endif()
if(RINGFENCE_WERROR)
  target_compile_options(rf_flags INTERFACE -Werror)
endif()

# Bounds checks of the standard library stay on in what is shipped: they are cheap and ABI-safe.
target_compile_definitions(rf_flags INTERFACE _GLIBCXX_ASSERTIONS)

if(RINGFENCE_HARDENED)
  target_compile_options(rf_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong)
  rf_compile_flags(-fstrict-flex-arrays=3 -fstack-clash-protection -fcf-protection=full
    -fzero-init-padding-bits=all -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks
    -fno-strict-overflow -fno-strict-aliasing)
  rf_link_flags(LINKER:-z,nodlopen LINKER:-z,noexecstack LINKER:-z,relro LINKER:-z,now LINKER:--as-needed
    LINKER:--gc-sections)
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES CXX)
endif()

if(RINGFENCE_SANITIZE)
  set(sanitize "-fsanitize=${RINGFENCE_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(rf_flags INTERFACE ${sanitize})
  target_link_options(rf_flags INTERFACE ${sanitize})
endif()
if(RINGFENCE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "RINGFENCE_FUZZ needs clang: use the preset asan")
  endif()
  target_compile_options(rf_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
