// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/meter_tap.h"

#include "http/headers.h"

namespace ringfence::llm {

MeterTap::MeterTap(std::unique_ptr<AnswerMeter> meter, std::string_view content_encoding)
    : meter_(std::move(meter)) {
  if (content_encoding.empty() || http::equal_ignoring_case(content_encoding, "identity")) return;
  coded_ = true;
  auto decoder = http::Decoder::make(content_encoding);
  failed_ = !decoder;
  if (decoder) decoder_ = *std::move(decoder);
}

void MeterTap::feed(std::string_view bytes, std::string& out) {
  if (!coded_) return meter_->feed(bytes, out);
  out.append(bytes);
  if (failed_) return;
  const auto read = decoder_->feed(bytes, [this](std::string_view plain) {
    meter_->feed(plain, unread_);
    unread_.clear();
  });
  failed_ = !read;
}

void MeterTap::end(std::string& out) {
  if (coded_ && !failed_) failed_ = !decoder_->finish();
  meter_->end(coded_ ? unread_ : out);
}

Seen MeterTap::seen() const {
  Seen seen = meter_->seen();
  seen.damaged = seen.damaged || failed_;
  return seen;
}

Seen MeterTap::seen_at_cut() const {
  Seen seen = meter_->seen_at_cut();
  seen.damaged = seen.damaged || coded_;
  return seen;
}

}  // namespace ringfence::llm
