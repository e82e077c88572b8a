// SPDX-License-Identifier: Apache-2.0
// What `ringfence policy check` says about a document: its problems, or a summary and what looks
// like a mistake though it is valid.
//
// Contract: pure; reads no environment, no file and no network. Problems and warnings carry places
// (file:line:column), warnings about a whole section the file's. Lists in the summary are cut at
// kReportRowsMax, and say so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringfence {

inline constexpr std::size_t kReportRowsMax = 40;

struct CheckReport {
  bool valid = false;
  std::string sha256_hex;             // the version's name, when valid
  std::vector<std::string> problems;  // why it is refused
  std::vector<std::string> warnings;  // valid, but probably not meant
  std::string summary;                // accounts, roles, limits, providers, prices

  // All of it as lines for a terminal.
  std::string text(std::string_view name) const;
};

CheckReport check_policy(std::string_view text, std::string_view name);

}  // namespace ringfence
