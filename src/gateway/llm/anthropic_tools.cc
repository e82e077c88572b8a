// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_tools.h"

#include "base/checked.h"
#include "gateway/llm/member_table.h"

namespace ringfence::llm {
namespace {

enum class ToolKind : std::uint8_t {
  custom,
  client,   // runs at the client, defined by the provider
  toolset,  // the same, of a size that no one states
  web_search,
  web_fetch,
  code_execution,
  tool_search,
  other,
};

struct ToolType {
  std::string_view prefix;
  ToolKind kind;
};

constexpr ToolType kTypes[] = {
    {"bash_20", ToolKind::client},
    {"text_editor_20", ToolKind::client},
    {"computer_20", ToolKind::client},
    {"memory_20", ToolKind::client},
    {"computer_toolset_20", ToolKind::toolset},
    {"browser_toolset_20", ToolKind::toolset},
    {"web_search_20", ToolKind::web_search},
    {"web_fetch_20", ToolKind::web_fetch},
    {"code_execution_20", ToolKind::code_execution},
    {"tool_search_tool_bm25", ToolKind::tool_search},
    {"tool_search_tool_regex", ToolKind::tool_search},
};

ToolKind kind_of(const std::string& type) {
  if (type == "custom") return ToolKind::custom;
  for (const ToolType& known : kTypes) {
    if (type.starts_with(known.prefix)) return known.kind;
  }
  return ToolKind::other;
}

// These two have no code that calls them in a loop of its own.
bool is_plain_hosted(const std::string& type) {
  return type == "web_search_20250305" || type == "web_fetch_20250910";
}

struct Tool {
  std::optional<JsonSlice> type, max_uses;
};

Result<Tool> read_tool(JsonSlice slice, const AnthropicPath& path, AnthropicNotes& notes) {
  Tool tool;
  for (JsonMembers members(slice); members.next();) {
    const JsonSlice value = members.value();
    for (const auto& [name, into] : {std::pair{std::string_view("type"), &tool.type},
                                     std::pair{std::string_view("max_uses"), &tool.max_uses}}) {
      if (!members.key_is(name)) continue;
      if (*into) return invalid("this member stands twice", path.member(name).text());
      *into = value;
    }
    if (members.key_is("cache_control")) notes.caches(value, path.member("cache_control"));
  }
  return tool;
}

// How often it may be used at most; where nothing says so, a cap will be written in.
Result<std::int64_t> uses_of(JsonSlice slice, const Tool& tool, const AnthropicPath& path,
                             AnthropicNotes& notes) {
  if (tool.max_uses && !tool.max_uses->is(JsonKind::null)) {
    return read_integer(*tool.max_uses, 1, kHostedUsesMax, path.member("max_uses").text());
  }
  notes.open_tools.push_back({.tool = slice, .max_uses = tool.max_uses});
  return kHostedUses;
}

}  // namespace

Result<void> read_anthropic_tool(JsonSlice slice, const AnthropicPath& path,
                                 AnthropicNotes& notes) {
  if (!slice.is(JsonKind::object)) return invalid("an object was expected", path.text());
  notes.has_tools = true;
  const auto tool = read_tool(slice, path, notes);
  if (!tool) return std::unexpected(tool.error());
  std::string type = "custom";
  if (tool->type && !tool->type->is(JsonKind::null)) {
    if (!tool->type->is(JsonKind::string)) {
      return invalid("a string was expected", path.member("type").text());
    }
    type = decode_string(*tool->type);
  }
  const ToolKind kind = kind_of(type);
  notes.overhead_tokens += kind == ToolKind::custom ? kCustomToolTokens : kClientToolTokens;
  switch (kind) {
    case ToolKind::custom:
    case ToolKind::client: break;
    case ToolKind::toolset: notes.facts.refers_outside = true; break;
    case ToolKind::web_search:
    case ToolKind::web_fetch: {
      const auto uses = uses_of(slice, *tool, path, notes);
      if (!uses) return std::unexpected(uses.error());
      notes.facts.rounds = saturating_add(notes.facts.rounds, *uses);
      notes.loops = notes.loops || !is_plain_hosted(type);
      if (kind == ToolKind::web_search) notes.adds(Dimension::web_search, *uses, path);
      break;
    }
    case ToolKind::code_execution:
      notes.loops = true;
      notes.adds(Dimension::code_session, 1, path);
      break;
    case ToolKind::tool_search: notes.loops = true; break;
    case ToolKind::other: notes.costs_unpriced(path.member("type")); break;
  }
  return {};
}

}  // namespace ringfence::llm
