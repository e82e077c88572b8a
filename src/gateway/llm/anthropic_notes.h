// SPDX-License-Identifier: Apache-2.0
// AnthropicNotes: what the walk over one Messages request finds out about its cost.
//
// Contract: pure; one request. Of several members that cost the same thing the first one's path is
// kept. A path is only written out where it is needed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"
#include "pricing/image_size.h"

namespace ringfence::llm {

// Where a value stands: "messages[3].content[0].source" as a chain on the stack.
class AnthropicPath {
 public:
  explicit AnthropicPath(std::string_view name) : name_(name) {}
  AnthropicPath member(std::string_view name) const { return {this, name, kNoIndex}; }
  AnthropicPath at(std::size_t index) const { return {this, {}, index}; }
  std::string text() const;

 private:
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
  AnthropicPath(const AnthropicPath* up, std::string_view name, std::size_t index)
      : up_(up), name_(name), index_(index) {}

  const AnthropicPath* up_ = nullptr;
  std::string_view name_;
  std::size_t index_ = kNoIndex;
};

// A hosted tool that may be used without end unless a cap is written into it.
struct AnthropicOpenTool {
  JsonSlice tool;
  std::optional<JsonSlice> max_uses;  // a null that stands there
};

struct AnthropicNotes {
  explicit AnthropicNotes(CallFacts& into) : facts(into) {}

  void costs_unpriced(const AnthropicPath& path);
  void is_unknown(const AnthropicPath& path);
  // `most` adds up over all that ask for it.
  void adds(Dimension dimension, std::int64_t most, const AnthropicPath& path);
  // Writes to the prompt cache, for minutes or for an hour.
  void caches(JsonSlice cache_control, const AnthropicPath& path);
  // Something that the provider keeps under a name.
  void names(JsonSlice id);

  CallFacts& facts;
  std::int64_t overhead_tokens = 0;  // beside the bytes of the body
  bool has_tools = false;
  bool loops = false;  // a hosted tool runs that no member caps
  std::vector<AnthropicOpenTool> open_tools;
  std::vector<ImageSize> images;  // in the body, of a known size
  std::int64_t image_bytes = 0;   // that they take of it
};

}  // namespace ringfence::llm
