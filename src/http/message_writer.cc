// SPDX-License-Identifier: Apache-2.0
#include "http/message_writer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json.h"

namespace ringfence::http {
namespace {

constexpr std::pair<int, std::string_view> kPhrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {529, "Site Is Overloaded"},
};

Result<void> append_fields(std::string& out, const Headers& headers) {
  for (const Headers::Field& field : headers) {
    if (!is_valid_header_name(field.name)) return invalid("A header's name is not a token.");
    if (!is_valid_header_value(field.value)) {
      return invalid("A header's value holds control bytes or outer blanks.", field.name);
    }
    out.append(field.name).append(": ").append(field.value).append(kCrlf);
  }
  out.append(kCrlf);
  return {};
}

bool is_target(std::string_view target) {
  return !target.empty() &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* const found =
      std::lower_bound(std::begin(kPhrases), std::end(kPhrases), status,
                       [](const auto& entry, int wanted) { return entry.first < wanted; });
  return found != std::end(kPhrases) && found->first == status ? found->second : "Unknown";
}

Result<std::string> write_request_head(std::string_view method, std::string_view target,
                                       const Headers& headers) {
  if (!is_token(method)) return invalid("The request's method is not a token.");
  if (!is_target(target)) return invalid("The request's target is not printable ASCII.");
  std::string out;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  if (auto ok = append_fields(out, headers); !ok) return std::unexpected(ok.error());
  return out;
}

Result<std::string> write_response_head(int status, const Headers& headers) {
  if (status < 200 || status > 599) return invalid("A final status is 200 to 599.");
  std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
  out.append(reason_phrase(status)).append(kCrlf);
  if (auto ok = append_fields(out, headers); !ok) return std::unexpected(ok.error());
  return out;
}

ChunkFrame::ChunkFrame(std::size_t size) {
  char* const begin = text_.data();
  char* const end = std::to_chars(begin, begin + 16, size, 16).ptr;
  std::copy(kCrlf.begin(), kCrlf.end(), end);
  size_ = static_cast<std::size_t>(end - begin) + kCrlf.size();
}

std::string problem_body(int status, std::string_view detail) {
  Json problem;
  problem.set("type", "about:blank");
  problem.set("title", reason_phrase(status));
  problem.set("status", status);
  problem.set("detail", detail);
  return problem.text();
}

}  // namespace ringfence::http
