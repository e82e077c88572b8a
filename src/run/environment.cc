// SPDX-License-Identifier: Apache-2.0
#include "run/environment.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 8> kWithheldPrefixes{
    "OPENAI_", "ANTHROPIC_", "GEMINI_",     "AZURE_",
    "AWS_",    "RINGFENCE_", "GOOGLE_API_", "GOOGLE_APPLICATION_"};
constexpr std::array<std::string_view, 25> kWithheldNames{
    "CLAUDE_CODE_OAUTH_TOKEN", "GOOGLE_GENAI_API_KEY", "MISTRAL_API_KEY", "COHERE_API_KEY",
    "GROQ_API_KEY", "DEEPSEEK_API_KEY", "TOGETHER_API_KEY", "OPENROUTER_API_KEY", "XAI_API_KEY",
    "FIREWORKS_API_KEY", "PERPLEXITY_API_KEY", "HF_TOKEN", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN",
    "AIDER_API_KEY", "AIDER_OPENAI_API_KEY", "AIDER_OPENAI_API_BASE", "AIDER_ANTHROPIC_API_KEY",
    // These lead a client elsewhere than to the gateway.
    "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_API_BASE_URL",
    "GOOGLE_GEMINI_BASE_URL", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA",
    "SGLANG_BASE_URL"};

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

bool holds(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != std::ranges::end(names);
}

// A key of the policy's own is nobody's to bring, whatever its name.
bool own(std::string_view name, const ChildAccess& access) {
  if (holds(access.key_variables, name)) return false;
  return std::ranges::any_of(own_key_wires(), [&](const OwnKeyWire& wire) {
    return access.brings_own_key(wire.wire) && holds(wire.key_variables, name);
  });
}

bool withheld(std::string_view name, const ChildAccess& access) {
  if (own(name, access)) return false;
  return withheld_from_child(name) || holds(access.key_variables, name);
}

}  // namespace

bool ChildAccess::brings_own_key(std::string_view wire) const { return holds(own_key_wires, wire); }

bool withheld_from_child(std::string_view name) {
  const auto starts = [name](std::string_view prefix) { return name.starts_with(prefix); };
  return std::ranges::any_of(kWithheldPrefixes, starts) || holds(kWithheldNames, name);
}

std::vector<std::string> granted_to_child(const ChildAccess& access) {
  std::map<std::string, std::string, std::less<>> granted{{"RINGFENCE_TOKEN", access.credential},
                                                          {"RINGFENCE_URL", access.gateway_url}};
  for (const KnownClient& client : known_clients()) {
    for (const ClientVariable& variable : client.variables) {
      if (access.client != nullptr && holds(access.client->not_for_it, variable.name)) continue;
      if (own(variable.name, access)) continue;
      granted.emplace(variable.name, client_value(variable, access.gateway_url, access.credential));
    }
  }
  for (const OwnKeyWire& wire : own_key_wires()) {
    if (!access.brings_own_key(wire.wire)) continue;
    granted.emplace(wire.header_variable, "x-ringfence-credential: " + access.credential);
  }
  std::vector<std::string> entries;
  for (const auto& [name, value] : granted) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<std::string> child_environment(std::span<const std::string> inherited,
                                           const ChildAccess& access) {
  std::vector<std::string> environment;
  std::vector<std::string> granted = granted_to_child(access);
  for (const std::string& entry : inherited) {
    const std::string_view name = name_of(entry);
    const bool replaced = std::ranges::any_of(
        granted, [name](const std::string& ours) { return name_of(ours) == name; });
    if (!replaced && !withheld(name, access)) environment.push_back(entry);
  }
  std::ranges::move(granted, std::back_inserter(environment));
  return environment;
}

std::vector<std::string> withheld_names(std::span<const std::string> inherited,
                                        const ChildAccess& access) {
  std::vector<std::string> names;
  for (const std::string& entry : inherited) {
    const std::string_view name = name_of(entry);
    if (withheld(name, access) && !name.starts_with("RINGFENCE_")) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace ringfence
