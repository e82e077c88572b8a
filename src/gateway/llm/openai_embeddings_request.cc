// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_embeddings_request.h"

#include <algorithm>

#include "base/checked.h"
#include "base/json.h"
#include "gateway/llm/member_table.h"
#include "gateway/llm/request_reading.h"
#include "gateway/llm/text_tokens.h"

namespace ringfence::llm {
namespace {

enum class EmbeddingsMember : std::uint8_t { plain, model, input };

constexpr KnownMember<EmbeddingsMember> kMembers[] = {
    {"model", EmbeddingsMember::model},      {"input", EmbeddingsMember::input},
    {"dimensions", EmbeddingsMember::plain}, {"encoding_format", EmbeddingsMember::plain},
    {"user", EmbeddingsMember::plain},
};

std::int64_t size_of(JsonSlice value) { return static_cast<std::int64_t>(value.text.size()); }

}  // namespace

class EmbeddingsReader {
 public:
  explicit EmbeddingsReader(EmbeddingsRequest& request)
      : request_(request), facts_(request.facts_) {
    facts_.makes_output = false;
  }

  Result<void> read() {
    const std::string_view body = request_.body_;
    if (const auto checked = check_json(body); !checked) return checked;
    const JsonSlice root = json_root(body);
    if (!root.is(JsonKind::object)) return invalid("the body must be a JSON object");
    bool named = false;
    const auto taken = read_members(
        root, std::span<const KnownMember<EmbeddingsMember>>(kMembers), "",
        [&](EmbeddingsMember member, const std::string& name, JsonSlice value) -> Result<void> {
          if (member == EmbeddingsMember::input) return take_input(value);
          if (member != EmbeddingsMember::model) return {};
          auto model = read_model(value, name);
          if (!model) return std::unexpected(model.error());
          named = true;
          facts_.model = *std::move(model);
          request_.model_ = range_in(body, value);
          return {};
        },
        [this](std::string path) { is_unknown(std::move(path)); });
    if (!taken) return taken;
    if (!named) return invalid("a model must be named", "model");
    facts_.inputs = std::max<std::int64_t>(inputs_, 1);
    facts_.input_tokens_max = size_of(root) - number_bytes_ + numbers_ + kEmbeddingCallTokens +
                              facts_.inputs * kEmbeddingOverheadTokens;
    return {};
  }

 private:
  void is_unknown(std::string path) {
    if (facts_.unknown.empty()) facts_.unknown = std::move(path);
  }

  Result<void> take_input(JsonSlice value) {
    if (value.is(JsonKind::string)) {
      inputs_ = 1;
      return {};
    }
    if (!value.is(JsonKind::array)) return invalid("a string or an array was expected", "input");
    bool numbers = false;
    std::size_t index = 0;
    for (JsonElements elements(value); elements.next(); ++index) {
      const JsonSlice one = elements.value();
      if (one.is(JsonKind::number)) {
        numbers = true;
        count_number(one);
      } else {
        ++inputs_;
        take_one(one, index);
      }
    }
    inputs_ += numbers ? 1 : 0;
    return {};
  }

  void take_one(JsonSlice one, std::size_t index) {
    if (one.is(JsonKind::string)) return;
    bool numbers = one.is(JsonKind::array);
    if (numbers) {
      for (JsonElements elements(one); elements.next();) {
        numbers = numbers && elements.value().is(JsonKind::number);
        if (elements.value().is(JsonKind::number)) count_number(elements.value());
      }
    }
    if (numbers) return;
    // Images and the like, which some providers take: no text.
    facts_.refers_outside = true;
    is_unknown(indexed("input", index, ""));
  }

  void count_number(JsonSlice number) {
    ++numbers_;
    number_bytes_ += size_of(number);
  }

  EmbeddingsRequest& request_;
  CallFacts& facts_;
  std::int64_t inputs_ = 0;
  std::int64_t numbers_ = 0;
  std::int64_t number_bytes_ = 0;
};

Result<std::unique_ptr<EmbeddingsRequest>> EmbeddingsRequest::parse(std::string body) {
  auto request = std::make_unique<EmbeddingsRequest>();
  request->body_ = std::move(body);
  if (auto read = EmbeddingsReader(*request).read(); !read) return std::unexpected(read.error());
  return request;
}

std::optional<std::int64_t> EmbeddingsRequest::counted_input(Vocabulary vocabulary) const {
  const auto input = find_last(json_root(body_), "input");
  if (!input || facts_.refers_outside) return std::nullopt;
  std::int64_t tokens = facts_.input_tokens_max;
  const auto closer = [&](JsonSlice value) {
    if (!value.is(JsonKind::string)) return;
    tokens -= size_of(value);
    tokens =
        saturating_add(tokens, text_tokens(value, vocabulary, [](JsonSlice) { return false; }));
  };
  closer(*input);
  if (input->is(JsonKind::array)) {
    for (JsonElements elements(*input); elements.next();) closer(elements.value());
  }
  return tokens;
}

std::string EmbeddingsRequest::rewritten(const Rewrite& rewrite) const {
  if (rewrite.model == facts_.model) return body_;
  std::string text;
  append_json_string(text, rewrite.model);
  Splice splice;
  splice.replace(model_, std::move(text));
  return splice.apply(body_);
}

}  // namespace ringfence::llm
