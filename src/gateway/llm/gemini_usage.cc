// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_usage.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/checked.h"
#include "gateway/llm/answer_reading.h"
#include "gateway/llm/member_table.h"
#include "http/headers.h"

namespace ringfence::llm {
namespace {

struct Modalities {
  std::int64_t audio = 0;
  std::int64_t image = 0;
  std::int64_t video = 0;
};

class Metadata {
 public:
  explicit Metadata(JsonSlice usage) {
    if (!usage.is(JsonKind::object)) {
      counts_.refuse();
      return;
    }
    for (JsonMembers members(usage); members.next();) take(members.key(), members.value());
  }

  void tell(Seen& seen) const {
    std::optional<Usage> counted;
    if (!counts_.nonsense()) counted = divided();
    if (!counted) {
      seen.usage_state = UsageState::nonsense;
      return;
    }
    seen.state(*counted);
    seen.unknown_dimension = seen.unknown_dimension || unknown_ || made_by_kind_.video > 0;
    if (thoughts_.value_or(0) > 0) seen.hidden_output = true;
    if (!tier_.empty()) seen.service_tier = tier_;
  }

 private:
  void take(JsonSlice key, JsonSlice value) {
    if (value.is(JsonKind::null)) return;
    const auto is = [&](std::string_view name) { return string_is(key, name); };
    if (is("promptTokenCount")) counts_.take(value, prompt_);
    if (is("cachedContentTokenCount")) counts_.take(value, cached_);
    if (is("toolUsePromptTokenCount")) counts_.take(value, tool_use_);
    if (is("candidatesTokenCount")) counts_.take(value, candidates_);
    if (is("thoughtsTokenCount")) counts_.take(value, thoughts_);
    if (is("totalTokenCount")) counts_.take(value, total_);
    if (is("promptTokensDetails")) details(value, prompt_by_kind_);
    if (is("cacheTokensDetails")) details(value, cached_by_kind_);
    if (is("toolUsePromptTokensDetails")) details(value, tool_use_by_kind_);
    if (is("candidatesTokensDetails")) details(value, made_by_kind_);
    if (is("serviceTier") && value.is(JsonKind::string)) tier_ = http::to_lower(shown(value));
    if (is("trafficType")) {
      if (string_is(value, "ON_DEMAND")) tier_ = "standard";
      if (string_is(value, "ON_DEMAND_FLEX")) tier_ = "flex";
      if (string_is(value, "ON_DEMAND_PRIORITY")) tier_ = "priority";
    }
  }

  void details(JsonSlice list, Modalities& into) {
    if (!list.is(JsonKind::array)) return counts_.refuse();
    for (JsonElements elements(list); elements.next();) {
      const JsonSlice entry = elements.value();
      const auto kind = entry.is(JsonKind::object) ? find_last(entry, "modality") : std::nullopt;
      std::optional<std::int64_t> tokens;
      if (entry.is(JsonKind::object)) {
        if (const auto stated = find_last(entry, "tokenCount")) counts_.take(*stated, tokens);
      }
      if (!kind || !tokens) continue;  // of no kind, or none of it
      if (string_is(*kind, "AUDIO")) {
        into.audio = saturating_add(into.audio, *tokens);
      } else if (string_is(*kind, "IMAGE")) {
        into.image = saturating_add(into.image, *tokens);
      } else if (string_is(*kind, "VIDEO")) {
        into.video = saturating_add(into.video, *tokens);
      } else if (!one_of(*kind, {"TEXT", "DOCUMENT", "MODALITY_UNSPECIFIED"})) {
        unknown_ = unknown_ || *tokens > 0;
      }
    }
  }

  // Parts are taken out of their whole; none where they are more than it.
  std::optional<Usage> divided() const {
    const std::int64_t prompt = prompt_.value_or(0);
    const std::int64_t cached = cached_.value_or(0);
    const std::int64_t tool_use = tool_use_.value_or(0);
    if (cached > prompt || prompt_by_kind_.audio > prompt || cached_by_kind_.audio > cached ||
        tool_use_by_kind_.audio > tool_use) {
      return std::nullopt;
    }
    // Where the cache's kinds are not told: what cannot have been anything else was audio.
    const std::int64_t cached_audio =
        std::max(cached_by_kind_.audio, prompt_by_kind_.audio - (prompt - cached));
    const std::int64_t fresh_audio =
        std::max<std::int64_t>(prompt_by_kind_.audio - cached_audio, 0);
    const std::int64_t audio = saturating_add(fresh_audio, tool_use_by_kind_.audio);

    const std::int64_t thoughts = thoughts_.value_or(0);
    const std::int64_t read = saturating_add(prompt, tool_use);
    const std::int64_t told = saturating_add(candidates_.value_or(0), thoughts);
    const std::int64_t made = std::max(told, total_.value_or(0) - read);
    const std::int64_t plain = made - thoughts - made_by_kind_.audio - made_by_kind_.image;
    if (plain < 0) return std::nullopt;
    return Usage{}
        .set(Dimension::input, read - cached - audio)
        .set(Dimension::cached_input, cached - cached_audio)
        .set(Dimension::audio_input, audio)
        .set(Dimension::cached_audio_input, cached_audio)
        .set(Dimension::output, plain)
        .set(Dimension::reasoning, thoughts)
        .set(Dimension::audio_output, made_by_kind_.audio)
        .set(Dimension::image_output, made_by_kind_.image);
  }

  Counts counts_;
  std::optional<std::int64_t> prompt_, cached_, tool_use_, candidates_, thoughts_, total_;
  Modalities prompt_by_kind_, cached_by_kind_, tool_use_by_kind_, made_by_kind_;
  std::string tier_;
  bool unknown_ = false;
};

}  // namespace

void read_gemini_usage(JsonSlice usage, Seen& seen) { Metadata(usage).tell(seen); }

}  // namespace ringfence::llm
