// SPDX-License-Identifier: Apache-2.0
#include "run/environment.h"

#include <algorithm>
#include <array>

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 8> kWithheldPrefixes{
    "OPENAI_", "ANTHROPIC_", "GEMINI_",     "AZURE_",
    "AWS_",    "RINGFENCE_", "GOOGLE_API_", "GOOGLE_APPLICATION_"};
constexpr std::array<std::string_view, 12> kWithheldNames{
    "CLAUDE_CODE_OAUTH_TOKEN", "GOOGLE_GENAI_API_KEY", "MISTRAL_API_KEY",
    "COHERE_API_KEY",          "GROQ_API_KEY",         "DEEPSEEK_API_KEY",
    "TOGETHER_API_KEY",        "OPENROUTER_API_KEY",   "XAI_API_KEY",
    "FIREWORKS_API_KEY",       "PERPLEXITY_API_KEY",   "HF_TOKEN"};

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

}  // namespace

bool withheld_from_child(std::string_view name) {
  const auto starts = [name](std::string_view prefix) { return name.starts_with(prefix); };
  return std::any_of(kWithheldPrefixes.begin(), kWithheldPrefixes.end(), starts) ||
         std::find(kWithheldNames.begin(), kWithheldNames.end(), name) != kWithheldNames.end();
}

std::vector<std::string> granted_to_child(const ChildAccess& access) {
  return {"OPENAI_API_BASE=" + access.gateway_url + "/v1", "OPENAI_API_KEY=" + access.credential,
          "OPENAI_BASE_URL=" + access.gateway_url + "/v1", "RINGFENCE_TOKEN=" + access.credential,
          "RINGFENCE_URL=" + access.gateway_url};
}

std::vector<std::string> child_environment(const std::vector<std::string>& inherited,
                                           const ChildAccess& access) {
  std::vector<std::string> environment;
  for (const std::string& entry : inherited) {
    const std::string_view name = name_of(entry);
    if (withheld_from_child(name) || std::ranges::count(access.key_variables, name) > 0) continue;
    environment.push_back(entry);
  }
  for (std::string& entry : granted_to_child(access)) environment.push_back(std::move(entry));
  return environment;
}

}  // namespace ringfence
