// SPDX-License-Identifier: Apache-2.0
#include "catalog.h"

#include <fmt/format.h>

#include "json.h"

namespace mock {
namespace {

std::string openai_model(std::string_view id) {
  return fmt::format(R"({{"id":{},"object":"model","created":1700000000,"owned_by":"mock"}})",
                     json_string(id));
}

std::string anthropic_model(std::string_view id) {
  return fmt::format(R"({{"type":"model","id":{},"display_name":{},)"
                     R"("created_at":"2026-01-01T00:00:00Z","lifecycle":"active"}})",
                     json_string(id), json_string(id));
}

std::string gemini_model(std::string_view id) {
  return fmt::format(
      R"({{"name":{},"version":"001","displayName":{},"description":"A mock.",)"
      R"("inputTokenLimit":128000,"outputTokenLimit":16384,"supportedGenerationMethods":)"
      R"(["generateContent","countTokens"],"temperature":1,"topP":0.95,"topK":64}})",
      json_string(fmt::format("models/{}", id)), json_string(id));
}

std::string list_of(const std::vector<std::string>& models, std::string (*one)(std::string_view)) {
  std::string out;
  for (const auto& each : models) out += (out.empty() ? "" : ",") + one(each);
  return out;
}

std::string anthropic_list(const std::vector<std::string>& models) {
  const auto edge = [&](bool last) {
    return models.empty() ? "null" : json_string(last ? models.back() : models.front());
  };
  return fmt::format(R"({{"data":[{}],"has_more":false,"first_id":{},"last_id":{}}})",
                     list_of(models, anthropic_model), edge(false), edge(true));
}

}  // namespace

std::optional<std::string> catalog_json(const HttpRequest& request,
                                        const std::vector<std::string>& models) {
  std::string_view path = request.path;
  const bool beta = path.starts_with("/v1beta/");
  const bool gemini = beta || !request.header("x-goog-api-key").empty();
  if (beta) {
    path.remove_prefix(7);
  } else if (path.starts_with("/v1/")) {
    path.remove_prefix(3);
  }
  if (!path.starts_with("/models")) return std::nullopt;
  path.remove_prefix(7);
  const bool anthropic = !request.header("anthropic-version").empty();
  if (path.empty()) {
    if (gemini) return fmt::format(R"({{"models":[{}]}})", list_of(models, gemini_model));
    if (anthropic) return anthropic_list(models);
    return fmt::format(R"({{"object":"list","data":[{}]}})", list_of(models, openai_model));
  }
  if (path.front() != '/' || path.size() == 1) return std::nullopt;
  path.remove_prefix(1);
  if (gemini) return gemini_model(path);
  return anthropic ? anthropic_model(path) : openai_model(path);
}

}  // namespace mock
