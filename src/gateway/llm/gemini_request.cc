// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_request.h"

#include "base/checked.h"
#include "base/json.h"
#include "gateway/llm/gemini_reader.h"

namespace ringfence::llm {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string model_member(std::string_view model) {
  return "\"model\":" + quoted("models/" + std::string(model));
}

}  // namespace

bool search_billed_by_prompt(std::string_view model) {
  const std::string_view name = model.substr(model.rfind('/') + 1);
  return name.starts_with("gemini-1.") || name.starts_with("gemini-2.");
}

Result<std::unique_ptr<GeminiRequest>> GeminiRequest::parse(GeminiTarget target, std::string body) {
  auto request = std::make_unique<GeminiRequest>();
  request->target_ = std::move(target);
  request->body_ = std::move(body);
  if (auto read = GeminiReader(*request).read(); !read) return std::unexpected(read.error());
  return request;
}

std::optional<std::int64_t> GeminiRequest::image_tokens(std::string_view model) const {
  const auto resolution = sharpest_ ? MediaResolution::ultra_high : MediaResolution::unspecified;
  std::int64_t all = 0;
  for (const ImageSize& image : images_) {
    const auto tokens = google_image_tokens(model, image, resolution);
    if (!tokens) return std::nullopt;
    all = saturating_add(all, *tokens);
  }
  return all;
}

std::string GeminiRequest::upstream_target(const Rewrite& rewrite) const {
  return target_.path(rewrite.model);
}

std::string GeminiRequest::rewritten(const Rewrite& rewrite) const {
  Splice splice;
  if (rewrite.model != facts_.model) splice_models(rewrite.model, splice);
  if (rewrite.output_cap) splice_cap(*rewrite.output_cap, splice);
  return splice.empty() ? body_ : splice.apply(body_);
}

void GeminiRequest::splice_models(std::string_view name, Splice& splice) const {
  for (const Splice::Range& place : models_) {
    splice.replace(place, quoted("models/" + std::string(name)));
  }
}

void GeminiRequest::splice_cap(std::int64_t cap, Splice& splice) const {
  const std::string text = std::to_string(cap);
  const std::string member = "\"maxOutputTokens\":" + text;
  if (cap_) {
    if (!facts_.output_cap || *facts_.output_cap > cap) splice.replace(*cap_, text);
  } else if (generation_) {
    splice.insert(generation_->begin, member + (generation_->empty ? "" : ","));
  } else if (generation_null_) {
    splice.replace(*generation_null_, "{" + member + "}");
  } else {
    splice.insert(root_.begin, "\"generationConfig\":{" + member + "}" + (root_.empty ? "" : ","));
  }
}

std::optional<CountProbe> GeminiRequest::count_probe(const Rewrite& rewrite) const {
  if (facts_.bills_nothing) return std::nullopt;
  Splice splice;
  splice_models(rewrite.model, splice);
  if (!root_names_model_) {
    splice.insert(root_.begin, model_member(rewrite.model) + (root_.empty ? "" : ","));
  }
  return CountProbe{.path = target_.count_path(rewrite.model),
                    .body = "{\"generateContentRequest\":" + splice.apply(body_) + "}"};
}

}  // namespace ringfence::llm
