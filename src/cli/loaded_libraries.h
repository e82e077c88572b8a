// SPDX-License-Identifier: Apache-2.0
// The libraries this process really runs with, and what the compiler built into it.
//
// Contract: asks each library for its version where it can tell one, else reads it off the name of
// the file that was loaded; libraries of headers alone tell what they were when we were compiled.
// Reads the dynamic loader's list; any thread.
#pragma once

#include <string>
#include <vector>

namespace ringfence {

struct LoadedLibrary {
  std::string name;
  std::string version;
  std::string file;  // "libz.so.1.2.13"; empty: compiled in
};
std::vector<LoadedLibrary> loaded_libraries();

// Measures against exploits that are in this very file: by the compiler's own macros and by the
// program's headers, not by the flags that asked for them.
std::vector<std::string> hardening_in_place();

}  // namespace ringfence
