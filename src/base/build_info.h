// SPDX-License-Identifier: Apache-2.0
// What this program was built from, and how.
//
// Contract: static text, written by the build from what CMake was told and found, so that none of
// it can differ from what the compiler was given; no path of the machine is in it. Any thread.
// Limitations: flags that are the same for every file; include paths and definitions of single
// libraries are left out.
#pragma once

#include <string_view>

namespace ringfence {

struct BuildInfo {
  std::string_view commit;  // 12 hexadecimal digits, ".dirty" after a changed tree; may be empty
  std::string_view commit_date;  // "2026-01-31"; empty where there was no git
  std::string_view build_type;
  std::string_view compiler, compiler_version;  // "GNU", "12.2.0"
  std::string_view compile_flags, link_flags;
};

const BuildInfo& build_info();

}  // namespace ringfence
