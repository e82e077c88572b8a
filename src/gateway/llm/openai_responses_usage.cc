// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_usage.h"

#include <algorithm>

#include "base/checked.h"
#include "gateway/llm/answer_reading.h"
#include "gateway/llm/member_table.h"

namespace ringfence::llm {
namespace {

struct Details {
  std::optional<std::int64_t> cached, written, written_long, reasoning, text;
  bool other = false;  // tokens of a kind that is not known
};

void read_written(JsonSlice object, Details& details, Counts& counts) {
  if (!object.is(JsonKind::object)) return;
  for (JsonMembers members(object); members.next();) {
    if (members.key_is("ttl_12h_tokens")) counts.take(members.value(), details.written_long);
  }
}

void read_details(JsonSlice object, Details& details, Counts& counts) {
  if (object.is(JsonKind::null)) return;
  if (!object.is(JsonKind::object)) return counts.refuse();
  for (JsonMembers members(object); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("cached_tokens")) {
      counts.take(value, details.cached);
    } else if (members.key_is("cache_write_tokens")) {
      counts.take(value, details.written);
    } else if (members.key_is("cache_write_tokens_details")) {
      read_written(value, details, counts);
    } else if (members.key_is("reasoning_tokens")) {
      counts.take(value, details.reasoning);
    } else if (members.key_is("text_tokens")) {
      counts.take(value, details.text);
    } else {
      details.other = details.other || value.integer().value_or(0) > 0;
    }
  }
}

bool add_once(std::string id, std::vector<std::string>& ids) {
  if (ids.size() == kAnswerObjectsMax || std::ranges::find(ids, id) != ids.end()) return false;
  ids.push_back(std::move(id));
  return true;
}

// Opening a page that a search has found is no search.
bool is_search(JsonSlice item) {
  const auto action = find_last(item, "action");
  const auto type = action && action->is(JsonKind::object) ? find_last(*action, "type")
                                                           : std::optional<JsonSlice>();
  return !type || !one_of(*type, {"open_page", "find", "find_in_page"});
}

}  // namespace

void keep_object_id(JsonSlice value, std::vector<std::string>& ids) {
  if (value.is(JsonKind::object)) {
    const auto id = find_last(value, "id");
    if (!id || !id->is(JsonKind::string)) return;
    return keep_object_id(*id, ids);
  }
  if (value.is(JsonKind::string) && value.text != "\"\"") add_once(decode_string(value), ids);
}

void ResponseItems::add(JsonSlice item, Seen& seen) {
  const auto type = find_last(item, "type");
  if (!type) return;
  if (string_is(*type, "web_search_call")) {
    searches_ += is_search(item) ? 1 : 0;
  } else if (string_is(*type, "file_search_call")) {
    ++file_searches_;
  } else if (one_of(*type, {"code_interpreter_call", "shell_call"})) {
    const auto place = string_is(*type, "shell_call") ? find_last(item, "environment") : item;
    const auto container = place && place->is(JsonKind::object) ? find_last(*place, "container_id")
                                                                : std::optional<JsonSlice>();
    if (container && container->is(JsonKind::string)) {
      add_once(decode_string(*container), containers_);
    } else if (string_is(*type, "code_interpreter_call")) {
      ++nameless_sessions_;  // a shell without a container is the client's
    }
  } else if (one_of(*type, {"image_generation_call", "mcp_call", "program"})) {
    seen.unknown_dimension = true;
  } else if (one_of(*type, {"reasoning", "compaction"})) {
    seen.hidden_output = true;
  }
}

std::int64_t ResponseItems::of(Dimension dimension) const {
  switch (dimension) {
    case Dimension::web_search: return searches_;
    case Dimension::file_search: return file_searches_;
    case Dimension::code_session:
      return nameless_sessions_ + static_cast<std::int64_t>(containers_.size());
    default: return 0;
  }
}

void read_responses_usage(JsonSlice usage, const Usage& items, Seen& seen) {
  Counts counts;
  std::optional<std::int64_t> input, output, total;
  Details read, made;
  if (!usage.is(JsonKind::object)) {
    counts.refuse();
  } else {
    for (JsonMembers members(usage); members.next();) {
      const JsonSlice value = members.value();
      if (members.key_is("input_tokens")) counts.take(value, input);
      if (members.key_is("output_tokens")) counts.take(value, output);
      if (members.key_is("total_tokens")) counts.take(value, total);
      if (members.key_is("input_tokens_details")) read_details(value, read, counts);
      if (members.key_is("output_tokens_details")) read_details(value, made, counts);
    }
  }
  const auto nonsense = [&] { seen.usage_state = UsageState::nonsense; };
  if (counts.nonsense() || !input || !output) return nonsense();
  const std::int64_t written = read.written.value_or(0);
  const std::int64_t written_long = read.written_long.value_or(0);
  if (written_long > written) return nonsense();
  // Some providers keep reasoning outside of output_tokens; then only the total has it.
  const std::int64_t reasoning = made.reasoning.value_or(0);
  const std::int64_t all =
      std::max(reasoning > *output ? saturating_add(*output, reasoning) : *output,
               total.value_or(0) - *input);
  Usage counted = items;
  const bool whole = divide(counted, Dimension::input, *input,
                            {{Dimension::cached_input, read.cached},
                             {Dimension::cache_write_5m, written - written_long},
                             {Dimension::cache_write_1h, written_long}}) &&
                     divide(counted, Dimension::output, all, {{Dimension::reasoning, reasoning}});
  if (!whole) return nonsense();
  seen.state(counted);
  seen.unknown_dimension = seen.unknown_dimension || read.other || made.other;
  if (reasoning > 0) seen.hidden_output = true;
}

}  // namespace ringfence::llm
