// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace mock {
namespace {

// A script's text has to be seen also where tokens are told to have none.
constexpr std::int64_t kScriptBytesPerToken = 4;

// SplitMix64: one well-mixed number per (seed, sequence).
std::uint64_t mixed(std::uint64_t seed, std::uint64_t sequence) {
  std::uint64_t z = seed * 0x9E3779B97F4A7C15ULL + sequence * 0xD1B54A32D192ED03ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::int64_t draw(std::int64_t low, std::int64_t high, std::uint64_t random) {
  const auto width = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(random % width);
}

std::int64_t wanted_tokens(const Knobs& knobs, std::uint64_t sequence) {
  const auto seed = static_cast<std::uint64_t>(knobs.seed);
  const auto base = draw(knobs.output_tokens_min, knobs.output_tokens_max, mixed(seed, sequence));
  const auto swing = base * std::min<std::int64_t>(knobs.noise_percent, 100) / 100;
  return draw(base - swing, base + swing, mixed(seed + 1, sequence));
}

std::string token_text(std::int64_t bytes) {
  if (bytes == 0) return {};
  if (bytes == 1) return "x";
  static constexpr std::string_view kWord = "tok";
  std::string text;
  while (static_cast<std::int64_t>(text.size()) < bytes - 1)
    text += kWord[text.size() % kWord.size()];
  return text + ' ';
}

std::string tool_name(const Call& call, const Knobs& knobs) {
  const auto first = call.tools.empty() ? std::string() : call.tools.front().name;
  if (!call.tool_chosen.empty()) return call.tool_chosen;
  if (call.tool_required) return first;
  if (knobs.tool_call == "true" || knobs.tool_call == "1") return first.empty() ? "tool" : first;
  return knobs.tool_call;
}

Part::Kind kind_of(const Call& call, std::string_view tool) {
  const auto found = std::ranges::find(call.tools, tool, &Tool::name);
  return found != call.tools.end() && found->custom ? Part::Kind::custom : Part::Kind::function;
}

// Text, or a tool's arguments {"text":"tok tok "}.
Part generated_part(const Call& call, const Knobs& knobs, std::uint64_t sequence) {
  Part part{.name = tool_name(call, knobs),
            .tokens = wanted_tokens(knobs, sequence),
            .token = token_text(knobs.bytes_per_token)};
  if (part.name.empty()) return part;
  part.kind = kind_of(call, part.name);
  if (part.kind == Part::Kind::function) {
    part.open = R"({"text":")";
    part.close = R"("})";
  }
  return part;
}

std::vector<Part> scripted_parts(const Call& call, const Knobs& knobs, const Turn& turn) {
  const auto bytes = knobs.bytes_per_token > 0 ? knobs.bytes_per_token : kScriptBytesPerToken;
  std::vector<Part> parts;
  const auto add = [&](Part::Kind kind, const std::string& name, const std::string& text) {
    Part part{.kind = kind, .name = name};
    part.pieces = pieces_of(text, static_cast<std::size_t>(bytes));
    part.tokens = static_cast<std::int64_t>(part.pieces.size());
    parts.push_back(std::move(part));
  };
  if (!turn.text.empty()) add(Part::Kind::text, "", turn.text);
  for (const auto& each : turn.calls) {
    const auto kind = kind_of(call, each.tool);
    add(kind, each.tool, kind == Part::Kind::custom ? each.input : each.arguments);
  }
  return parts;
}

// Leaves of the parts what fits into `room` tokens. Returns whether something was cut.
bool cut(std::vector<Part>& parts, std::int64_t room) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto& part = parts[i];
    if (part.tokens <= room) {
      room -= part.tokens;
      continue;
    }
    part.tokens = room;
    part.whole = false;
    parts.resize(i + (i == 0 || room > 0 ? 1 : 0));
    return true;
  }
  return false;
}

Counts input_of(const Call& call, const Knobs& knobs, std::size_t body_bytes) {
  Counts counts;
  auto left = input_tokens_of(call, knobs, body_bytes);
  const auto take = [&left](std::int64_t wanted) {
    const auto taken = std::min(wanted, left);
    left -= taken;
    return taken;
  };
  counts.cached = take(knobs.cached_tokens);
  counts.write_5m = take(knobs.cache_write_5m_tokens);
  counts.write_1h = take(knobs.cache_write_1h_tokens);
  counts.uncached = left;
  return counts;
}

}  // namespace

std::string Part::text(std::int64_t first, std::int64_t count) const {
  std::string out = first == 0 ? open : "";
  if (!pieces.empty()) {
    for (auto i = first; i < first + count; ++i) out += pieces[static_cast<std::size_t>(i)];
  } else {
    out.reserve(out.size() + token.size() * static_cast<std::size_t>(count) + close.size());
    for (std::int64_t i = 0; i < count; ++i) out += token;
  }
  if (first + count == tokens && whole) out += close;
  return out;
}

std::int64_t Plan::visible_tokens() const {
  std::int64_t sum = 0;
  for (const auto& part : parts) sum += part.tokens;
  return sum;
}

bool Plan::calls_tool() const {
  return std::ranges::any_of(parts, [](const Part& part) { return !part.is_text(); });
}

Counts Plan::counts() const {
  Counts all = input;
  all.output = tokens() * choices;
  all.reasoning = reasoning_tokens * choices;
  all.searches = searches;
  return all;
}

std::int64_t input_tokens_of(const Call& call, const Knobs& knobs, std::size_t body_bytes) {
  const auto divisor = std::max<std::int64_t>(knobs.input_bytes_per_token, 1);
  const auto counted = call.given_tokens + (call.text_bytes + divisor - 1) / divisor;
  const auto most = std::max<std::int64_t>(static_cast<std::int64_t>(body_bytes), 1);
  return knobs.input_tokens.value_or(std::clamp<std::int64_t>(counted, 1, most));
}

Plan make_plan(const Call& call, const Knobs& knobs, const Turn* turn, std::size_t body_bytes,
               std::uint64_t sequence) {
  Plan plan;
  plan.id = fmt::format("mock{:08x}", sequence);
  plan.model = call.model;
  plan.created_unix_s = static_cast<std::int64_t>(std::time(nullptr));
  plan.choices = call.choices;
  plan.input = input_of(call, knobs, body_bytes);
  plan.service_tier = knobs.service_tier.empty() ? call.service_tier : knobs.service_tier;
  plan.usage = knobs.usage;
  if (call.stream) plan.usage_steps = knobs.usage_steps;
  if (!call.generates) return plan;
  const auto room = std::max<std::int64_t>(knobs.context - plan.input.input(), 0);
  auto limit = std::min(knobs.max_output, room);
  if (call.cap && !knobs.ignore_cap) limit = std::min(limit, *call.cap);
  plan.reasoning_tokens = std::min(knobs.reasoning_tokens, limit);
  plan.searches = knobs.web_searches;
  if (call.searches_max && !knobs.ignore_cap) {
    plan.searches = std::min(plan.searches, *call.searches_max);
  }
  if (turn != nullptr) {
    plan.parts = scripted_parts(call, knobs, *turn);
  } else {
    plan.parts.push_back(generated_part(call, knobs, sequence));
  }
  const bool cut_text = cut(plan.parts, limit - plan.reasoning_tokens);
  plan.capped = cut_text || knobs.reasoning_tokens > limit;
  return plan;
}

}  // namespace mock
