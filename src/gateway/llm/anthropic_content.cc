// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_content.h"

#include <algorithm>

#include "gateway/llm/anthropic_tools.h"
#include "gateway/llm/member_table.h"

namespace ringfence::llm {
namespace {

// Blocks that are text, hold other blocks, or say by their members what they refer to.
constexpr std::string_view kBlocks[] = {
    "text",         "thinking", "redacted_thinking", "tool_use",         "server_tool_use",
    "mcp_tool_use", "image",    "document",          "tool_reference",   "container_upload",
    "compaction",   "fallback", "tool_addition",     "mcp_tool_listing", "tool_removal",
    "browser_state"};
// "tool_result", "web_search_tool_result", "web_fetch_result", "…_tool_result_error", …
constexpr std::string_view kBlockEndings[] = {"_result", "_result_error", "_output"};

bool is_known_block(JsonSlice type) {
  if (!type.is(JsonKind::string)) return false;
  const std::string name = decode_string(type);
  return std::ranges::find(kBlocks, name) != std::ranges::end(kBlocks) ||
         std::ranges::any_of(kBlockEndings, [&](auto end) { return name.ends_with(end); });
}

class Walk {
 public:
  explicit Walk(AnthropicNotes& notes) : notes_(notes) {}

  // A text, a block, or blocks.
  Result<void> content(JsonSlice value, const AnthropicPath& path) {
    if (value.is(JsonKind::object)) return block(value, path);
    if (!value.is(JsonKind::array)) return {};
    std::size_t index = 0;
    for (JsonElements elements(value); elements.next(); ++index) {
      if (!elements.value().is(JsonKind::object)) {
        return invalid("an object was expected", path.at(index).text());
      }
      if (auto read = block(elements.value(), path.at(index)); !read) return read;
    }
    return {};
  }

 private:
  Result<void> block(JsonSlice object, const AnthropicPath& path) {
    bool typed = false;
    for (JsonMembers members(object); members.next();) {
      const JsonSlice value = members.value();
      Result<void> read;
      if (members.key_is("type")) {
        typed = true;
        if (!is_known_block(value)) notes_.is_unknown(path.member("type"));
      } else if (members.key_is("cache_control")) {
        notes_.caches(value, path.member("cache_control"));
      } else if (members.key_is("file_id")) {
        file(value);
      } else if (members.key_is("source")) {
        read = source(value, path.member("source"));
      } else if (members.key_is("content")) {
        read = content(value, path.member("content"));
      } else if (members.key_is("tool_changes")) {
        read = content(value, path.member("tool_changes"));
      } else if (members.key_is("tool")) {
        read = tool(value, path.member("tool"));
      }
      if (!read) return read;
    }
    if (!typed) notes_.is_unknown(path.member("type"));
    return {};
  }

  // A search result's source is its address, and text.
  Result<void> source(JsonSlice value, const AnthropicPath& path) {
    if (!value.is(JsonKind::object)) return {};
    for (JsonMembers members(value); members.next();) {
      if (members.key_is("file_id")) file(members.value());
      if (members.key_is("content")) {
        if (auto read = content(members.value(), path.member("content")); !read) return read;
      }
      if (!members.key_is("type") || one_of(members.value(), {"text", "content"})) continue;
      if (string_is(members.value(), "base64")) {
        embedded(value);
      } else {
        notes_.facts.refers_outside = true;
        if (!one_of(members.value(), {"url", "file"})) notes_.is_unknown(path.member("type"));
      }
    }
    return {};
  }

  // An image costs by its pixels. A PDF has pages, which its bytes do not tell.
  void embedded(JsonSlice source) {
    const auto data = find_only(source, "data");
    const bool once = data && data->is(JsonKind::string) && find_only(source, "type");
    const auto size = once ? image_size_of_base64(data->raw_string()) : std::nullopt;
    if (!size) {
      notes_.facts.refers_outside = true;
      return;
    }
    notes_.facts.has_images = true;
    notes_.images.push_back(*size);
    notes_.image_bytes += static_cast<std::int64_t>(data->text.size());
  }

  void file(JsonSlice id) {
    if (!id.is(JsonKind::string)) return;
    notes_.names(id);
    notes_.facts.refers_outside = true;
  }

  // A tool that is added in mid-conversation may be defined there.
  Result<void> tool(JsonSlice value, const AnthropicPath& path) {
    if (!value.is(JsonKind::object)) return {};
    for (JsonMembers members(value); members.next();) {
      if (!members.key_is("definition")) continue;
      auto read = read_anthropic_tool(members.value(), path.member("definition"), notes_);
      if (!read) return read;
    }
    return {};
  }

  AnthropicNotes& notes_;
};

}  // namespace

Result<void> read_anthropic_content(JsonSlice content, const AnthropicPath& path,
                                    AnthropicNotes& notes) {
  const bool fits =
      content.is(JsonKind::string) || content.is(JsonKind::array) || content.is(JsonKind::null);
  if (!fits) return invalid("a string or an array was expected", path.text());
  return Walk(notes).content(content, path);
}

Result<void> read_anthropic_messages(JsonSlice messages, AnthropicNotes& notes) {
  const AnthropicPath path("messages");
  if (!messages.is(JsonKind::array)) return invalid("an array was expected", path.text());
  std::size_t index = 0;
  for (JsonElements elements(messages); elements.next(); ++index) {
    const AnthropicPath at = path.at(index);
    if (!elements.value().is(JsonKind::object)) {
      return invalid("an object was expected", at.text());
    }
    notes.overhead_tokens += kAnthropicMessageTokens;
    for (JsonMembers members(elements.value()); members.next();) {
      if (!members.key_is("content")) continue;
      auto read = read_anthropic_content(members.value(), at.member("content"), notes);
      if (!read) return read;
    }
  }
  return {};
}

}  // namespace ringfence::llm
