// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_reader.h"

#include <algorithm>

#include "gateway/llm/gemini_names.h"
#include "gateway/llm/request_reading.h"
#include "http/headers.h"

namespace ringfence::llm {
namespace {

// "files/abc" of the address that Google gives a file; any other address is open to everyone.
std::optional<std::string> kept_file(const std::string& uri) {
  if (uri.starts_with("files/")) return uri;
  for (const std::string_view version : {"/v1beta/", "/v1/"}) {
    const std::size_t at = uri.find(std::string(version) + "files/");
    if (at != std::string::npos) return uri.substr(at + version.size());
  }
  return std::nullopt;
}

}  // namespace

GeminiReader::GeminiReader(GeminiRequest& request) : request_(request), facts_(request.facts_) {
  facts_.model = request.target_.model;
  facts_.stream = request.target_.event_stream;
  facts_.unknown = request.target_.unknown;
  facts_.reasoning = ReasoningWish::model_decides;
  facts_.output_min_tokens = kGeminiAnswerTokens;
}

Result<void> GeminiReader::read() {
  const std::string_view body = request_.body_;
  if (auto checked = check_json(body); !checked) return checked;
  const JsonSlice root = json_root(body);
  if (!root.is(JsonKind::object)) return invalid("the body must be a JSON object");
  request_.root_ = opened(root);
  if (auto read = read_request(root, ""); !read) return read;
  finish();
  return {};
}

void GeminiReader::finish() {
  if (request_.target_.verb == GeminiTarget::Verb::count) {
    CallFacts counting;
    counting.model = facts_.model;
    counting.stream = facts_.stream;
    counting.bills_nothing = true;
    counting.makes_output = false;
    counting.object_ids = std::move(facts_.object_ids);
    facts_ = std::move(counting);
    return;
  }
  // Models made for images answer with them unasked.
  if (!modalities_stated_) may_bill(Dimension::image_output, "");
  facts_.input_tokens_max = static_cast<std::int64_t>(request_.body_.size()) - image_bytes_ +
                            kGeminiCallTokens + contents_ * kGeminiContentTokens +
                            tools_ * kGeminiToolTokens;
  facts_.has_tools = tools_ > 0;
}

Splice::Range GeminiReader::range(JsonSlice value) const { return range_in(request_.body_, value); }

GeminiRequest::Opened GeminiReader::opened(JsonSlice object) const {
  return {.begin = object.offset_in(request_.body_) + 1, .empty = !JsonMembers(object).next()};
}

void GeminiReader::costs_unpriced(const std::string& path) {
  if (facts_.unpriced.empty()) facts_.unpriced = path;
}
void GeminiReader::is_unknown(const std::string& path) {
  if (facts_.unknown.empty()) facts_.unknown = path;
}
void GeminiReader::is_endless(const std::string& path) {
  if (facts_.unbounded.empty()) facts_.unbounded = path;
}

void GeminiReader::may_bill(Dimension dimension, const std::string& path, std::int64_t most) {
  const auto same = std::ranges::find(facts_.extras, dimension, &Extra::dimension);
  if (same == facts_.extras.end()) {
    facts_.extras.push_back({.dimension = dimension, .most = most, .path = path});
  } else if (same->path.empty()) {
    same->path = path;
  }
}

Result<void> GeminiReader::read_request(JsonSlice object, const std::string& where) {
  return read_proto_members(
      object, gemini_request_members(), where,
      [this](GeminiMember member, const std::string& path, JsonSlice value) {
        return take_member(member, path, value);
      },
      [this](const std::string& path) { is_unknown(path); });
}

Result<void> GeminiReader::take_member(GeminiMember member, const std::string& path,
                                       JsonSlice value) {
  const bool null = value.is(JsonKind::null);
  switch (member) {
    case GeminiMember::model: return null ? Result<void>() : take_model(path, value);
    case GeminiMember::contents:
    case GeminiMember::system_instruction:
      return each_message(value, path, [this](const std::string& at, JsonSlice content) {
        return take_content(at, content);
      });
    case GeminiMember::tools:
      return each_message(value, path, [this](const std::string& at, JsonSlice tool) {
        return take_tool(at, tool);
      });
    case GeminiMember::generation_config: return take_generation(path, value);
    case GeminiMember::service_tier: return null ? Result<void>() : take_service_tier(path, value);
    case GeminiMember::cached_content:
      if (null || value.text == "\"\"") return {};
      if (!value.is(JsonKind::string)) return invalid("a string was expected", path);
      facts_.object_ids.push_back(decode_string(value));
      facts_.refers_outside = true;
      may_bill(Dimension::audio_input, "");
      return {};
    case GeminiMember::continuation_token:
      // What was made before is read again.
      facts_.refers_outside = facts_.refers_outside || !null;
      return {};
    case GeminiMember::generate_content_request:
      if (null) return {};
      if (request_.target_.verb == GeminiTarget::Verb::count && !path.contains('.')) {
        return read_request(value, path + ".");
      }
      is_unknown(path);
      return {};
    case GeminiMember::unpriced:
      if (!null) costs_unpriced(path);
      return {};
    default: return {};
  }
}

Result<void> GeminiReader::take_model(const std::string& path, JsonSlice value) {
  if (!value.is(JsonKind::string)) return invalid("a string was expected", path);
  std::string name = decode_string(value);
  if (name.starts_with("models/")) name.erase(0, 7);
  if (name != facts_.model) return invalid("this is not the model of the path", path);
  request_.models_.push_back(range(value));
  request_.root_names_model_ = request_.root_names_model_ || path == "model";
  return {};
}

Result<void> GeminiReader::take_service_tier(const std::string& path, JsonSlice value) {
  if (!value.is(JsonKind::string)) {
    costs_unpriced(path);
    return {};
  }
  constexpr std::string_view kPrefix = "service_tier_";
  std::string tier = http::to_lower(shown(value));
  if (tier.starts_with(kPrefix)) tier.erase(0, kPrefix.size());
  // What is asked for may not be to be had: then the standard tier is billed.
  if (!tier.empty() && tier != "unspecified" && tier != "standard") {
    facts_.service_tiers = {std::move(tier), "standard"};
  }
  return {};
}

// ---- what is read

Result<void> GeminiReader::take_content(const std::string& path, JsonSlice content) {
  ++contents_;
  return read_proto_members(
      content, gemini_content_members(), path + ".",
      [this](GeminiMember member, const std::string& at, JsonSlice value) -> Result<void> {
        if (member != GeminiMember::parts) return {};
        return each_message(value, at, [this](const std::string& part, JsonSlice message) {
          return take_part(part, message);
        });
      },
      [this](const std::string& at) { is_unknown(at); });
}

Result<void> GeminiReader::take_part(const std::string& path, JsonSlice part) {
  return read_proto_members(
      part, gemini_part_members(), path + ".",
      [this](GeminiMember member, const std::string& at, JsonSlice value) -> Result<void> {
        if (value.is(JsonKind::null)) return {};
        if (member == GeminiMember::media) return take_media(at, value);
        if (member == GeminiMember::media_resolution) request_.sharpest_ = true;
        if (member != GeminiMember::parts) return {};
        return read_proto_members(
            value, gemini_function_response_members(), at + ".",
            [this](GeminiMember inner, const std::string& list, JsonSlice parts) -> Result<void> {
              if (inner != GeminiMember::parts) return {};
              return each_message(parts, list, [this](const std::string& one, JsonSlice message) {
                return take_part(one, message);
              });
            },
            [this](const std::string& unknown) { is_unknown(unknown); });
      },
      [this](const std::string& at) { is_unknown(at); });
}

Result<void> GeminiReader::take_media(const std::string& path, JsonSlice media) {
  std::string mime_type;
  std::optional<JsonSlice> data;
  auto taken = read_proto_members(
      media, gemini_media_members(), path + ".",
      [&](GeminiMember member, const std::string& at, JsonSlice value) -> Result<void> {
        if (member == GeminiMember::plain || value.is(JsonKind::null)) return {};
        if (!value.is(JsonKind::string)) return invalid("a string was expected", at);
        if (member == GeminiMember::mime_type) mime_type = http::to_lower(decode_string(value));
        if (member == GeminiMember::data) data = value;
        if (member == GeminiMember::file_uri) {
          if (auto id = kept_file(decode_string(value))) facts_.object_ids.push_back(*id);
        }
        return {};
      },
      [this](const std::string& at) { is_unknown(at); });
  if (taken && !(mime_type.starts_with("image/") && data && take_image(*data))) {
    bound_media(path, mime_type);
  }
  return taken;
}

// An image in the body has a size to count by. False: none that we can read.
bool GeminiReader::take_image(JsonSlice data) {
  const auto size = image_size_of_base64(data.raw_string());
  if (!size) return false;
  facts_.has_images = true;
  image_bytes_ += static_cast<std::int64_t>(data.text.size());
  request_.images_.push_back(*size);
  return true;
}

// All else that is no text is bound by the whole context.
void GeminiReader::bound_media(const std::string& path, const std::string& mime_type) {
  facts_.refers_outside = true;
  if (mime_type.starts_with("audio/")) return may_bill(Dimension::audio_input, path);
  const bool silent = mime_type.starts_with("image/") || mime_type.starts_with("text/") ||
                      mime_type == "application/pdf";
  if (!silent) may_bill(Dimension::audio_input, "");
}

// ---- tools

Result<void> GeminiReader::take_tool(const std::string& path, JsonSlice tool) {
  ++tools_;
  return read_proto_members(
      tool, gemini_tool_members(), path + ".",
      [this](GeminiMember member, const std::string& at, JsonSlice value) -> Result<void> {
        if (value.is(JsonKind::null)) return {};
        switch (member) {
          case GeminiMember::function_declarations:
            return each_message(value, at, [this](const std::string&, JsonSlice) -> Result<void> {
              ++tools_;
              return {};
            });
          case GeminiMember::search: take_search(at); break;
          case GeminiMember::endless: is_endless(at); break;
          case GeminiMember::client_tool: facts_.refers_outside = true; break;
          case GeminiMember::unpriced: costs_unpriced(at); break;
          default: break;
        }
        return {};
      },
      [this](const std::string& at) { is_unknown(at); });
}

void GeminiReader::take_search(const std::string& path) {
  if (!search_billed_by_prompt(facts_.model)) return is_endless(path);
  may_bill(Dimension::web_search, path, 1);
  facts_.refers_outside = true;
  facts_.rounds = 2;  // the prompt, and once more with what was found
}

// ---- what is made

Result<void> GeminiReader::take_generation(const std::string& path, JsonSlice config) {
  if (path.contains('.')) return {};  // of countTokens: nothing is generated
  if (config.is(JsonKind::null)) {
    request_.generation_null_ = range(config);
    return {};
  }
  if (!config.is(JsonKind::object)) return invalid("an object was expected", path);
  request_.generation_ = opened(config);
  return read_proto_members(
      config, gemini_generation_members(), path + ".",
      [this](GeminiMember member, const std::string& at, JsonSlice value) -> Result<void> {
        switch (member) {
          case GeminiMember::max_output_tokens: return take_cap(at, value);
          case GeminiMember::media_resolution: request_.sharpest_ = true; return {};
          case GeminiMember::candidate_count: return take_candidates(at, value);
          case GeminiMember::thinking_config: return take_thinking(at, value);
          case GeminiMember::response_modalities: return take_modalities(at, value);
          case GeminiMember::unpriced:
            if (!value.is(JsonKind::null)) costs_unpriced(at);
            return {};
          default: return {};
        }
      },
      [this](const std::string& at) { is_unknown(at); });
}

Result<void> GeminiReader::take_cap(const std::string& path, JsonSlice value) {
  request_.cap_ = range(value);
  if (value.is(JsonKind::null)) return {};
  const auto tokens = read_integer(value, 1, kOutputCapMax, path);
  if (!tokens) return std::unexpected(tokens.error());
  facts_.output_cap = *tokens;
  return {};
}

Result<void> GeminiReader::take_candidates(const std::string& path, JsonSlice value) {
  if (value.is(JsonKind::null)) return {};
  const auto count = read_integer(value, 1, kGeminiCandidatesMax, path);
  if (!count) return std::unexpected(count.error());
  facts_.choices = *count;
  return {};
}

Result<void> GeminiReader::take_thinking(const std::string& path, JsonSlice config) {
  return read_proto_members(
      config, gemini_thinking_members(), path + ".",
      [this](GeminiMember member, const std::string& at, JsonSlice value) -> Result<void> {
        if (member == GeminiMember::plain || value.is(JsonKind::null)) return {};
        std::int64_t budget = -1;  // as much as the model likes
        if (member == GeminiMember::thinking_budget) {
          const auto stated = read_integer(value, -1, kOutputCapMax, at);
          if (!stated) return std::unexpected(stated.error());
          budget = *stated;
        }
        if (budget != 0) facts_.reasoning = ReasoningWish::on;
        if (budget > 0) facts_.output_min_tokens = budget + kGeminiAnswerTokens;
        if (budget == 0 && facts_.reasoning != ReasoningWish::on) {
          facts_.reasoning = ReasoningWish::off;
        }
        return {};
      },
      [this](const std::string& at) { is_unknown(at); });
}

Result<void> GeminiReader::take_modalities(const std::string& path, JsonSlice value) {
  if (value.is(JsonKind::null)) return {};
  if (!value.is(JsonKind::array)) return invalid("an array was expected", path);
  std::size_t index = 0;
  for (JsonElements elements(value); elements.next(); ++index) {
    const std::string at = indexed(path, index, "");
    modalities_stated_ = true;
    if (string_is(elements.value(), "TEXT")) continue;
    if (string_is(elements.value(), "AUDIO")) {
      may_bill(Dimension::audio_output, at);
    } else if (string_is(elements.value(), "IMAGE")) {
      may_bill(Dimension::image_output, at);
      facts_.output_min_tokens = std::max(facts_.output_min_tokens, kGeminiImageTokens);
    } else {
      costs_unpriced(at);
    }
  }
  return {};
}

}  // namespace ringfence::llm
