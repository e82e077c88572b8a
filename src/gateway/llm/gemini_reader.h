// SPDX-License-Identifier: Apache-2.0
// GeminiReader: fills a GeminiRequest from its body.
//
// Contract: internal to GeminiRequest; used once.
#pragma once

#include <string>

#include "gateway/llm/gemini_members.h"
#include "gateway/llm/gemini_request.h"
#include "gateway/llm/json_scan.h"

namespace ringfence::llm {

class GeminiReader {
 public:
  explicit GeminiReader(GeminiRequest& request);
  Result<void> read();

 private:
  Splice::Range range(JsonSlice value) const;
  GeminiRequest::Opened opened(JsonSlice object) const;
  void costs_unpriced(const std::string& path);
  void is_unknown(const std::string& path);
  void is_endless(const std::string& path);
  // `path` may be empty: it may be billed, and where it has no rate it is not refused.
  void may_bill(Dimension dimension, const std::string& path, std::int64_t most = 0);

  Result<void> read_request(JsonSlice object, const std::string& where);
  Result<void> take_member(GeminiMember member, const std::string& path, JsonSlice value);
  Result<void> take_model(const std::string& path, JsonSlice value);
  Result<void> take_service_tier(const std::string& path, JsonSlice value);
  Result<void> take_content(const std::string& path, JsonSlice content);
  Result<void> take_part(const std::string& path, JsonSlice part);
  Result<void> take_media(const std::string& path, JsonSlice media);
  bool take_image(JsonSlice data);
  void bound_media(const std::string& path, const std::string& mime_type);
  Result<void> take_tool(const std::string& path, JsonSlice tool);
  void take_search(const std::string& path);
  Result<void> take_generation(const std::string& path, JsonSlice config);
  Result<void> take_cap(const std::string& path, JsonSlice value);
  Result<void> take_candidates(const std::string& path, JsonSlice value);
  Result<void> take_thinking(const std::string& path, JsonSlice config);
  Result<void> take_modalities(const std::string& path, JsonSlice value);
  void finish();

  GeminiRequest& request_;
  CallFacts& facts_;
  std::int64_t contents_ = 0;
  std::int64_t tools_ = 0;
  std::int64_t image_bytes_ = 0;
  bool modalities_stated_ = false;
};

}  // namespace ringfence::llm
