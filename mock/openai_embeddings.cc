// SPDX-License-Identifier: Apache-2.0
#include "openai_embeddings.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <functional>

#include "json.h"
#include "openai.h"
#include "plan.h"
#include "read.h"
#include "usage.h"

namespace mock {
namespace {

constexpr std::int64_t kDimensions = 1536;
constexpr std::int64_t kDimensionsMax = 4096;
constexpr std::size_t kInputsMax = 2048;

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const auto count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

// A unit vector that looks random.
std::vector<float> vector_of(std::uint64_t seed, std::int64_t dimensions) {
  std::vector<double> values(static_cast<std::size_t>(dimensions));
  double square = 0;
  for (auto& each : values) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    each = static_cast<double>(static_cast<std::int64_t>(seed >> 33) - (1LL << 30)) + 0.5;
    square += each * each;
  }
  std::vector<float> out;
  for (const auto each : values) out.push_back(static_cast<float>(each / std::sqrt(square)));
  return out;
}

std::string vector_json(const std::vector<float>& vector, bool as_base64) {
  if (!as_base64) return fmt::format("[{}]", fmt::join(vector, ","));
  std::string bytes;
  for (const auto each : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(each);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift);
  }
  return '"' + base64(bytes) + '"';
}

class OpenAiEmbeddings final : public OpenAiWire {
 public:
  OpenAiEmbeddings() : OpenAiWire("dimensions", "input") {}

  std::string_view name() const override { return "openai_embeddings"; }
  std::string_view id_prefix() const override { return "embd-"; }

  std::optional<Refusal> read(const HttpRequest& request, Call& out) override {
    const auto object = parse_object(request.body);
    if (!object) return openai_not_json();
    out.generates = false;
    for (const auto field : *object) {
      if (!member(field.key, field.value, out)) return read_.refusal();
    }
    out.service_tier = openai_tier("");
    if (out.model.empty()) return openai_missing("model");
    if (seeds_.empty()) return openai_missing("input");
    if (dimensions_.value_or(1) > kDimensionsMax) {
      return cap_too_large(*dimensions_, kDimensionsMax);
    }
    return std::nullopt;
  }

  std::string answer(const Plan& plan) const override {
    std::string data;
    for (std::size_t i = 0; i < seeds_.size(); ++i) {
      data += fmt::format(
          R"({}{{"object":"embedding","index":{},"embedding":{}}})", i == 0 ? "" : ",", i,
          vector_json(vector_of(seeds_[i], dimensions_.value_or(kDimensions)), base64_));
    }
    return fmt::format(R"({{"object":"list","data":[{}],"model":{}{}}})", data,
                       json_string(plan.model), usage_member(plan));
  }

  // Embeddings never stream: read() leaves `stream` false.
  std::unique_ptr<StreamWriter> stream(const Plan&) const override { return nullptr; }

 private:
  bool member(std::string_view name, dom::element value, Call& out) {
    if (name == "model") return read_.string(name, value, out.model);
    if (name == "user") return read_.string(name, value, out.user);
    if (name == "dimensions") return read_.integer(name, value, 1, dimensions_);
    if (name == "encoding_format") return encoding(value);
    return name != "input" || input(value, out);
  }

  bool encoding(dom::element value) {
    std::string text = "float";
    if (!read_.string("encoding_format", value, text)) return false;
    base64_ = text == "base64";
    return base64_ || text == "float" ||
           read_.fail(
               {"Invalid 'encoding_format': float or base64.", "encoding_format", "invalid_value"});
  }

  bool input(dom::element value, Call& out) {
    seeds_.clear();
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return one(value, out);
    const bool tokens = list.size() > 0 && list.at(0).is_int64();
    if (tokens) return one(value, out);
    for (const auto each : list) {
      if (seeds_.size() == kInputsMax) {
        return read_.fail({"Invalid 'input': too many items.", "input", "array_above_max_length"});
      }
      if (!one(each, out)) return false;
    }
    return true;
  }

  // One text, or one list of tokens.
  bool one(dom::element value, Call& out) {
    seeds_.push_back(std::hash<std::string>()(simdjson::minify(value)));
    std::string_view text;
    dom::array list;
    if (value.get(text) == simdjson::SUCCESS) {
      out.text_bytes += static_cast<std::int64_t>(text.size());
      return !text.empty() ||
             read_.fail({"Invalid 'input': an empty string.", "input", "empty_string"});
    }
    if (value.get(list) != simdjson::SUCCESS || list.size() == 0) {
      return read_.fail_type("input", "strings or arrays of tokens");
    }
    for (const auto each : list) {
      if (!each.is_int64()) return read_.fail_type("input", "strings or arrays of tokens");
      ++out.given_tokens;
    }
    return true;
  }

  static std::string usage_member(const Plan& plan) {
    const auto told = tell_usage(plan, plan.counts(), true);
    if (!told.shown) return {};
    if (told.null) return R"(,"usage":null)";
    const auto input = told.counts.input();
    return fmt::format(R"(,"usage":{{"prompt_tokens":{},"total_tokens":{}}})", told.input(input),
                       told.total(input));
  }

  MemberReader read_{openai_wrong_type};
  std::vector<std::uint64_t> seeds_;  // one for each input
  std::optional<std::int64_t> dimensions_;
  bool base64_ = false;
};

}  // namespace

std::unique_ptr<Wire> make_openai_embeddings() { return std::make_unique<OpenAiEmbeddings>(); }

}  // namespace mock
