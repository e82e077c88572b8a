// SPDX-License-Identifier: Apache-2.0
// Reads the `wires` section: how the gateway answers on each provider wire.
//
// Contract: immutable after `read`. A wire that is not named answers as its clients were measured
// to obey (docs/clients.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/reader.h"

namespace ringfence {

class WireRules {
 public:
  void read(Problems& problems, YamlNode section);
  // The status of a final refusal on this wire, where the document states one.
  std::optional<int> final_status(std::string_view wire) const;

 private:
  struct Rule {
    std::string wire;
    std::optional<int> final_status;
  };
  std::vector<Rule> rules_;
};

}  // namespace ringfence
