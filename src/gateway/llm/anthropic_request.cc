// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_request.h"

#include <algorithm>

#include "base/checked.h"
#include "base/json.h"
#include "gateway/llm/anthropic_betas.h"
#include "gateway/llm/anthropic_content.h"
#include "gateway/llm/anthropic_members.h"
#include "gateway/llm/anthropic_tools.h"
#include "gateway/llm/request_reading.h"
#include "pricing/image_tokens.h"

namespace ringfence::llm {
namespace {

constexpr std::string_view kMessagesTarget = "/v1/messages";
constexpr std::string_view kCountTarget = "/v1/messages/count_tokens";

// The one parameter that this wire's clients send; any other stays here.
std::string target_of(std::string_view path, const WireRequest& head) {
  return std::string(path) + (head.query == "beta=true" ? "?beta=true" : "");
}

Result<JsonSlice> root_of(std::string_view body) {
  if (const auto checked = check_json(body); !checked) return std::unexpected(checked.error());
  const JsonSlice root = json_root(body);
  if (!root.is(JsonKind::object)) return invalid("the body must be a JSON object");
  return root;
}

bool says_something(JsonSlice value) {
  if (value.is(JsonKind::array)) return JsonElements(value).next();
  return !value.is(JsonKind::null);
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

// Fills an AnthropicRequest from its checked body.
class AnthropicReader {
 public:
  explicit AnthropicReader(AnthropicRequest& request)
      : request_(request), facts_(request.facts_), notes_(facts_) {
    facts_.reasoning = ReasoningWish::model_decides;
  }

  Result<void> read(const WireRequest& head) {
    const auto root = root_of(request_.body_);
    if (!root) return std::unexpected(root.error());
    const auto taken = read_members(
        *root, anthropic_members(), "",
        [this](AnthropicMember member, const std::string& name, JsonSlice value) {
          return take(member, AnthropicPath(name), value);
        },
        [this](const std::string& path) { notes_.is_unknown(AnthropicPath(path)); });
    if (!taken) return taken;
    if (!request_.model_) return invalid("a model must be named", "model");
    if (!request_.max_tokens_) return invalid("a positive integer was expected", "max_tokens");
    if (const std::string beta = unknown_beta(head.headers); !beta.empty()) {
      notes_.is_unknown(AnthropicPath("anthropic-beta: " + beta));
    }
    finish();
    return {};
  }

 private:
  void finish() {
    facts_.input_tokens_max = static_cast<std::int64_t>(request_.body_.size()) -
                              notes_.image_bytes + kAnthropicCallTokens + notes_.overhead_tokens +
                              (notes_.has_tools ? kToolPromptTokens : 0);
    request_.images_ = std::move(notes_.images);
    facts_.has_tools = notes_.has_tools;
    if (notes_.loops) facts_.rounds = saturating_add(facts_.rounds, kHostedRounds);
    const std::string uses = std::to_string(kHostedUses);
    for (const AnthropicOpenTool& open : notes_.open_tools) {
      if (open.max_uses) {
        request_.use_caps_.push_back({range(*open.max_uses), uses});
      } else {
        const std::size_t at = open.tool.offset_in(request_.body_) + 1;
        request_.use_caps_.push_back({{at, at}, "\"max_uses\":" + uses + ","});
      }
    }
  }

  Splice::Range range(JsonSlice value) const { return range_in(request_.body_, value); }

  Result<void> take(AnthropicMember member, const AnthropicPath& path, JsonSlice value) {
    switch (member) {
      case AnthropicMember::plain: return {};
      case AnthropicMember::model: return take_model(value);
      case AnthropicMember::messages: return read_anthropic_messages(value, notes_);
      case AnthropicMember::system: return read_anthropic_content(value, path, notes_);
      case AnthropicMember::max_tokens: return take_cap(value);
      case AnthropicMember::stream: return take_stream(value);
      case AnthropicMember::tools: return take_tools(value, path);
      case AnthropicMember::thinking: return take_thinking(value, path);
      case AnthropicMember::container: return take_container(value, path);
      case AnthropicMember::context_management: return take_edits(value, path);
      case AnthropicMember::output_config: return take_output_config(value, path);
      case AnthropicMember::output_format: take_schema(value); break;
      case AnthropicMember::safeguards: take_safeguards(value, path); break;
      case AnthropicMember::cache_control: notes_.caches(value, path); break;
      case AnthropicMember::service_tier: only(value, {"auto", "standard_only"}, path); break;
      case AnthropicMember::speed: only(value, {"standard"}, path); break;
      case AnthropicMember::inference_geo: only(value, {"global"}, path); break;
      case AnthropicMember::costs:
        if (says_something(value)) notes_.costs_unpriced(path);
        break;
    }
    return {};
  }

  void only(JsonSlice value, std::initializer_list<std::string_view> words,
            const AnthropicPath& path) {
    if (!value.is(JsonKind::null) && !one_of(value, words)) notes_.costs_unpriced(path);
  }

  Result<void> take_model(JsonSlice value) {
    auto model = read_model(value, "model");
    if (!model) return std::unexpected(model.error());
    facts_.model = *std::move(model);
    request_.model_ = range(value);
    return {};
  }

  // 0 fills the prompt cache and makes nothing.
  Result<void> take_cap(JsonSlice value) {
    const auto cap = read_integer(value, 0, kOutputCapMax, "max_tokens");
    if (!cap) return std::unexpected(cap.error());
    facts_.output_cap = *cap;
    facts_.makes_output = *cap > 0;
    request_.max_tokens_ = range(value);
    return {};
  }

  Result<void> take_stream(JsonSlice value) {
    const auto stream = read_bool(value, "stream");
    if (!stream) return std::unexpected(stream.error());
    facts_.stream = *stream;
    return {};
  }

  Result<void> take_tools(JsonSlice value, const AnthropicPath& path) {
    if (value.is(JsonKind::null)) return {};
    if (!value.is(JsonKind::array)) return invalid("an array was expected", path.text());
    std::size_t index = 0;
    for (JsonElements elements(value); elements.next(); ++index) {
      auto read = read_anthropic_tool(elements.value(), path.at(index), notes_);
      if (!read) return read;
    }
    return {};
  }

  Result<void> take_thinking(JsonSlice value, const AnthropicPath& path) {
    if (value.is(JsonKind::null)) return {};
    if (!value.is(JsonKind::object)) return invalid("an object was expected", path.text());
    facts_.reasoning = ReasoningWish::on;
    for (JsonMembers members(value); members.next();) {
      if (members.key_is("type")) {
        if (string_is(members.value(), "disabled")) facts_.reasoning = ReasoningWish::off;
        if (!one_of(members.value(), {"enabled", "disabled", "adaptive", "between_tools"})) {
          notes_.is_unknown(path.member("type"));
        }
      } else if (members.key_is("budget_tokens")) {
        const auto budget =
            read_integer(members.value(), 0, kOutputCapMax, path.member("budget_tokens").text());
        if (!budget) return std::unexpected(budget.error());
        facts_.output_min_tokens = std::max(facts_.output_min_tokens, *budget + kAnswerTokensMin);
      }
    }
    return {};
  }

  Result<void> take_container(JsonSlice value, const AnthropicPath& path) {
    notes_.names(value);
    if (!value.is(JsonKind::object)) return {};
    for (JsonMembers members(value); members.next();) {
      if (members.key_is("id")) {
        notes_.names(members.value());
      } else if (members.key_is("skills")) {
        if (says_something(members.value())) notes_.costs_unpriced(path.member("skills"));
      } else {
        notes_.is_unknown(path.member(shown(members.key())));
      }
    }
    return {};
  }

  // Clearing makes a prompt shorter; anything else may ask a model.
  Result<void> take_edits(JsonSlice value, const AnthropicPath& path) {
    if (value.is(JsonKind::null)) return {};
    if (!value.is(JsonKind::object)) return invalid("an object was expected", path.text());
    for (JsonMembers members(value); members.next();) {
      if (!members.key_is("edits") || !members.value().is(JsonKind::array)) {
        if (says_something(members.value())) notes_.is_unknown(path.member(shown(members.key())));
        continue;
      }
      const AnthropicPath edits = path.member("edits");
      std::size_t index = 0;
      for (JsonElements elements(members.value()); elements.next(); ++index) {
        if (!is_of(elements.value(), {"clear_tool_uses_20250919", "clear_thinking_20251015"})) {
          notes_.costs_unpriced(edits.at(index));
        }
      }
    }
    return {};
  }

  // Whether the object's type is one of these, also where it stands twice.
  static bool is_of(JsonSlice object, std::initializer_list<std::string_view> types) {
    if (!object.is(JsonKind::object)) return false;
    bool typed = false;
    bool known = true;
    for (JsonMembers members(object); members.next();) {
      if (!members.key_is("type")) continue;
      typed = true;
      known = known && one_of(members.value(), types);
    }
    return typed && known;
  }

  Result<void> take_output_config(JsonSlice value, const AnthropicPath& path) {
    if (value.is(JsonKind::null)) return {};
    if (!value.is(JsonKind::object)) return invalid("an object was expected", path.text());
    for (JsonMembers members(value); members.next();) {
      if (members.key_is("format")) {
        take_schema(members.value());
      } else if (!members.key_is("effort") && !members.key_is("task_budget")) {
        notes_.is_unknown(path.member(shown(members.key())));
      }
    }
    return {};
  }

  // Checks by the provider itself. Of the one that Claude Code's auto mode asks for its vendor says
  // that nothing is charged (code.claude.com/docs/en/auto-mode-classifier-billing).
  void take_safeguards(JsonSlice value, const AnthropicPath& path) {
    if (!value.is(JsonKind::array)) {
      if (says_something(value)) notes_.costs_unpriced(path);
      return;
    }
    std::size_t index = 0;
    for (JsonElements elements(value); elements.next(); ++index) {
      if (!is_of(elements.value(), {"dangerous_tool_use"})) notes_.costs_unpriced(path.at(index));
    }
  }

  // The provider tells the model about it in a prompt of its own.
  void take_schema(JsonSlice value) {
    if (value.is(JsonKind::null)) return;
    notes_.overhead_tokens += kSchemaTokens + static_cast<std::int64_t>(value.text.size());
  }

  AnthropicRequest& request_;
  CallFacts& facts_;
  AnthropicNotes notes_;
};

Result<std::unique_ptr<AnthropicRequest>> AnthropicRequest::parse(const WireRequest& head,
                                                                  std::string body) {
  auto request = std::make_unique<AnthropicRequest>();
  request->body_ = std::move(body);
  request->target_ = target_of(kMessagesTarget, head);
  if (auto read = AnthropicReader(*request).read(head); !read) {
    return std::unexpected(read.error());
  }
  return request;
}

std::string AnthropicRequest::rewritten(const Rewrite& rewrite) const {
  Splice splice;
  if (rewrite.model != facts_.model) splice.replace(*model_, quoted(rewrite.model));
  if (rewrite.output_cap && *rewrite.output_cap < *facts_.output_cap) {
    splice.replace(*max_tokens_, std::to_string(*rewrite.output_cap));
  }
  for (const Edit& edit : use_caps_) splice.replace(edit.range, edit.with);
  return splice.empty() ? body_ : splice.apply(body_);
}

std::optional<std::int64_t> AnthropicRequest::image_tokens(std::string_view model) const {
  std::int64_t all = 0;
  for (const ImageSize& image : images_) {
    const auto tokens = anthropic_image_tokens(model, image);
    if (!tokens) return std::nullopt;
    all = saturating_add(all, *tokens);
  }
  return all;
}

std::optional<CountProbe> AnthropicRequest::count_probe(const Rewrite& rewrite) const {
  std::string body = "{\"model\":" + quoted(rewrite.model);
  for (JsonMembers members(json_root(body_)); members.next();) {
    if (!is_counted_member(decode_string(members.key()))) continue;
    body.append(",").append(members.key().text).append(":").append(members.value().text);
  }
  return CountProbe{.path = std::string(kCountTarget), .body = body + "}"};
}

Result<std::unique_ptr<AnthropicCountRequest>> AnthropicCountRequest::parse(const WireRequest& head,
                                                                            std::string body) {
  constexpr KnownMember<AnthropicMember> kKnown[] = {{"model", AnthropicMember::model}};
  auto request = std::make_unique<AnthropicCountRequest>();
  request->body_ = std::move(body);
  request->target_ = target_of(kCountTarget, head);
  const auto root = root_of(request->body_);
  if (!root) return std::unexpected(root.error());
  CallFacts& facts = request->facts_;
  const auto taken = read_members(
      *root, std::span<const KnownMember<AnthropicMember>>(kKnown), "",
      [&](AnthropicMember, const std::string&, JsonSlice value) -> Result<void> {
        auto model = read_model(value, "model");
        if (!model) return std::unexpected(model.error());
        facts.model = *std::move(model);
        request->model_ = range_in(request->body_, value);
        return {};
      },
      [](const std::string&) {});
  if (!taken) return std::unexpected(taken.error());
  if (facts.model.empty()) return invalid("a model must be named", "model");
  facts.bills_nothing = true;
  facts.makes_output = false;
  return request;
}

std::string AnthropicCountRequest::rewritten(const Rewrite& rewrite) const {
  if (rewrite.model == facts_.model) return body_;
  Splice splice;
  splice.replace(model_, quoted(rewrite.model));
  return splice.apply(body_);
}

}  // namespace ringfence::llm
