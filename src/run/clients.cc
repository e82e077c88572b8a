// SPDX-License-Identifier: Apache-2.0
#include "run/clients.h"

#include <algorithm>

namespace ringfence {
namespace {

using enum ClientValue;

// openai-python and openai-node, README, "environment variables".
constexpr ClientVariable kOpenAi[] = {{"OPENAI_BASE_URL", openai_url},
                                      {"OPENAI_API_KEY", credential}};
// It posts its traces to a fixed address: openai-agents-python, docs/tracing.md; measured.
constexpr ClientVariable kOpenAiAgents[] = {{"OPENAI_AGENTS_DISABLE_TRACING", text, "1"}};
// anthropic-sdk-python and -typescript, client constructors; the SDK appends /v1/messages.
constexpr ClientVariable kAnthropic[] = {{"ANTHROPIC_BASE_URL", anthropic_url},
                                         {"ANTHROPIC_API_KEY", credential}};
// code.claude.com/docs/en/env-vars. With a key in ANTHROPIC_API_KEY too it asks for a confirmation
// and warns of a conflict.
constexpr ClientVariable kClaudeCode[] = {{"ANTHROPIC_AUTH_TOKEN", credential},
                                          {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", text, "1"}};
constexpr std::string_view kNotForClaudeCode[] = {"ANTHROPIC_API_KEY"};
// Its `exec` reads this (openai/codex, codex-rs/login, CODEX_API_KEY_ENV_VAR); measured on 0.169.
constexpr ClientVariable kCodex[] = {{"CODEX_API_KEY", credential}};
// googleapis/python-genai, google/genai/_base_url.py; @google/genai the same. It appends
// /v1beta/models/….
constexpr ClientVariable kGoogleGenAi[] = {{"GOOGLE_GEMINI_BASE_URL", gemini_url},
                                           {"GEMINI_API_KEY", credential}};
// google-gemini/gemini-cli, packages/core/src/core/contentGenerator.ts: OPENAI_BASE_URL would turn
// it to another wire. GEMINI_BASE_URL is read by some wrappers of it.
constexpr ClientVariable kGeminiCli[] = {{"GEMINI_BASE_URL", gemini_url}};
constexpr std::string_view kNotForGeminiCli[] = {"OPENAI_BASE_URL", "OPENAI_API_BASE"};
// langchain_openai reads OPENAI_API_BASE; langchain_anthropic ANTHROPIC_API_URL before
// ANTHROPIC_BASE_URL (its ChatAnthropic.anthropic_api_url).
constexpr ClientVariable kLangChain[] = {{"OPENAI_API_BASE", openai_url},
                                         {"ANTHROPIC_API_URL", anthropic_url}};
// BerriAI/litellm, main.py: ANTHROPIC_API_BASE before ANTHROPIC_BASE_URL, and appends
// /v1/messages; vertex_llm_base.py appends only /models/… to GEMINI_API_BASE.
constexpr ClientVariable kLiteLlm[] = {{"OPENAI_API_BASE", openai_url},
                                       {"ANTHROPIC_API_BASE", anthropic_url},
                                       {"GEMINI_API_BASE", gemini_api_url}};
// LiteLLM beneath; its own form of --openai-api-base wins over OPENAI_API_BASE.
constexpr ClientVariable kAider[] = {{"AIDER_OPENAI_API_BASE", openai_url},
                                     {"AIDER_ANALYTICS", text, "false"}};

// openai-python, lib/_client_auth.py, and openai-node, client.ts; anthropic-sdk-python and
// -typescript, client constructors, and code.claude.com/docs/en/env-vars: a line each. gemini-cli,
// contentGenerator.ts: with commas. Read in openai 3.52 and 7.55, anthropic 2.11.
constexpr std::string_view kOpenAiKeys[] = {"OPENAI_API_KEY", "CODEX_API_KEY"};
constexpr std::string_view kAnthropicKeys[] = {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN",
                                               "CLAUDE_CODE_OAUTH_TOKEN"};
constexpr std::string_view kGeminiKeys[] = {"GEMINI_API_KEY", "GOOGLE_API_KEY"};
constexpr OwnKeyWire kOwnKeyWires[] = {
    {"openai", kOpenAiKeys, "OPENAI_CUSTOM_HEADERS",
     "the OpenAI SDKs read it, Codex is given an option; others need it in their own settings"},
    {"anthropic", kAnthropicKeys, "ANTHROPIC_CUSTOM_HEADERS",
     "Claude Code and the Anthropic SDKs read it; LiteLLM and Aider cannot"},
    {"gemini", kGeminiKeys, "GEMINI_CLI_CUSTOM_HEADERS",
     "Gemini CLI reads it; google-genai, LiteLLM and Aider cannot"},
};

constexpr std::string_view kInCode =
    "is an endpoint or a key written in the code, or read from a .env file?";

constexpr KnownClient kClients[] = {
    {"Claude Code", "claude", kClaudeCode, kNotForClaudeCode,
     "does its settings.json set ANTHROPIC_BASE_URL, or use Bedrock or Vertex?"},
    {"Codex CLI",
     "codex",
     kCodex,
     {},
     "does a -c or a profile of your own choose another model_provider?"},
    {"Gemini CLI", "gemini", kGeminiCli, kNotForGeminiCli,
     "is another way to sign in chosen in its settings.json (security.auth.selectedType)?"},
    {"Aider", "aider", kAider, {}, "does .aider.conf.yml or a .env file name another endpoint?"},
    {"OpenAI SDK", "", kOpenAi, {}, kInCode},
    {"OpenAI Agents SDK", "", kOpenAiAgents, {}, kInCode},
    {"Anthropic SDK", "", kAnthropic, {}, kInCode},
    {"google-genai", "", kGoogleGenAi, {}, kInCode},
    {"LangChain", "", kLangChain, {}, kInCode},
    {"LiteLLM", "", kLiteLlm, {}, kInCode},
};

}  // namespace

std::span<const KnownClient> known_clients() { return kClients; }

const KnownClient* client_of(std::span<const std::string> command) {
  if (command.empty()) return nullptr;
  std::string_view program = command.front();
  program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0
  for (const KnownClient& client : kClients) {
    if (!client.program.empty() && client.program == program) return &client;
  }
  return nullptr;
}

std::string client_value(const ClientVariable& variable, std::string_view gateway_url,
                         std::string_view the_credential) {
  switch (variable.value) {
    case openai_url: return std::string(gateway_url) + "/v1";
    case gemini_api_url: return std::string(gateway_url) + "/v1beta";
    case anthropic_url:
    case gemini_url: return std::string(gateway_url);
    case credential: return std::string(the_credential);
    case text: return std::string(variable.text);
  }
  return {};
}

// Codex ignores OPENAI_BASE_URL. With openai_base_url alone its terminal interface asks for a
// sign-in, one that is there is sent to the gateway as the key, and a WebSocket is tried seven
// times; a provider of our own has none of that. Its hosted web search reads the context once more
// for each use, which no small budget has room for: it is off unless the user's own -c, which
// follows, says otherwise (all measured on 0.169).
std::vector<std::string> command_for_client(std::vector<std::string> command,
                                            std::string_view gateway_url, bool own_openai_key) {
  const KnownClient* client = client_of(command);
  if (client == nullptr || client->program != "codex") return command;
  const std::string url = "\"" + std::string(gateway_url) + "/v1\"";
  const std::string key = own_openai_key ? "OPENAI_API_KEY\",env_http_headers={\""
                                           "x-ringfence-credential\"=\"RINGFENCE_TOKEN\"}"
                                         : "CODEX_API_KEY\"";
  const std::vector<std::string> options{"-c",
                                         "openai_base_url=" + url,
                                         "-c",
                                         "model_provider=\"ringfence\"",
                                         "-c",
                                         "model_providers.ringfence={name=\"Ringfence\",base_url=" +
                                             url + ",env_key=\"" + key + ",wire_api=\"responses\"}",
                                         "-c",
                                         "web_search=\"disabled\""};
  command.insert(command.begin() + 1, options.begin(), options.end());
  return command;
}

std::span<const OwnKeyWire> own_key_wires() { return kOwnKeyWires; }

}  // namespace ringfence
