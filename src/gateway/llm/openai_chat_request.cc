// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_chat_request.h"

#include <algorithm>

#include "base/checked.h"
#include "base/json.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/openai_chat_members.h"
#include "gateway/llm/request_reading.h"
#include "gateway/llm/text_tokens.h"

namespace ringfence::llm {
namespace {

std::int64_t size_of(JsonSlice value) { return static_cast<std::int64_t>(value.text.size()); }

}  // namespace

// Fills a ChatRequest from its checked body.
class ChatReader {
 public:
  explicit ChatReader(ChatRequest& request) : request_(request), facts_(request.facts_) {
    facts_.reasoning = ReasoningWish::model_decides;
  }

  Result<void> read() {
    const std::string_view body = request_.body_;
    if (const auto checked = check_json(body); !checked) return checked;
    const JsonSlice root = json_root(body);
    if (!root.is(JsonKind::object)) return invalid("the body must be a JSON object");
    request_.members_begin_ = root.offset_in(body) + 1;
    const auto taken = read_members(
        root, chat_members(), "",
        [this](ChatMember member, const std::string& name, JsonSlice value) {
          return take_known(member, name, value);
        },
        [this](std::string path) { is_unknown(std::move(path)); });
    if (!taken) return taken;
    if (!request_.model_) return invalid("a model must be named", "model");
    // Prompts are cached unasked, and newer models bill what is written.
    facts_.extras.push_back({.dimension = Dimension::cache_write_5m, .most = 0, .path = {}});
    facts_.has_tools = tools_ > 0;
    facts_.input_tokens_max = size_of(root) - image_bytes_ + kCallOverheadTokens +
                              messages_ * kMessageOverheadTokens + tools_ * kToolOverheadTokens;
    for (const auto& cap : {request_.max_tokens_.tokens, request_.max_completion_tokens_.tokens}) {
      if (cap) facts_.output_cap = std::min(*cap, facts_.output_cap.value_or(*cap));
    }
    return {};
  }

 private:
  Splice::Range range(JsonSlice value) const { return range_in(request_.body_, value); }
  void costs_unpriced(std::string path) {
    if (facts_.unpriced.empty()) facts_.unpriced = std::move(path);
  }
  void is_unknown(std::string path) {
    if (facts_.unknown.empty()) facts_.unknown = std::move(path);
  }

  Result<void> take_known(ChatMember member, const std::string& name, JsonSlice value) {
    switch (member) {
      case ChatMember::plain: return {};
      case ChatMember::model: return take_model(value);
      case ChatMember::messages: return take_messages(value);
      case ChatMember::max_tokens: return take_cap(name, value, request_.max_tokens_);
      case ChatMember::max_completion_tokens:
        return take_cap(name, value, request_.max_completion_tokens_);
      case ChatMember::n: return take_choices(value);
      case ChatMember::stream: return take_stream(value);
      case ChatMember::stream_options: return take_stream_options(value);
      case ChatMember::tools: return take_tools(value);
      case ChatMember::functions: return take_functions(value);
      case ChatMember::prediction: facts_.prediction_tokens_max = size_of(value); break;
      case ChatMember::service_tier:
        if (!value.is(JsonKind::null)) take_service_tier(value);
        break;
      case ChatMember::modalities: take_modalities(value); break;
      case ChatMember::reasoning_effort:
        if (!value.is(JsonKind::null)) {
          facts_.reasoning = string_is(value, "none") ? ReasoningWish::off : ReasoningWish::on;
        }
        break;
      case ChatMember::store:
        if (!value.is(JsonKind::null) && value.text != "false") costs_unpriced(name);
        break;
      case ChatMember::audio:
      case ChatMember::web_search_options:
        if (!value.is(JsonKind::null)) costs_unpriced(name);
        break;
    }
    return {};
  }

  void take_service_tier(JsonSlice value) {
    if (!value.is(JsonKind::string)) return costs_unpriced("service_tier");
    if (one_of(value, {"auto", "default"})) return;
    // What is asked for may not be to be had: then the standard tier is billed.
    facts_.service_tiers = {shown(value), "default"};
  }

  Result<void> take_model(JsonSlice value) {
    auto model = read_model(value, "model");
    if (!model) return std::unexpected(model.error());
    facts_.model = *std::move(model);
    request_.model_ = range(value);
    return {};
  }

  Result<void> take_cap(const std::string& name, JsonSlice value, ChatRequest::Cap& cap) {
    cap.place = range(value);
    const auto tokens = read_output_cap(value, name);
    if (!tokens) return std::unexpected(tokens.error());
    cap.tokens = *tokens;
    return {};
  }

  Result<void> take_choices(JsonSlice value) {
    if (value.is(JsonKind::null)) return {};
    const auto choices = read_integer(value, 1, kChoicesMax, "n");
    if (!choices) return std::unexpected(choices.error());
    facts_.choices = *choices;
    return {};
  }

  Result<void> take_stream(JsonSlice value) {
    const auto stream = read_bool(value, "stream");
    if (!stream) return std::unexpected(stream.error());
    facts_.stream = *stream;
    return {};
  }

  Result<void> take_stream_options(JsonSlice value) {
    request_.stream_options_ = range(value);
    request_.stream_options_null_ = value.is(JsonKind::null);
    if (request_.stream_options_null_) return {};
    if (!value.is(JsonKind::object)) return invalid("an object was expected", "stream_options");
    request_.stream_options_empty_ = true;
    for (JsonMembers members(value); members.next();) {
      request_.stream_options_empty_ = false;
      if (!members.key_is("include_usage")) continue;
      const std::string where = "stream_options.include_usage";
      if (request_.include_usage_) return invalid("this member stands twice", where);
      const JsonSlice wanted = members.value();
      if (!wanted.is(JsonKind::boolean) && !wanted.is(JsonKind::null)) {
        return invalid("true or false was expected", where);
      }
      request_.include_usage_ = range(wanted);
      facts_.usage_asked = wanted.is_true();
    }
    return {};
  }

  Result<void> take_messages(JsonSlice value) {
    if (!value.is(JsonKind::array)) return invalid("an array was expected", "messages");
    std::size_t index = 0;
    for (JsonElements elements(value); elements.next(); ++index) {
      const JsonSlice message = elements.value();
      if (!message.is(JsonKind::object)) {
        return invalid("an object was expected", indexed("messages", index, ""));
      }
      ++messages_;
      for (JsonMembers members(message); members.next();) {
        if (members.key_is("content")) take_content(members.value(), index);
        if (members.key_is("audio") && !members.value().is(JsonKind::null)) {
          costs_unpriced(indexed("messages", index, ".audio"));
        }
      }
    }
    return {};
  }

  // Text costs its bytes; what else there is lies outside the body or has no formula.
  void take_content(JsonSlice content, std::size_t index) {
    if (!content.is(JsonKind::array)) return;
    for (JsonElements parts(content); parts.next();) {
      const JsonSlice part = parts.value();
      if (!part.is(JsonKind::object)) continue;
      bool typed = false;
      for (JsonMembers members(part); members.next();) {
        if (!members.key_is("type")) continue;
        if (string_is(members.value(), "image_url") && !typed) {
          take_image(part);
        } else {
          take_part_type(members.value(), index);
        }
        typed = true;
      }
      if (!typed) is_unknown(indexed("messages", index, ".content"));
    }
  }

  // An image in the body has a size to count by; any other lies outside.
  void take_image(JsonSlice part) {
    const auto image = find_only(part, "image_url");
    const bool parts = image && image->is(JsonKind::object);
    const auto url = parts ? find_only(*image, "url") : image;
    const auto stated = parts ? find_only(*image, "detail") : std::optional<JsonSlice>();
    const auto detail = image_detail(stated && stated->is(JsonKind::string) ? decode_string(*stated)
                                                                            : std::string());
    const auto size =
        url && url->is(JsonKind::string) ? image_size_of_data_url(url->raw_string()) : std::nullopt;
    const bool twice = parts && !stated && find_last(*image, "detail");
    if (!size || !detail || twice) {
      facts_.refers_outside = true;
      return;
    }
    facts_.has_images = true;
    image_bytes_ += size_of(*url);
    request_.images_.push_back({*size, *detail, url->text});
  }

  void take_part_type(JsonSlice type, std::size_t index) {
    if (one_of(type, {"text", "refusal"})) return;
    facts_.refers_outside = true;
    if (one_of(type, {"image_url", "file"})) return;
    if (string_is(type, "input_audio")) {
      costs_unpriced(indexed("messages", index, ".content"));
    } else {
      is_unknown(indexed("messages", index, ".content"));
    }
  }

  Result<void> take_tools(JsonSlice value) {
    if (value.is(JsonKind::null)) return {};
    if (!value.is(JsonKind::array)) return invalid("an array was expected", "tools");
    std::size_t index = 0;
    for (JsonElements elements(value); elements.next(); ++index) {
      const JsonSlice tool = elements.value();
      if (!tool.is(JsonKind::object)) {
        return invalid("an object was expected", indexed("tools", index, ""));
      }
      ++tools_;
      bool typed = false;
      for (JsonMembers members(tool); members.next();) {
        if (!members.key_is("type")) continue;
        typed = true;
        // These two run at the client; any other runs, and is billed, at the provider.
        if (!one_of(members.value(), {"function", "custom"})) {
          costs_unpriced(indexed("tools", index, ".type"));
        }
      }
      if (!typed) is_unknown(indexed("tools", index, ".type"));
    }
    return {};
  }

  Result<void> take_functions(JsonSlice value) {
    if (value.is(JsonKind::null)) return {};
    if (!value.is(JsonKind::array)) return invalid("an array was expected", "functions");
    for (JsonElements elements(value); elements.next();) ++tools_;
    return {};
  }

  void take_modalities(JsonSlice value) {
    if (value.is(JsonKind::null)) return;
    if (!value.is(JsonKind::array)) return costs_unpriced("modalities");
    for (JsonElements elements(value); elements.next();) {
      if (!string_is(elements.value(), "text")) costs_unpriced("modalities");
    }
  }

  ChatRequest& request_;
  CallFacts& facts_;
  std::int64_t messages_ = 0;
  std::int64_t tools_ = 0;
  std::int64_t image_bytes_ = 0;
};

Result<std::unique_ptr<ChatRequest>> ChatRequest::parse(std::string body) {
  auto request = std::make_unique<ChatRequest>();
  request->body_ = std::move(body);
  if (auto read = ChatReader(*request).read(); !read) return std::unexpected(read.error());
  return request;
}

std::optional<std::int64_t> ChatRequest::image_tokens(std::string_view model) const {
  std::int64_t all = 0;
  for (const Image& image : images_) {
    const auto tokens = openai_image_tokens(model, image.size, image.detail);
    if (!tokens) return std::nullopt;
    all = saturating_add(all, *tokens);
  }
  return all;
}

// What stands in the conversation is counted text by text, since each is framed by itself; the rest
// of the body (tools, formats), which a provider rewrites in a way of its own, by its bytes.
std::optional<std::int64_t> ChatRequest::counted_input(Vocabulary vocabulary) const {
  const auto messages = find_last(json_root(body_), "messages");
  if (!messages) return std::nullopt;
  std::int64_t bytes = facts_.input_tokens_max - static_cast<std::int64_t>(messages->text.size());
  for (const Image& image : images_) bytes += static_cast<std::int64_t>(image.url.size());
  const std::int64_t tokens = text_tokens(*messages, vocabulary, [this](JsonSlice string) {
    return std::ranges::any_of(images_,
                               [&](const Image& i) { return i.url.data() == string.text.data(); });
  });
  return saturating_add(bytes, tokens);
}

std::string ChatRequest::rewritten(const Rewrite& rewrite) const {
  Splice splice;
  if (rewrite.model != facts_.model) {
    std::string text;
    append_json_string(text, rewrite.model);
    splice.replace(*model_, std::move(text));
  }
  splice_cap(rewrite, splice);
  if (facts_.stream && !facts_.usage_asked) splice_usage(splice);
  return splice.empty() ? body_ : splice.apply(body_);
}

void ChatRequest::splice_cap(const Rewrite& rewrite, Splice& splice) const {
  if (!rewrite.output_cap) return;
  const std::string text = std::to_string(*rewrite.output_cap);
  if (!facts_.output_cap) {
    // Only the provider's own field is written: `max_tokens: null` beside it is no cap, and some
    // providers refuse two.
    if (const Place place = place_of(rewrite.cap_field)) return splice.replace(*place, text);
    std::string member;
    append_json_string(member, rewrite.cap_field);
    return splice.insert(members_begin_, member + ":" + text + ",");
  }
  for (const Cap* cap : {&max_tokens_, &max_completion_tokens_}) {
    if (cap->tokens && *cap->tokens > *rewrite.output_cap) splice.replace(*cap->place, text);
  }
}

ChatRequest::Place ChatRequest::place_of(std::string_view member) const {
  const auto value = find_last(json_root(body_), member);
  if (!value) return std::nullopt;
  return range_in(body_, *value);
}

void ChatRequest::splice_usage(Splice& splice) const {
  if (include_usage_) return splice.replace(*include_usage_, "true");
  if (!stream_options_) {
    return splice.insert(members_begin_, R"("stream_options":{"include_usage":true},)");
  }
  if (stream_options_null_) {
    return splice.replace(*stream_options_, R"({"include_usage":true})");
  }
  splice.insert(stream_options_->begin + 1,
                stream_options_empty_ ? R"("include_usage":true)" : R"("include_usage":true,)");
}

}  // namespace ringfence::llm
