// SPDX-License-Identifier: Apache-2.0
// KeyRing: the providers' keys, held by the gateway alone.
//
// Contract: read once at start from the environment, a file or a command's output (one line; blanks
// around it are dropped); immutable afterwards and thread-safe. A key is wiped from memory when the
// ring goes; it never enters a log, an error, an event or a child's environment. A file that others
// than its owner may read is refused.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key_source.h"
#include "base/result.h"
#include "policy/policy.h"

namespace ringfence::llm {

class KeyRing {
 public:
  using Environment = auth::Environment;

  KeyRing() = default;
  ~KeyRing();
  KeyRing(KeyRing&&) = default;
  KeyRing& operator=(KeyRing&&) = default;

  // A provider whose key is missing is left out and named in `missing`: its calls are refused, the
  // others go on. Errors: `invalid` (not usable as a header), `forbidden` (file mode),
  // `unavailable` (the command failed or took longer than kKeyCommandTime).
  static Result<KeyRing> load(const std::vector<Provider>& providers,
                              const Environment& environment);

  // Empty: none is needed or none is there; `missing` tells which.
  std::string_view find(const std::string& provider) const;
  bool is_missing(const std::string& provider) const;
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  std::map<std::string, std::string> keys_;
  std::vector<std::string> missing_;
};

}  // namespace ringfence::llm
