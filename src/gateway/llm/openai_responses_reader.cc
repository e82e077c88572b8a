// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_reader.h"

#include <algorithm>

#include "gateway/llm/request_reading.h"

namespace ringfence::llm {
namespace {

std::int64_t size_of(JsonSlice value) { return static_cast<std::int64_t>(value.text.size()); }

std::int64_t overhead(std::int64_t items, std::int64_t tools) {
  return kResponseOverheadTokens + items * kItemOverheadTokens +
         tools * kResponseToolOverheadTokens;
}

}  // namespace

Result<void> ResponsesReader::read() {
  const std::string_view body = request_.body_;
  if (const auto checked = check_json(body); !checked) return checked;
  const JsonSlice root = json_root(body);
  if (!root.is(JsonKind::object)) return invalid("the body must be a JSON object");
  request_.members_begin_ = root.offset_in(body) + 1;
  const auto taken = read_members(
      root, responses_members(), "",
      [this](ResponsesMember member, const std::string& name, JsonSlice value) {
        return take_known(member, name, value);
      },
      [this](std::string path) { is_unknown(std::move(path)); });
  if (!taken) return taken;
  if (!request_.model_) return invalid("a model must be named", "model");
  if (too_many_objects_) {
    return invalid("this request names more than " + std::to_string(kObjectNamesMax) +
                   " things that are kept at the provider");
  }
  // Prompts are cached unasked, and newer models bill what is written.
  facts_.extras.push_back({.dimension = Dimension::cache_write_5m, .most = 0, .path = {}});
  if (hosted_) {
    const std::int64_t most = tool_calls_.value_or(kToolCallsDefault);
    request_.write_tool_calls_ = !tool_calls_;
    facts_.rounds = 1 + most;
    for (Extra& extra : facts_.extras) {
      if (!is_input(extra.dimension)) extra.most = most;
    }
  }
  facts_.input_tokens_max = size_of(root) - image_bytes_ + overhead(items_, tools_);
  return {};
}

Result<void> ResponsesReader::take_known(ResponsesMember member, const std::string& name,
                                         JsonSlice value) {
  switch (member) {
    case ResponsesMember::plain: return {};
    case ResponsesMember::model: {
      auto model = read_model(value, name);
      if (!model) return std::unexpected(model.error());
      facts_.model = *std::move(model);
      request_.model_ = range_in(request_.body_, value);
      return {};
    }
    case ResponsesMember::input:
    case ResponsesMember::instructions: return take_items(name, value);
    case ResponsesMember::max_output_tokens: {
      const auto cap = read_output_cap(value, name);
      if (!cap) return std::unexpected(cap.error());
      facts_.output_cap = *cap;
      request_.cap_ = range_in(request_.body_, value);
      return {};
    }
    case ResponsesMember::max_tool_calls: return take_tool_call_limit(name, value);
    case ResponsesMember::tools: return take_tools(name, value);
    case ResponsesMember::reasoning: take_reasoning(value); return {};
    case ResponsesMember::service_tier: take_service_tier(value); return {};
    case ResponsesMember::stream: {
      const auto stream = read_bool(value, name);
      if (!stream) return std::unexpected(stream.error());
      facts_.stream = *stream;
      return {};
    }
    case ResponsesMember::previous_response_id:
    case ResponsesMember::conversation:
    case ResponsesMember::prompt: return take_kept(name, value);
    case ResponsesMember::prompt_cache_options: take_cache_options(value, name); return {};
    case ResponsesMember::background: return take_background(value);
    case ResponsesMember::costly:
      if (!value.is(JsonKind::null) && value.text != "[]") costs_unpriced(name);
      return {};
  }
  return {};
}

Result<void> ResponsesReader::take_tool_call_limit(const std::string& name, JsonSlice value) {
  request_.tool_calls_ = range_in(request_.body_, value);
  if (value.is(JsonKind::null)) return {};
  const auto calls = read_integer(value, 0, kToolCallsMax, name);
  if (!calls) return std::unexpected(calls.error());
  tool_calls_ = *calls;
  return {};
}

Result<void> ResponsesReader::take_background(JsonSlice value) {
  const auto background = read_bool(value, "background");
  if (!background) return std::unexpected(background.error());
  if (!*background) return {};
  return invalid(
      "a response in the background would go on, and cost, without being metered; leave this out",
      "background");
}

void ResponsesReader::take_service_tier(JsonSlice value) {
  if (value.is(JsonKind::null)) return;
  if (!value.is(JsonKind::string)) return costs_unpriced("service_tier");
  if (one_of(value, {"auto", "default"})) return;
  // What is asked for may not be to be had: then the standard tier is billed. "fast" is only
  // another name, answers say what it means.
  facts_.service_tiers = {string_is(value, "fast") ? "priority" : shown(value), "default"};
}

void ResponsesReader::take_effort(JsonSlice value) {
  if (value.is(JsonKind::null)) return;
  if (!string_is(value, "none")) {
    facts_.reasoning = ReasoningWish::on;
  } else if (facts_.reasoning == ReasoningWish::model_decides) {
    facts_.reasoning = ReasoningWish::off;
  }
}

void ResponsesReader::take_reasoning(JsonSlice value) {
  if (!value.is(JsonKind::object)) {
    if (!value.is(JsonKind::null)) facts_.reasoning = ReasoningWish::on;
    return;
  }
  for (JsonMembers members(value); members.next();) {
    const JsonSlice told = members.value();
    if (members.key_is("effort")) {
      take_effort(told);
    } else if (members.key_is("mode")) {
      if (!told.is(JsonKind::null) && !string_is(told, "standard"))
        costs_unpriced("reasoning.mode");
    } else if (!members.key_is("summary") && !members.key_is("generate_summary") &&
               !members.key_is("context") && !told.is(JsonKind::null)) {
      is_unknown("reasoning." + shown(members.key()));
    }
  }
}

void ResponsesReader::take_cache_options(JsonSlice value, const std::string& where) {
  if (!value.is(JsonKind::object)) return;
  for (JsonMembers members(value); members.next();) {
    if (members.key_is("comparison_response_id")) take_object_id(members.value());
    if (!members.key_is("ttl") || members.value().is(JsonKind::null)) continue;
    if (string_is(members.value(), "30m")) continue;
    facts_.extras.push_back(
        {.dimension = Dimension::cache_write_1h, .most = 0, .path = where + ".ttl"});
  }
}

// Something that is kept at the provider and read into the call.
Result<void> ResponsesReader::take_kept(const std::string& name, JsonSlice value) {
  if (value.is(JsonKind::null)) return {};
  facts_.refers_outside = true;
  // A template may bring tools, and with them costs, that stand nowhere in the request.
  if (name == "prompt") costs_unpriced(name);
  if (value.is(JsonKind::string)) {
    take_object_id(value);
    return {};
  }
  if (!value.is(JsonKind::object) || name == "previous_response_id") {
    return invalid("an id was expected", name);
  }
  for (JsonMembers members(value); members.next();) {
    if (members.key_is("id")) take_object_id(members.value());
  }
  return {};
}

void ResponsesReader::take_object_id(JsonSlice value) {
  if (!value.is(JsonKind::string) || value.text == "\"\"") return;
  std::string id = decode_string(value);
  if (std::ranges::find(facts_.object_ids, id) != facts_.object_ids.end()) return;
  if (facts_.object_ids.size() == kObjectNamesMax) {
    too_many_objects_ = true;
  } else {
    facts_.object_ids.push_back(std::move(id));
  }
}

void ResponsesReader::take_object_ids(JsonSlice array) {
  if (!array.is(JsonKind::array)) return;
  for (JsonElements elements(array); elements.next();) take_object_id(elements.value());
}

// ---- what is read

Result<void> ResponsesReader::take_items(const std::string& name, JsonSlice value) {
  if (value.is(JsonKind::null)) return {};
  ++items_;
  if (value.is(JsonKind::string)) return {};
  if (!value.is(JsonKind::array)) return invalid("a string or an array was expected", name);
  std::size_t index = 0;
  for (JsonElements elements(value); elements.next(); ++index) {
    const std::string path = indexed(name, index, "");
    if (!elements.value().is(JsonKind::object)) return invalid("an object was expected", path);
    if (auto taken = take_item(elements.value(), path); !taken) return taken;
  }
  return {};
}

Result<void> ResponsesReader::take_item(JsonSlice item, const std::string& path) {
  ++items_;
  bool typed = false;
  bool message = false;
  for (JsonMembers members(item); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("type") && !value.is(JsonKind::null)) {
      typed = true;
      take_item_type(value, item, path);
    } else if (members.key_is("role")) {
      message = true;
    } else if (members.key_is("content") || members.key_is("output")) {
      take_parts(value, path);
    } else if (members.key_is("file_id") || members.key_is("container_id")) {
      take_object_id(value);
    } else if (members.key_is("reasoning")) {
      take_reasoning(value);
    } else if (members.key_is("tools")) {
      if (auto taken = take_tools(path + ".tools", value); !taken) return taken;
    }
  }
  // What has neither a type nor a role names an item that is kept at the provider.
  if (!typed && !message) take_item_type(json_root(R"("item_reference")"), item, path);
  return {};
}

void ResponsesReader::take_item_type(JsonSlice type, JsonSlice item, const std::string& path) {
  if (one_of(type, {"message",
                    "reasoning",
                    "function_call",
                    "function_call_output",
                    "custom_tool_call",
                    "custom_tool_call_output",
                    "local_shell_call",
                    "local_shell_call_output",
                    "shell_call",
                    "shell_call_output",
                    "apply_patch_call",
                    "apply_patch_call_output",
                    "web_search_call",
                    "file_search_call",
                    "code_interpreter_call",
                    "computer_call",
                    "mcp_list_tools",
                    "mcp_approval_request",
                    "mcp_approval_response",
                    "mcp_call",
                    "tool_search_call",
                    "tool_search_output",
                    "additional_tools",
                    "configuration_update",
                    "program",
                    "program_output"})) {
    return;
  }
  facts_.refers_outside = true;
  if (string_is(type, "item_reference")) {
    for (JsonMembers members(item); members.next();) {
      if (members.key_is("id")) take_object_id(members.value());
    }
    return;
  }
  // A compaction is short for something that is not.
  if (one_of(type, {"compaction", "computer_call_output", "image_generation_call"})) return;
  if (string_is(type, "compaction_trigger")) return costs_unpriced(path + ".type");
  is_unknown(path + ".type");
}

void ResponsesReader::take_parts(JsonSlice parts, const std::string& path) {
  if (parts.is(JsonKind::object)) {  // a screenshot
    facts_.refers_outside = true;
    for (JsonMembers members(parts); members.next();) {
      if (members.key_is("file_id")) take_object_id(members.value());
    }
  }
  if (!parts.is(JsonKind::array)) return;
  for (JsonElements elements(parts); elements.next();) {
    if (elements.value().is(JsonKind::object)) take_part(elements.value(), path);
  }
}

void ResponsesReader::take_part(JsonSlice part, const std::string& path) {
  bool typed = false;
  const bool alone = find_only(part, "type").has_value();
  for (JsonMembers members(part); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("file_id")) take_object_id(value);
    if (members.key_is("prompt_cache_breakpoint")) {
      take_cache_options(value, path + ".prompt_cache_breakpoint");
    }
    if (!members.key_is("type")) continue;
    typed = true;
    // What a shell printed has no type of its own but an outcome.
    if (one_of(value, {"input_text", "output_text", "text", "refusal", "summary_text",
                       "reasoning_text"})) {
      continue;
    }
    if (one_of(value, {"input_image", "input_file"})) {
      take_outside_part(value, part, alone);
      continue;
    }
    facts_.refers_outside = true;
    if (string_is(value, "input_audio")) {
      costs_unpriced(path + ".content");
    } else {
      is_unknown(path + ".content");
    }
  }
  if (!typed && !find_last(part, "stdout")) is_unknown(path + ".content");
}

// An image in the body has a size to count by; other images, and files, are bound by the context.
void ResponsesReader::take_outside_part(JsonSlice type, JsonSlice part, bool alone) {
  const auto url = find_only(part, "image_url");
  const auto stated = find_only(part, "detail");
  const auto detail =
      image_detail(stated && stated->is(JsonKind::string) ? decode_string(*stated) : std::string());
  const auto size =
      url && url->is(JsonKind::string) ? image_size_of_data_url(url->raw_string()) : std::nullopt;
  const bool twice = !stated && find_last(part, "detail");
  if (!alone || !string_is(type, "input_image") || !size || !detail || twice) {
    facts_.refers_outside = true;
    return;
  }
  facts_.has_images = true;
  image_bytes_ += size_of(*url);
  request_.images_.push_back({*size, *detail, url->text});
}

// ---- tools

Result<void> ResponsesReader::take_tools(const std::string& name, JsonSlice value) {
  if (value.is(JsonKind::null)) return {};
  if (!value.is(JsonKind::array)) return invalid("an array was expected", name);
  std::size_t index = 0;
  for (JsonElements elements(value); elements.next(); ++index) {
    const std::string path = indexed(name, index, "");
    if (!elements.value().is(JsonKind::object)) return invalid("an object was expected", path);
    if (auto taken = take_tool(elements.value(), path); !taken) return taken;
  }
  return {};
}

Result<void> ResponsesReader::take_tool(JsonSlice value, const std::string& path) {
  ++tools_;
  Tool tool;
  for (JsonMembers members(value); members.next();) {
    const JsonSlice told = members.value();
    if (members.key_is("type")) {
      take_tool_type(told, path, tool);
    } else if (members.key_is("vector_store_ids")) {
      take_object_ids(told);
    } else if (members.key_is("container")) {
      take_container(told, path + ".container");
    } else if (members.key_is("environment")) {
      const auto type = told.is(JsonKind::object) ? find_only(told, "type") : std::nullopt;
      tool.has_place = true;
      tool.elsewhere = tool.elsewhere || !type || !string_is(*type, "local");
      take_container(told, path + ".environment");
    } else if (members.key_is("execution")) {
      tool.has_place = true;
      tool.elsewhere = tool.elsewhere || !string_is(told, "client");
    } else if (members.key_is("prompt_cache_breakpoint")) {
      take_cache_options(told, path + ".prompt_cache_breakpoint");
    } else if (members.key_is("tools")) {
      if (auto taken = take_tools(path + ".tools", told); !taken) return taken;
    }
  }
  if (!tool.typed) is_unknown(path + ".type");
  const bool at_client = tool.has_place && !tool.elsewhere;
  if (tool.shell && !tool.has_place) costs_unpriced(path + ".environment");
  if (tool.shell && tool.elsewhere) runs_at_provider(Dimension::code_session, path);
  if (tool.searches_tools && !at_client) costs_unpriced(path + ".execution");
  return {};
}

void ResponsesReader::take_tool_type(JsonSlice type, const std::string& path, Tool& tool) {
  tool.typed = true;
  // The model only asks for these; the client runs them.
  if (one_of(type, {"function", "custom", "namespace", "local_shell", "apply_patch", "computer",
                    "computer_use_preview"})) {
    return;
  }
  if (one_of(type, {"web_search", "web_search_2025_08_26", "web_search_preview",
                    "web_search_preview_2025_03_11"})) {
    return runs_at_provider(Dimension::web_search, path);
  }
  if (string_is(type, "file_search")) return runs_at_provider(Dimension::file_search, path);
  if (string_is(type, "code_interpreter")) return runs_at_provider(Dimension::code_session, path);
  if (string_is(type, "shell")) {
    tool.shell = true;
  } else if (string_is(type, "tool_search")) {
    tool.searches_tools = true;
  } else if (one_of(type, {"image_generation", "mcp", "programmatic_tool_calling"})) {
    costs_unpriced(path + ".type");
  } else {
    is_unknown(path + ".type");
  }
}

// A container by its id, or one that is made: what it may read, and how large it is.
void ResponsesReader::take_container(JsonSlice value, const std::string& path) {
  take_object_id(value);
  if (!value.is(JsonKind::object)) return;
  for (JsonMembers members(value); members.next();) {
    const JsonSlice told = members.value();
    if (members.key_is("container_id")) take_object_id(told);
    if (members.key_is("file_ids")) take_object_ids(told);
    // The price of a session is that of the smallest container.
    if (members.key_is("memory_limit") && !told.is(JsonKind::null) && !string_is(told, "1g")) {
      costs_unpriced(path + ".memory_limit");
    }
  }
}

void ResponsesReader::runs_at_provider(Dimension dimension, const std::string& path) {
  hosted_ = true;
  const bool known = std::ranges::any_of(
      facts_.extras, [&](const Extra& extra) { return extra.dimension == dimension; });
  if (!known) facts_.extras.push_back({.dimension = dimension, .most = 0, .path = path});
}

}  // namespace ringfence::llm
