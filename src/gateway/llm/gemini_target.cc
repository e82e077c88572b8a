// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_target.h"

#include <algorithm>
#include <array>
#include <optional>

namespace ringfence::llm {
namespace {

constexpr std::size_t kNameMax = 256;  // bytes
constexpr std::array<std::string_view, 2> kVersions{"v1beta", "v1"};
constexpr std::string_view kModels = "models/";

struct KnownVerb {
  std::string_view name;
  GeminiTarget::Verb verb;
};
constexpr std::array<KnownVerb, 3> kVerbs{{
    {"generateContent", GeminiTarget::Verb::generate},
    {"streamGenerateContent", GeminiTarget::Verb::stream},
    {"countTokens", GeminiTarget::Verb::count},
}};

std::string_view name_of(GeminiTarget::Verb verb) {
  return std::ranges::find(kVerbs, verb, &KnownVerb::verb)->name;
}

// The path's parts as they stand; nothing where it is none of ours.
struct Parts {
  std::string_view version, model;
  GeminiTarget::Verb verb;
};

std::optional<Parts> parts_of(std::string_view path) {
  for (const std::string_view version : kVersions) {
    const std::string begin = "/" + std::string(version) + "/" + std::string(kModels);
    if (!path.starts_with(begin)) continue;
    const std::size_t colon = path.rfind(':');
    if (colon == std::string_view::npos || colon < begin.size()) return std::nullopt;
    const auto verb = std::ranges::find(kVerbs, path.substr(colon + 1), &KnownVerb::name);
    if (verb == kVerbs.end()) return std::nullopt;
    return Parts{version, path.substr(begin.size(), colon - begin.size()), verb->verb};
  }
  return std::nullopt;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at]);
      continue;
    }
    const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    at += 2;
  }
  return out;
}

// What may stand in a path as it is and be no other path by it.
bool usable_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '@' || c == '/';
  };
  if (name.empty() || name.size() > kNameMax || !std::ranges::all_of(name, plain)) return false;
  for (std::string_view rest = name;;) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (segment.size() == rest.size()) return true;
    rest.remove_prefix(segment.size() + 1);
  }
}

bool one_of_names(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool is_gemini_call(std::string_view path) { return parts_of(path).has_value(); }

Result<GeminiTarget> GeminiTarget::read(std::string_view path, std::string_view query) {
  const auto parts = parts_of(path);
  if (!parts) return invalid("this is no call of this wire", "path");
  GeminiTarget target;
  target.verb = parts->verb;
  target.version = parts->version;
  auto model = percent_decoded(parts->model);
  if (model && model->starts_with(kModels)) model->erase(0, kModels.size());
  if (!model || !usable_name(*model)) return invalid("this is no model's name", "model");
  if (model->starts_with("tunedModels/")) return invalid("tuned models are not served", "model");
  target.model = *std::move(model);

  bool alt_seen = false;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    if (parameter.empty()) continue;
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const auto decoded = percent_decoded(parameter.substr(0, equals));
    if (!decoded) return invalid("this parameter cannot be read", "query");
    // Google's servers know the system's own parameters with a dollar sign too.
    const std::string name = decoded->substr(decoded->starts_with('$') ? 1 : 0);
    if (one_of_names(name, {"key", "access_token", "oauth_token", "bearer_token"})) continue;
    if (name == "alt") {
      const std::string_view value = parameter.substr(std::min(parameter.size(), equals + 1));
      if (alt_seen) return invalid("this parameter stands twice", "alt");
      if (value != "sse" && value != "json") return invalid("sse or json was expected", "alt");
      alt_seen = true;
      target.event_stream = value == "sse";
    } else if (one_of_names(name, {"fields", "callback"})) {
      return invalid("this parameter can hide what an answer cost", name);
    } else if (!one_of_names(name, {"prettyPrint", "quotaUser"}) && target.unknown.empty()) {
      target.unknown = "?" + name.substr(0, 64);
    }
    target.query += (target.query.empty() ? "" : "&") + std::string(parameter);
  }
  return target;
}

std::string GeminiTarget::path(std::string_view model_name) const {
  std::string out = "/" + version + "/" + std::string(kModels) + std::string(model_name) + ":" +
                    std::string(name_of(verb));
  return query.empty() ? out : out + "?" + query;
}

std::string GeminiTarget::count_path(std::string_view model_name) const {
  return "/" + version + "/" + std::string(kModels) + std::string(model_name) + ":" +
         std::string(name_of(Verb::count));
}

}  // namespace ringfence::llm
