// SPDX-License-Identifier: Apache-2.0
// Import: another system's budgets as a policy document, with a list of what could not be carried.
//
// Contract: pure. Amounts stay exact decimals from text to text; where the other system is finer
// than a nano-dollar the cap is cut down, never up, and that is said. What is not carried is said
// with its place in the source, one line each; a key or token found there is never repeated. The
// document compiles as it stands.
// Limitations: what was spent so far is not carried: counters start at zero. YAML as policy
// documents have it: no anchors, no tags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence {

enum class ImportSource : std::uint8_t { litellm, cycles, agent_control_plane };
std::optional<ImportSource> import_source(std::string_view name);  // "agent-control-plane"

struct ImportedPolicy {
  std::string document;
  std::vector<std::string> not_carried;  // "file:line:column: what; why"
};

// `name` is the file's name, for places. Errors: `invalid` (not YAML or JSON, or of another shape).
Result<ImportedPolicy> import_policy(ImportSource source, std::string_view text,
                                     std::string_view name);

}  // namespace ringfence
