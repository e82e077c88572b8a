// SPDX-License-Identifier: Apache-2.0
#include "policy/wires.h"

#include <algorithm>

namespace ringfence {
namespace {

const std::vector<std::string_view> kWires{"openai-chat", "openai-responses", "openai-embeddings",
                                           "anthropic-messages", "gemini"};
constexpr Range kStatusRange{400, 499};

}  // namespace

void WireRules::read(Problems& problems, YamlNode section) {
  static const Keys kKeys{.known = {"final_status"}};
  for_each_entry(
      problems, section, "a map of wires such as {openai-chat: {final_status: 402}}",
      [&](YamlNode name, YamlNode value) {
        if (std::ranges::find(kWires, name.text()) == kWires.end()) {
          std::string expected;
          for (const std::string_view wire : kWires) {
            expected += (expected.empty() ? "" : ", ") + std::string(wire);
          }
          problems.add(name.mark(),
                       "found the wire " + quoted(name.text()) + "; expected one of " + expected);
          return;
        }
        if (!check_map(problems, value, "a wire", kKeys)) return;
        Rule& rule = rules_.emplace_back();
        rule.wire = name.text();
        if (const YamlNode node = value_at(value, "final_status")) {
          if (const auto status = read_count(problems, node, "an HTTP status", kStatusRange)) {
            rule.final_status = static_cast<int>(*status);
          }
        }
      });
}

std::optional<int> WireRules::final_status(std::string_view wire) const {
  const auto found = std::ranges::find(rules_, wire, &Rule::wire);
  return found == rules_.end() ? std::nullopt : found->final_status;
}

}  // namespace ringfence
