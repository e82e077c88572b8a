# SPDX-License-Identifier: Apache-2.0
# The outside libraries, each under the short name rooms.txt uses: pkg_<name>.
# Debian's packages, found where Debian puts them; the list to install is tools/packages.txt.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(date REQUIRED)
find_package(GTest REQUIRED)

function(rf_package name)
  add_library(pkg_${name} INTERFACE)
  target_link_libraries(pkg_${name} INTERFACE ${ARGN})
endfunction()

# Libraries whose Debian packages bring no CMake file.
function(rf_package_by_file name header)
  find_path(${name}_header "${header}" REQUIRED)
  set(files)
  foreach(library IN LISTS ARGN)
    find_library(${name}_${library} "${library}" REQUIRED)
    list(APPEND files "${${name}_${library}}")
  endforeach()
  rf_package(${name} ${files})
endfunction()

rf_package(threads Threads::Threads)
rf_package(crypto OpenSSL::Crypto)
rf_package(sqlite SQLite::SQLite3)
rf_package(zlib ZLIB::ZLIB)
rf_package(yaml yaml-cpp)
rf_package(simdjson simdjson::simdjson)
rf_package(date date::date-tz)
rf_package_by_file(re2 re2/re2.h re2)
rf_package_by_file(brotli brotli/decode.h brotlidec brotlienc)
rf_package_by_file(zstd zstd.h zstd)
rf_package_by_file(cli11 CLI/CLI.hpp)
rf_package_by_file(ncurses ncurses.h ncursesw tinfo)

# Header-only, so that the binary does not depend on Debian's shared objects of them.
rf_package(fmt fmt::fmt-header-only)
rf_package(spdlog spdlog::spdlog_header_only fmt::fmt-header-only)
target_compile_definitions(pkg_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)

# Boost's own code is compiled once, here, under our flags (a sanitizer then sees into it).
add_library(rf_boost_json STATIC third_party_build/boost_json_src.cc)
target_link_libraries(rf_boost_json PUBLIC Boost::headers)
add_library(rf_boost_asio STATIC EXCLUDE_FROM_ALL third_party_build/boost_asio_src.cc third_party_build/boost_beast_src.cc)
target_link_libraries(rf_boost_asio PUBLIC Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
target_compile_definitions(rf_boost_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_DISABLE_FENCED_BLOCK BOOST_ASIO_NO_DEPRECATED
  # A request is about a dozen coroutine frames; with Asio's two places for freed ones, most are allocated anew.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
foreach(library rf_boost_json rf_boost_asio)
  target_link_libraries(${library} PRIVATE rf_flags)
  target_compile_options(${library} PRIVATE -w)
endforeach()
rf_package(json rf_boost_json)
rf_package(asio rf_boost_asio)
