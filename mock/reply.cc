// SPDX-License-Identifier: Apache-2.0
#include "reply.h"

#include <fmt/format.h>

#include <algorithm>

namespace mock {
namespace {

constexpr std::size_t kSplitBytesMax = 48;
constexpr std::size_t kBigHeaderBytes = 1000;

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

std::string chunk_frame(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace

Reply::Reply(Connection& connection, bool keep_alive, const ReplyForm& form)
    : connection_(connection),
      keep_alive_(keep_alive && form.length_style != LengthStyle::until_close),
      form_(form),
      encoder_(make_encoder(form.coding)),
      random_(static_cast<std::minstd_rand::result_type>(form.seed)) {}

std::string Reply::head(int status, const std::vector<Header>& headers,
                        std::string_view framing) const {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", status, reason(status));
  for (const auto& each : headers) out += fmt::format("{}: {}\r\n", each.name, each.value);
  if (form_.coding != Coding::identity) {
    out += fmt::format("content-encoding: {}\r\n", coding_name(form_.coding));
  }
  for (std::size_t made = 0, i = 0; made < form_.big_headers; made += kBigHeaderBytes, ++i) {
    out += fmt::format("x-mock-padding-{}: {}\r\n", i,
                       std::string(std::min(kBigHeaderBytes, form_.big_headers - made), 'p'));
  }
  out += framing;
  if (!keep_alive_) out += "connection: close\r\n";
  out += "\r\n";
  return out;
}

std::size_t Reply::piece_size(std::size_t left) {
  if (form_.chunk_bytes > 0) return std::min(left, form_.chunk_bytes);
  return std::min<std::size_t>(left, 1 + random_() % kSplitBytesMax);
}

bool Reply::send_pieces(std::string_view bytes, bool chunk_frames) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, piece_size(bytes.size()));
    bytes.remove_prefix(piece.size());
    if (!connection_.send_all(chunk_frames ? chunk_frame(piece) : std::string(piece))) return false;
  }
  return true;
}

bool Reply::send_body(std::string_view bytes) {
  std::string head_bytes = std::move(unsent_head_);
  unsent_head_.clear();
  if (bytes.empty()) return head_bytes.empty() || connection_.send_all(head_bytes);
  if (in_pieces()) {
    if (!head_bytes.empty() && !connection_.send_all(head_bytes)) return false;
    return send_pieces(bytes, chunked_);
  }
  head_bytes += chunked_ ? chunk_frame(bytes) : std::string(bytes);
  return connection_.send_all(head_bytes);
}

std::string Reply::whole_coded(std::string_view body) {
  if (!encoder_) return std::string(body);
  std::string coded = encoder_->add(body);
  coded += encoder_->finish();
  return coded;
}

bool Reply::whole(int status, const std::vector<Header>& headers, std::string_view body) {
  if (form_.length_style != LengthStyle::known) {
    return begin(status, headers) && add(body) && end();
  }
  const std::string coded = whole_coded(body);
  unsent_head_ = head(status, headers, fmt::format("content-length: {}\r\n", coded.size()));
  return send_body(coded);
}

bool Reply::truncated(int status, const std::vector<Header>& headers, std::string_view body,
                      std::size_t bytes) {
  keep_alive_ = false;
  const std::string coded = whole_coded(body);
  unsent_head_ = head(status, headers, fmt::format("content-length: {}\r\n", coded.size()));
  return send_body(std::string_view(coded).substr(0, std::min(bytes, coded.size() - 1)));
}

bool Reply::begin(int status, const std::vector<Header>& headers) {
  chunked_ = form_.length_style != LengthStyle::until_close;
  unsent_head_ = head(status, headers, chunked_ ? "transfer-encoding: chunked\r\n" : "");
  return true;
}

bool Reply::add(std::string_view text) {
  return send_body(encoder_ ? encoder_->add(text) : std::string(text));
}

bool Reply::end() {
  if (!send_body(encoder_ ? encoder_->finish() : std::string())) return false;
  return !chunked_ || connection_.send_all("0\r\n\r\n");
}

}  // namespace mock
