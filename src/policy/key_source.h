// SPDX-License-Identifier: Apache-2.0
// Reads where a secret comes from: `{env: NAME}`, `{file: /path}` or `{command: [program, …]}`.
//
// Contract: what stands in the place of a source is never repeated in a report: it may be the
// secret itself.
#pragma once

#include <string_view>

#include "policy/policy.h"
#include "policy/reader.h"

namespace ringfence {

struct KeyPlace {
  std::string_view expected;    // "{env: NAME}, …; a key itself never stands in a policy"
  std::string_view example;     // "openai": of what files and commands are called
  std::string_view variable;    // "OPENAI_API_KEY"
  bool may_be_clients = false;  // `{from: client}`
};

// Its kind is `none` when a problem was reported.
KeySource read_key(Problems& problems, YamlNode node, const KeyPlace& place);

}  // namespace ringfence
