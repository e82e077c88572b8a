// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_usage.h"

#include <algorithm>

#include "base/checked.h"

namespace ringfence::llm {
namespace {

bool asks_for(const CallFacts& facts, Dimension dimension) {
  return std::ranges::find(facts.extras, dimension, &Extra::dimension) != facts.extras.end();
}

bool is_count(JsonSlice value) { return value.integer().value_or(0) > 0; }

}  // namespace

AnthropicTotals::AnthropicTotals(const CallFacts& facts)
    : hour_asked_(asks_for(facts, Dimension::cache_write_1h)),
      sessions_billed_(asks_for(facts, Dimension::code_session)) {}

void AnthropicTotals::raise(Tokens& tokens, const Tokens& other) {
  for (const auto member : {&Tokens::input, &Tokens::output, &Tokens::cache_read,
                            &Tokens::cache_write, &Tokens::write_5m, &Tokens::write_1h}) {
    if (other.*member) tokens.*member = std::max((tokens.*member).value_or(0), *(other.*member));
  }
}

void AnthropicTotals::add(Tokens& tokens, const Tokens& other) {
  for (const auto member : {&Tokens::input, &Tokens::output, &Tokens::cache_read,
                            &Tokens::cache_write, &Tokens::write_5m, &Tokens::write_1h}) {
    if (other.*member) {
      tokens.*member = saturating_add((tokens.*member).value_or(0), *(other.*member));
    }
  }
}

bool AnthropicTotals::read_count(const JsonMembers& members, Tokens& tokens) {
  const JsonSlice value = members.value();
  if (members.key_is("input_tokens")) return counts_.take(value, tokens.input), true;
  if (members.key_is("output_tokens")) return counts_.take(value, tokens.output), true;
  if (members.key_is("cache_read_input_tokens"))
    return counts_.take(value, tokens.cache_read), true;
  if (members.key_is("cache_creation_input_tokens"))
    return counts_.take(value, tokens.cache_write), true;
  if (members.key_is("cache_creation")) return read_cache(value, tokens), true;
  return false;
}

void AnthropicTotals::read_cache(JsonSlice object, Tokens& tokens) {
  if (object.is(JsonKind::null)) return;
  if (!object.is(JsonKind::object)) {
    counts_.refuse();
    return;
  }
  for (JsonMembers members(object); members.next();) {
    if (members.key_is("ephemeral_5m_input_tokens")) {
      counts_.take(members.value(), tokens.write_5m);
    } else if (members.key_is("ephemeral_1h_input_tokens")) {
      counts_.take(members.value(), tokens.write_1h);
    } else {
      odd_ = odd_ || is_count(members.value());
    }
  }
}

void AnthropicTotals::read_hosted(JsonSlice object) {
  if (!object.is(JsonKind::object)) return;
  Count searches;
  for (JsonMembers members(object); members.next();) {
    if (members.key_is("web_search_requests")) {
      counts_.take(members.value(), searches);
    } else if (!members.key_is("web_fetch_requests") && !members.key_is("tool_search_requests")) {
      odd_ = odd_ || is_count(members.value());
    }
  }
  searches_ = std::max(searches_, searches.value_or(0));
}

void AnthropicTotals::read_iterations(JsonSlice array) {
  if (!array.is(JsonKind::array)) return;
  Tokens sum;
  for (JsonElements elements(array); elements.next();) {
    if (!elements.value().is(JsonKind::object)) {
      counts_.refuse();
      return;
    }
    Tokens one;
    bool own = false;
    for (JsonMembers members(elements.value()); members.next();) {
      if (read_count(members, one)) continue;
      if (members.key_is("type")) {
        own = string_is(members.value(), "message") || string_is(members.value(), "compaction");
      }
    }
    odd_ = odd_ || !own;
    add(sum, one);
  }
  raise(iterations_, sum);
}

void AnthropicTotals::read_tier(const JsonMembers& members) {
  if (!members.value().is(JsonKind::string)) return;
  if (members.key_is("service_tier")) tier_ = decode_string(members.value());
  if (members.key_is("speed")) speed_ = decode_string(members.value());
  if (members.key_is("inference_geo")) geo_ = decode_string(members.value());
}

void AnthropicTotals::read_tokens(JsonSlice usage, Tokens& tokens) {
  for (JsonMembers members(usage); members.next();) {
    if (read_count(members, tokens)) continue;
    const JsonSlice value = members.value();
    if (members.key_is("server_tool_use")) {
      read_hosted(value);
    } else if (members.key_is("iterations")) {
      read_iterations(value);
    } else if (members.key_is("output_tokens_details")) {
      Count thinking;
      const auto stated =
          value.is(JsonKind::object) ? find_last(value, "thinking_tokens") : std::nullopt;
      if (stated) counts_.take(*stated, thinking);
      thinking_ = std::max(thinking_, thinking.value_or(0));
    } else if (value.is(JsonKind::number)) {
      odd_ = odd_ || is_count(value);
    } else {
      read_tier(members);
    }
  }
}

void AnthropicTotals::read(JsonSlice usage, Seen& seen) {
  if (usage.is(JsonKind::object)) {
    Tokens tokens;
    read_tokens(usage, tokens);
    raise(totals_, tokens);
  } else {
    counts_.refuse();
  }
  show(seen);
}

void AnthropicTotals::saw_container(Seen& seen) {
  container_ = true;
  if (seen.usage_state == UsageState::stated) show(seen);
}

void AnthropicTotals::show(Seen& seen) const {
  Tokens all = totals_;
  raise(all, iterations_);
  // Thinking is a part of the output.
  if (counts_.nonsense() || !all.input || !all.output || thinking_ > *all.output) {
    seen.usage_state = UsageState::nonsense;
    return;
  }
  const std::int64_t split_5m = all.write_5m.value_or(0);
  const std::int64_t split_1h = all.write_1h.value_or(0);
  const std::int64_t split = saturating_add(split_5m, split_1h);
  const std::int64_t rest = std::max<std::int64_t>(all.cache_write.value_or(0) - split, 0);
  Usage usage;
  usage.set(Dimension::input, *all.input)
      .set(Dimension::cached_input, all.cache_read.value_or(0))
      .set(Dimension::cache_write_5m, saturating_add(split_5m, hour_asked_ ? 0 : rest))
      .set(Dimension::cache_write_1h, saturating_add(split_1h, hour_asked_ ? rest : 0))
      .set(Dimension::output, *all.output - thinking_)
      .set(Dimension::reasoning, thinking_)
      .set(Dimension::web_search, searches_)
      .set(Dimension::code_session, container_ && sessions_billed_ ? 1 : 0);
  seen.state(usage);
  seen.unknown_dimension = seen.unknown_dimension || odd_;
  seen.hidden_output = seen.hidden_output || thinking_ > 0;
  // What multiplies a price is a tier of its own: no card, no price.
  seen.service_tier = tier_;
  const auto joins = [&](const std::string& word) {
    seen.service_tier += (seen.service_tier.empty() ? "" : "+") + word;
  };
  if (!speed_.empty() && speed_ != "standard") joins(speed_);
  if (!geo_.empty() && geo_ != "global" && geo_ != "not_available") joins(geo_);
}

}  // namespace ringfence::llm
