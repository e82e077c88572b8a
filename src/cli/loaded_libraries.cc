// SPDX-License-Identifier: Apache-2.0
#include "cli/loaded_libraries.h"

#include <brotli/decode.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <zlib.h>
#include <zstd.h>

#include <CLI/Version.hpp>
#include <algorithm>
#include <boost/version.hpp>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

namespace ringfence {
namespace {

std::string brotli_version() {
  const unsigned number = ::BrotliDecoderVersion();
  return fmt::format("{}.{}.{}", number >> 24, (number >> 12) & 0xfff, number & 0xfff);
}

// What a library says of itself, by the name before ".so".
std::string told_version(std::string_view library) {
  if (library == "libsqlite3") return ::sqlite3_libversion();
  if (library == "libssl" || library == "libcrypto")
    return ::OpenSSL_version(OPENSSL_VERSION_STRING);
  if (library == "libz") return ::zlibVersion();
  if (library == "libzstd") return ::ZSTD_versionString();
  if (library.starts_with("libbrotli")) return brotli_version();
  if (library == "libc" || library == "libm") return ::gnu_get_libc_version();
  return {};
}

int add_loaded(dl_phdr_info* info, std::size_t, void* out) {
  const std::string_view path = info->dlpi_name;
  if (!path.starts_with('/')) return 0;  // the program itself, and the kernel's own page
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return 0;
  const std::string asked = std::filesystem::path(path).filename();
  LoadedLibrary library;
  library.name = asked.substr(0, asked.find(".so"));
  library.file = real.filename();
  library.version = told_version(library.name);
  if (const auto so = library.file.find(".so.");
      library.version.empty() && so != library.file.npos) {
    library.version = library.file.substr(so + 4);
  }
  static_cast<std::vector<LoadedLibrary>*>(out)->push_back(std::move(library));
  return 0;
}

struct ProgramHeaders {
  bool anywhere = false, relro = false, now = false, executable_stack = false;
};

int read_headers(dl_phdr_info* info, std::size_t, void* out) {
  auto& headers = *static_cast<ProgramHeaders*>(out);
  for (const ElfW(Phdr) & part : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
    if (part.p_type == PT_GNU_RELRO) headers.relro = true;
    if (part.p_type == PT_GNU_STACK) headers.executable_stack = (part.p_flags & PF_X) != 0;
    if (part.p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + part.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_FLAGS_1 && (entry->d_un.d_val & DF_1_NOW) != 0) headers.now = true;
    }
  }
  return 1;  // the program comes first: no other is looked at
}

}  // namespace

std::vector<LoadedLibrary> loaded_libraries() {
  std::vector<LoadedLibrary> libraries;
  ::dl_iterate_phdr(add_loaded, &libraries);
  libraries.push_back({"boost",
                       fmt::format("{}.{}.{}", BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000,
                                   BOOST_VERSION % 100),
                       {}});
  libraries.push_back(
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100),
       {}});
  libraries.push_back(
      {"spdlog",
       fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH),
       {}});
  libraries.push_back({"cli11", CLI11_VERSION, {}});
  std::ranges::sort(libraries, {}, &LoadedLibrary::name);
  return libraries;
}

std::vector<std::string> hardening_in_place() {
  std::vector<std::string> found;
#if defined(_FORTIFY_SOURCE) && _FORTIFY_SOURCE > 0
  found.push_back(fmt::format("fortified calls, level {}", _FORTIFY_SOURCE));
#endif
#ifdef __SSP_STRONG__
  found.emplace_back("strong stack protector");
#endif
#ifdef __CET__
  found.push_back(fmt::format("control-flow marks, {}", __CET__));
#endif
#ifdef _GLIBCXX_ASSERTIONS
  found.emplace_back("bounds checks of the standard library");
#endif
  ProgramHeaders headers;
  ::dl_iterate_phdr(read_headers, &headers);
  if (headers.anywhere) found.emplace_back("position independent");
  if (headers.relro) found.emplace_back("read-only relocations");
  if (headers.now) found.emplace_back("binding at start");
  if (!headers.executable_stack) found.emplace_back("stack not executable");
  return found;
}

}  // namespace ringfence
